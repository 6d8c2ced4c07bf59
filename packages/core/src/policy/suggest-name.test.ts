import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggestName } from './suggest-name.ts';

describe('suggestName', () => {
  it.each([
    ['upstrem', 'upstream'],
    ['lsiten', 'listen'],
    ['MaxBodyBytes', 'maxBodyBytes'],
    ['max-body-bytes', 'maxBodyBytes'],
  ])('finds for %s what was meant', (written, meant) => {
    expect(suggestName(written, ['upstream', 'listen', 'maxBodyBytes'])).toBe(meant);
  });

  it('suggests nothing where nothing is near, and does not look at very long names', () => {
    expect(suggestName('quota', ['upstream', 'listen'])).toBeNull();
    expect(suggestName('x'.repeat(65), ['x'.repeat(65)])).toBeNull();
    expect(suggestName('', ['upstream'])).toBeNull();
  });

  it('edit_distance_is_symmetric_and_zero_only_for_equals', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
