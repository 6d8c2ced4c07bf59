import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detached } from './detached.ts';
import { interned } from './interned.ts';
import { CleanTexts } from './stages/threats/clean-texts.ts';
import { parseMediaType } from './stages/validation/media-type.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const HEADS = 200;
const HEAD_BYTES = 64 * 1024;
/** No line comes twice. */
let made = 0;

/** How much more is kept when pieces of 200 heads of 64 KiB, each a text of its own, were handed on. */
function kept(remember: (piece: string) => unknown): number {
  const held: unknown[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < HEADS; at++) {
    made += 1;
    const line = `application/json; version=${String(made).padStart(20, '0')}`;
    const head = Buffer.alloc(HEAD_BYTES, `${line}\r\nAuthorization: Bearer x`).toString('latin1');
    held.push(remember(head.slice(0, line.length)));
  }
  collectGarbage();
  const after = process.memoryUsage().heapUsed;
  expect(held.length).toBe(HEADS);
  return after - before;
}

describe('what is remembered of a request does not keep the rest of its head', () => {
  const clean = new CleanTexts();
  it.each<[string, (piece: string) => unknown]>([
    ['a media type', (piece) => void parseMediaType(piece)],
    ['the parts of one', (piece) => [...(parseMediaType(piece)?.parameters.values() ?? [])]],
    ['a text in which nothing was found', (piece) => clean.add(piece)],
    ['a detached text', detached],
    ['an interned text', interned],
  ])('%s', (_, remember) => {
    expect(kept(remember)).toBeLessThan((HEADS * HEAD_BYTES) / 4);
  });

  it('as a piece alone would', () => {
    expect(kept((piece) => piece)).toBeGreaterThan((HEADS * HEAD_BYTES) / 2);
  });

  it('law: a detached text stays what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(detached(text)).toBe(text);
      }),
    );
  });
});
