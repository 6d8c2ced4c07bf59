import { describe, expect, it } from 'vitest';
import type { MarkedPlace } from './marked-nodes.ts';
import { namesMarked } from './names-in-text.ts';
import { StepBudget } from './step-budget.ts';

const marked = { encrypted: true } as MarkedPlace['marks'];
const place: MarkedPlace = {
  marks: null,
  member: (name) =>
    name === 'ssn' ? { marks: marked, member: () => null, item: () => null, declared: () => [] } : null,
  item: () => null,
  declared: () => ['ssn'],
};

describe('namesMarked', () => {
  it.each(['a', 'é', '字', '.'])('looks through one word of five million %s', (letter) => {
    const word = letter.repeat(5_000_000);
    expect([word, `${word}\nssn`].map((text) => namesMarked(place, text, new StepBudget()))).toEqual([false, true]);
  });
});
