import { expect, it } from 'vitest';
import { ResponderOutages } from './responder-outages.ts';

const A = 'http://a.example';
const REASON = `${A}: ECONNREFUSED`;

function listen(): { readonly told: string[]; readonly outages: ResponderOutages } {
  const told: string[] = [];
  return {
    told,
    outages: new ResponderOutages((level, message, detail) => told.push(`${level} ${message}: ${detail}`), 'all pass'),
  };
}

it('an outage is told once, however many ask, and its end once, and the next one again', () => {
  const { told, outages } = listen();
  outages.answered(A, 'one', 0);
  for (let at = 0; at < 100; at++) outages.failed(A, REASON, null, at);
  outages.answered(A, 'one', 10_099);
  outages.answered(A, 'two', 10_100);
  outages.failed(A, REASON, null, 20_000);
  const away = `warn an OCSP responder gives no answer: ${REASON}; all pass`;
  expect(told).toEqual([away, `info an OCSP responder answers again: ${A}`, away]);
});

it('a responder that answers one question and not the next is not told of with each', () => {
  const { told, outages } = listen();
  for (let at = 0; at < 100_000; at += 1_000) {
    outages.failed(A, REASON, null, at);
    outages.answered(A, 'one', at + 500);
  }
  expect(told).toHaveLength(1);
});

it('what it says of one certificate is no outage for the others, and ends when it answers about that one', () => {
  const { told, outages } = listen();
  const reason = `${A}: it does not answer us`;
  outages.failed(A, reason, 'one', 0);
  outages.failed(A, reason, 'two', 1);
  outages.answered(A, 'two', 60_000);
  expect(told).toEqual([`warn an OCSP responder gives no answer about a certificate: ${reason}; all pass`]);
  outages.failed(A, REASON, null, 61_000);
  outages.answered(A, 'one', 80_000);
  expect(told.slice(1).map((line) => line.slice(0, 4))).toEqual(['warn', 'info', 'info']);
});

it('responders that certificates make up are told of together past thirty-two, and forgotten when nobody asks them any more', () => {
  const { told, outages } = listen();
  for (let index = 0; index < 1_000; index++) outages.failed(`http://${index}.example`, 'away', null, 0);
  expect(told).toHaveLength(33);
  expect(told.at(-1)).toBe('warn more OCSP responders give no answer than are told of one by one: all pass');
  outages.failed(A, REASON, null, 3_600_001);
  expect(told.at(-1)).toContain(REASON);
});

it('a reload tells nothing again', () => {
  const before = listen();
  before.outages.failed(A, REASON, null, 0);
  const after = listen();
  after.outages.inherit(before.outages);
  after.outages.failed(A, REASON, null, 1);
  after.outages.answered(A, 'one', 20_000);
  expect(after.told).toEqual([`info an OCSP responder answers again: ${A}`]);
});
