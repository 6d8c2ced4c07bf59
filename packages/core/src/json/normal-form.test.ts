import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { fieldIds, readFields } from '../stages/ownership/field-ids.ts';
import { LoosePlace } from '../stages/ownership/loose-place.ts';
import { holdsSealed } from '../stages/data/encryption/sealed-form.ts';
import { isLike, likenessOf } from '../stages/ownership/loose-place.ts';
import { normalForm } from './normal-form.ts';
import { parseMediaType } from '../stages/validation/media-type.ts';

/** Engines reorder them in quadratic time: so many would take a minute. */
const MARKS = '\u0301\u0323'.repeat(400_000);

describe('normalForm', () => {
  it('is that of Unicode for every text that has no more than 30 marks in a row', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('\u0301', '\u0323', '\uff9e', 'e'),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), fc.constantFrom('NFC' as const, 'NFKC' as const), (units, form) => {
        expect(normalForm(units.join(''), form)).toBe(units.join('').normalize(form));
      }),
    );
    expect(normalForm(`e${'\u0301'.repeat(30)}`, 'NFC')).toBe(`é${'\u0301'.repeat(29)}`);
  });

  it('ends soon for a text of marks alone, and so does whatever looks at texts of clients', () => {
    expect(normalForm(MARKS, 'NFKC').length).toBeGreaterThan(MARKS.length);
    expect(holdsSealed(`${MARKS}sp1.k.1.${'A'.repeat(60)}`)).toBe(true);
    expect(isLike(`x${MARKS}`, 'accountid')).toBe(false);
    expect(isLike(`account${MARKS}Id`, 'accountid')).toBe(true);
    expect(likenessOf(`account${MARKS}Id`)).toBe('accountid');
    const form = new TextEncoder().encode(`accountId=7&account${encodeURIComponent(MARKS)}Id=8`);
    const type = parseMediaType('application/x-www-form-urlencoded');
    expect(type === null ? null : fieldIds(readFields(form, type), new LoosePlace(['accountId']))).toBe('unclear');
  });
});

describe('isLike', () => {
  const CASES = fc.string({ unit: 'binary', maxLength: 12 });

  it('is of the names whose likeness is the same, whatever they are', () => {
    fc.assert(
      fc.property(CASES, CASES, (left, right) => {
        const likeness = likenessOf(left);
        expect(isLike(right, likeness)).toBe(likeness !== '' && likenessOf(right) === likeness);
        expect(isLike(left, likeness)).toBe(likeness !== '');
      }),
    );
  });

  it('sees through everything that becomes letters by compatibility normalisation', () => {
    const missed: string[] = [];
    for (let code = 0x80; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const sign = String.fromCodePoint(code);
      const letters = sign.normalize('NFKC').replaceAll(/[^\p{L}\p{N}]/gu, '');
      if (letters !== '' && likenessOf(sign) === '') missed.push(code.toString(16));
    }
    expect(missed).toEqual([]);
  });
});
