import { describe, expect, it } from 'vitest';
import { continueTrace, renderTraceparent } from './trace-context.ts';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);
const random = (digits: number): string => '1'.repeat(digits);
const next = (traceparent: string | null): string => renderTraceparent(continueTrace(traceparent, random));
const begun = `00-${random(32)}-${random(16)}-01`;

describe('continueTrace', () => {
  it.each([
    ['00', '01', '01'],
    ['00', '00', '00'],
    ['00', '03', '03'],
    ['00', 'ff', '03'],
    ['00', '04', '00'],
    ['01', '01', '01'],
    ['01', '01-of-a-later-version', '01'],
  ])('carries version %s with %s on, with no flag that it does not know', (version, rest, flags) => {
    expect(next(`${version}-${TRACE}-${PARENT}-${rest}`)).toBe(`00-${TRACE}-${random(16)}-${flags}`);
  });

  it.each([
    null,
    '',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `01-${TRACE}-${PARENT}-01more`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `01-${TRACE}-${PARENT}-01-${'x'.repeat(512)}`,
  ])('begins a trace where there is none that is valid: %s', (traceparent) => {
    expect(next(traceparent)).toBe(begun);
  });
});
