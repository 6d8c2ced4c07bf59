import { expect, test } from 'vitest';
import { lifecycle } from './lifecycle.ts';
import { contextWith, documentWith, exchangeWith, operationWith } from '../authentication/testing/secured-document.ts';
import type { Denial } from '../../verdict/denial.ts';

const SUNSET = Date.UTC(2030, 0, 2, 3, 4, 5);
const DEPRECATED = Date.UTC(2029, 0, 1) + 999;

/** What is decided at a time of an operation with these dates; undefined where there is nothing to decide. */
function at(
  nowMs: number,
  dates: { readonly deprecatedAtMs?: number; readonly sunsetAtMs?: number },
): { denial: Denial | null; headers: readonly string[]; lines: readonly string[] } | undefined {
  const context = contextWith(documentWith({}), {});
  const operations = new Map([['listPosts', { modes: {}, deprecatedAtMs: null, sunsetAtMs: null, ...dates }]]);
  const policy = { ...context.policy, operations } as unknown as typeof context.policy;
  const rule = lifecycle.compile(operationWith(null, { id: 'listPosts' }), { ...context, policy });
  if (rule === null) return undefined;
  const exchange = Object.assign(exchangeWith([]), { nowMs });
  return { denial: lifecycle.decide(rule, exchange), headers: exchange.replyHeaders, lines: lifecycle.describe(rule) };
}

test('an operation is refused from its sunset on, to the millisecond, and not before', () => {
  expect(at(SUNSET - 1, { sunsetAtMs: SUNSET })?.denial).toBeNull();
  for (const nowMs of [SUNSET, SUNSET + 1])
    expect(at(nowMs, { sunsetAtMs: SUNSET })?.denial).toMatchObject({
      code: 'OPERATION_RETIRED',
      facts: { sunset: '2030-01-02T03:04:05.000Z' },
    });
});

test('every answer of it says when it was deprecated and when it ends, also one that refuses', () => {
  const announced = ['Deprecation', '@1861920000', 'Sunset', 'Wed, 02 Jan 2030 03:04:05 GMT'];
  const dates = { deprecatedAtMs: DEPRECATED, sunsetAtMs: SUNSET };
  for (const nowMs of [0, SUNSET]) expect(at(nowMs, dates)?.headers).toEqual(announced);
  expect(at(0, { deprecatedAtMs: DEPRECATED })?.headers).toEqual(announced.slice(0, 2));
  expect(at(0, { sunsetAtMs: SUNSET })?.headers).toEqual(announced.slice(2));
});

test('an operation that is deprecated alone is never refused, and one without dates is left alone', () => {
  expect(at(Number.MAX_SAFE_INTEGER, { deprecatedAtMs: DEPRECATED })?.denial).toBeNull();
  expect(at(0, {})).toBeUndefined();
});

test('the dates are told a line each', () => {
  expect(at(0, { deprecatedAtMs: DEPRECATED, sunsetAtMs: SUNSET })?.lines).toEqual([
    'deprecated since 2029-01-01T00:00:00.999Z',
    'refused from 2030-01-02T03:04:05.000Z on',
  ]);
});
