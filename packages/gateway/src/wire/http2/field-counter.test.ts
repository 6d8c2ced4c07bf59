import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { FieldCounter } from './field-counter.ts';

function integer(value: number, bits: number, flags: number): number[] {
  const mask = 2 ** bits - 1;
  if (value < mask) return [flags | value];
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const text = fc
  .record({ coded: fc.boolean(), bytes: fc.uint8Array({ maxLength: 300 }) })
  .map(({ coded, bytes }) => [...integer(bytes.length, 7, coded ? 0x80 : 0), ...bytes]);
const index = fc.integer({ min: 1, max: 5_000 });
/** Every representation of RFC 7541, section 6, and how many field lines it is. */
const representation = fc.oneof(
  index.map((at) => ({ bytes: integer(at, 7, 0x80), lines: 1 })),
  fc.tuple(fc.constantFrom([6, 0x40], [4, 0x10], [4, 0]), index, text).map(([[bits = 0, flags = 0], at, value]) => ({
    bytes: [...integer(at, bits, flags), ...value],
    lines: 1,
  })),
  fc.tuple(fc.constantFrom(0x40, 0x10, 0), text, text).map(([flags, name, value]) => ({
    bytes: [flags, ...name, ...value],
    lines: 1,
  })),
  fc.integer({ min: 0, max: 4_096 }).map((size) => ({ bytes: integer(size, 5, 0x20), lines: 0 })),
);

describe('FieldCounter', () => {
  it('law: counts the field lines of any header block, however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(representation, { maxLength: 20 }), fc.array(fc.nat()), (parts, cuts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => part.bytes));
        const counter = new FieldCounter();
        counter.begin();
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        let at = 0;
        for (const end of ends) {
          counter.read(bytes, at, end);
          at = end;
        }
        expect(counter.count).toBe(parts.reduce((sum, { lines }) => sum + lines, 0));
      }),
    );
  });
});
