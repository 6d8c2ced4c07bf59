import { describe, expect, it } from 'vitest';
import { readFormValues } from './form-values.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { StepBudget } from './step-budget.ts';

describe('the search for names in the fields of one body', () => {
  it('ends after a number of lookups, however many fields there are, and what is left is in doubt', () => {
    let lookups = 0;
    const place: MarkedPlace = {
      marks: null,
      member() {
        lookups++;
        return place;
      },
      item: () => null,
      declared: () => ['a'],
    };
    const words = Array.from({ length: 40 }, (_, at) => `w${at}`).join(' : ');
    const fields = (count: number): Uint8Array =>
      Buffer.from(Array.from({ length: count }, (_, at) => `f${at}=${encodeURIComponent(words)}`).join('&'));
    expect(readFormValues(fields(1))?.isDoubtful(place, new StepBudget())).toBe(false);
    lookups = 0;
    expect(readFormValues(fields(3_000))?.isDoubtful(place, new StepBudget())).toBe(true);
    expect(lookups).toBeLessThan(60_000);
  });
});
