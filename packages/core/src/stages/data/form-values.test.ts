import { describe, expect, it } from 'vitest';
import { readFormValues } from './form-values.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { Marks } from './marks.ts';
import { StepBudget } from './step-budget.ts';

const SAID: Marks = { kinds: 0, classes: [], visible: [], writable: [], texts: [], encrypted: true };
const leaf = (marks: Marks | null): MarkedPlace => ({
  marks,
  member: () => null,
  item: () => null,
  declared: () => [],
});
const place: MarkedPlace = { ...leaf(null), member: (name) => leaf(name === 'ssn' ? SAID : null) };

function edited(body: string, edit: 'replace' | 'remove'): string {
  const read = readFormValues(Buffer.from(body));
  read?.visit(place, (value) => {
    if (edit === 'replace') value.replace('X');
    else value.remove();
    return false;
  });
  return Buffer.from(read?.bytes() ?? []).toString();
}

describe('readFormValues', () => {
  it('leaves the dividers of what it does not edit as they came', () => {
    expect(edited('note=a;b&ssn=1&c;d', 'replace')).toBe('note=a;b&ssn=X&c;d');
    expect(edited('note=a;b&ssn=1;&c', 'remove')).toBe('note=a;b;&c');
    expect(edited('&a=1;&&ssn=1', 'replace')).toBe('&a=1;&&ssn=X');
    expect(edited('ssn=1;a;b', 'remove')).toBe('a;b');
    expect(edited('ssn=1', 'remove')).toBe('');
  });

  it('reads no more than ten thousand fields, whatever divides them', () => {
    for (const divider of ['&', ';'])
      for (const [count, isRead] of [
        [10_000, true],
        [10_001, false],
      ] as const)
        expect(readFormValues(Buffer.from(Array.from({ length: count }, () => 'a').join(divider))) !== null).toBe(
          isRead,
        );
    expect(readFormValues(Buffer.from(`user=${';'.repeat(1_048_576)}`))).toBe(null);
  });

  it('looks a name up no more than a few times, divided or not', () => {
    let lookups = 0;
    const counted: MarkedPlace = {
      ...leaf(null),
      member() {
        lookups++;
        return null;
      },
    };
    const count = (body: string): number => {
      lookups = 0;
      const read = readFormValues(Buffer.from(body));
      expect([read?.isDoubtful(counted, new StepBudget()), read?.mayName(counted, new StepBudget())]).toEqual([
        false,
        false,
      ]);
      return lookups / 5000;
    };
    expect(count('a=b&'.repeat(4999))).toBeLessThan(3);
    expect(count('a;'.repeat(4999))).toBeLessThan(6);
    expect(count(';'.repeat(4999))).toBeLessThan(3);
  });
});
