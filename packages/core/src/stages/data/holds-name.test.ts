import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCase } from '../../json/fold-case.ts';
import { holdsName } from './holds-name.ts';
import { membersByName } from './members-by-name.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { namesMarked } from './names-in-text.ts';
import { StepBudget } from './step-budget.ts';

const NAMES = ['ssn', 'tax id', 'n°', 'ΟΔΟΣ', '𐐀x', 'a.b'];
const piece = fc.constantFrom(...NAMES, ...'SſN xX.:@;,{}"<>-_$°\n𐐀σ'.split(''), 'SSN', 'οδος');

describe('holdsName', () => {
  it('finds every name that stands by itself, in any case, and none in a longer word', () => {
    for (const text of ['{"SSN":1}', 'a ſsn b', 'soap:ssn', 'ssn', 'N°: 1', 'ΟΔΟΣ:x', 'x 𐐀X'])
      expect(holdsName(NAMES.map(foldCase), text), text).toBe(true);
    for (const text of ['ssnless', 'lessn', 'assn', 'ssn-x', 'ssn𐐀', '𐐀ssn', ''])
      expect(holdsName(['ssn'], text), text).toBe(false);
    expect([holdsName([''], '{"":1}'), holdsName([''], '{"a":1}')]).toEqual([true, false]);
  });

  it('finds whatever the search by words finds, however many words there are', () => {
    const names = new Set(NAMES.map(foldCase));
    const marks = membersByName(names).member('ssn')?.marks ?? null;
    const byWords: MarkedPlace = {
      marks: null,
      member: (name) =>
        names.has(foldCase(name)) ? { marks, member: () => null, item: () => null, declared: () => [] } : null,
      item: () => null,
      declared: () => [],
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        if (namesMarked(byWords, text, new StepBudget())) expect(holdsName(names, text), text).toBe(true);
      }),
      { numRuns: 5000 },
    );
    const words = Array.from({ length: 60_000 }, (_, at) => `w${at}`).join(' ');
    expect([`${words} ssn`, words].map((text) => namesMarked(membersByName(names), text, new StepBudget()))).toEqual([
      true,
      false,
    ]);
  });
});
