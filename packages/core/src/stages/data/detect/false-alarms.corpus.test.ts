import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../../testing/corpora.ts';
import { findSensitive } from './find-sensitive.ts';

const BENIGN = corpusPath('benign-texts.jsonl');
const PAYLOADS = corpusPath('parameter-payloads.jsonl');
const GOTESTWAF = corpusPath('gotestwaf-requests.jsonl');

function rows(path: string | null): Record<string, unknown>[] {
  return path === null
    ? []
    : readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const kindsIn = (text: string): string[] => findSensitive(text, 100).map(({ kind }) => kind);

/** What these corpora hold is known: everything that is found is what it is taken for. */
describe('detectors on harmless texts', () => {
  it.skipIf(BENIGN === null)('find nothing in 207 of them but the one e-mail address that is there', () => {
    expect(rows(BENIGN).flatMap(({ text }) => kindsIn(String(text)))).toEqual(['email']);
  });

  it.skipIf(PAYLOADS === null)(
    'find in 6,451 harmless parameters the addresses, and of the numbers those with issuer and check digit',
    () => {
      const found = rows(PAYLOADS)
        .filter(({ attack }) => attack !== true)
        .flatMap((row) => kindsIn(String(row['value'] ?? row['payload'] ?? row['text'])));
      expect(found.filter((kind) => kind !== 'email' && kind !== 'card-number')).toEqual([]);
      expect(found.filter((kind) => kind === 'card-number').length).toBeLessThanOrEqual(14);
    },
  );

  it.skipIf(GOTESTWAF === null)('find no number of a card, a bank or a person in the harmless requests', () => {
    const found = rows(GOTESTWAF)
      .filter(({ expect: verdict }) => verdict === 'pass')
      .flatMap((row) => kindsIn(JSON.stringify(row)));
    expect(
      found.filter((kind) => ['card-number', 'iban', 'national-id', 'phone', 'private-key'].includes(kind)),
    ).toEqual([]);
  });

  it('find nothing in ids, times, hashes and versions as APIs make them', () => {
    // A linear congruential generator: the same numbers in each run.
    let state = 12_345;
    const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
    const hex = (length: number): string => Array.from({ length }, () => ((next() >> 8) % 16).toString(16)).join('');
    const texts = Array.from({ length: 5_000 }, (_, i) => [
      `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
      hex(32),
      hex(40),
      new Date(1.7e12 + next() * 100).toISOString(),
      `"createdAt":${1.7e12 + next()}`,
      `v1.${i % 30}.${next() % 100}`,
      `ORD-${next()}`,
      `${(next() % 1e6) / 100}`,
      `/v1/accounts/${next()}/transactions?page=${i}`,
    ]).flat();
    expect(texts.flatMap(kindsIn)).toEqual([]);
  });
});
