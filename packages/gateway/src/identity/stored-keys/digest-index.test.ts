import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { DigestIndex } from './digest-index.ts';
import { TwoGenerations } from './two-generations.ts';

const digest = (text: string): string => hash('sha256', text, 'hex');

it('a digest index knows what was added and nothing else, also after it has grown many times', () => {
  const index = new DigestIndex();
  for (let round = 0; round < 2; round++) for (let key = 0; key < 20_000; key++) index.add(digest(`in ${key}`));
  expect(index.size).toBe(20_000);
  for (let key = 0; key < 20_000; key++) {
    expect(index.has(digest(`in ${key}`))).toBe(true);
    expect(index.has(digest(`out ${key}`))).toBe(false);
  }
});

it('a digest index takes digests of zeros like all others', () => {
  const index = new DigestIndex();
  const zeros = '0'.repeat(64);
  expect(index.has(zeros)).toBe(false);
  index.add(zeros);
  expect(index.has(zeros)).toBe(true);
});

it('two_generations_never_hold_more_than_their_bound, and never a wrong value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.nat(30)), { maxLength: 300 }),
      (steps) => {
        const map = new TwoGenerations<number>(10);
        const truth = new Map<string, number>();
        for (const [step, [act, key]] of steps.entries()) {
          const name = String(key);
          if (act === 'set') {
            map.set(name, step);
            truth.set(name, step);
          } else if (act === 'delete') {
            map.delete(name);
            truth.delete(name);
          } else {
            const found = map.get(name);
            if (found !== undefined && found !== truth.get(name)) return false;
          }
        }
        return [...truth].filter(([name]) => map.get(name) !== undefined).length <= 10;
      },
    ),
  );
});

it('two generations keep what is asked for again and again', () => {
  const map = new TwoGenerations<number>(10);
  map.set('often', 1);
  for (let index = 0; index < 100; index++) {
    map.set(`other ${index}`, index);
    expect(map.get('often')).toBe(1);
  }
});
