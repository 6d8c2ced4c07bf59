import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutgoingBytes } from './outgoing-bytes.ts';

function read(out: OutgoingBytes): string {
  return Buffer.from(out.view()).toString('latin1');
}

it('law: holds what was added and not taken back, whatever others hold at the same time', () => {
  const pieces = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    fc.constantFrom('', '\xe9\xff\0', 'a'.repeat(12), 'b'.repeat(13), 'c'.repeat(20_000), 'd'.repeat(40_000)),
  );
  const step = fc.record({
    who: fc.nat(2),
    piece: pieces,
    how: fc.constantFrom('text', 'bytes', 'bytes', 'text', 'rewind', 'clear', 'keep'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const all = [0, 1, 2].map(() => ({ out: new OutgoingBytes(), held: '', before: 0 }));
      const kept: { view: Uint8Array; held: string }[] = [];
      for (const { who, piece, how } of steps) {
        const one = all[who] as (typeof all)[number];
        if (how === 'rewind') {
          one.out.rewind(one.before);
          one.held = one.held.slice(0, one.before);
        } else if (how === 'clear' || how === 'keep') {
          // What the system has not taken yet stays what it was, whoever writes meanwhile.
          if (how === 'keep') kept.push({ view: one.out.view(), held: one.held });
          one.out.clear(how === 'clear');
          one.held = '';
          one.before = 0;
        } else {
          one.before = one.held.length;
          if (how === 'text') one.out.addText(piece);
          else one.out.addBytes(Buffer.from(piece, 'latin1'));
          one.held += piece;
        }
        for (const { out, held } of all) {
          expect(out.length).toBe(held.length);
          expect(read(out) === held).toBe(true);
        }
        for (const { view, held } of kept) expect(Buffer.from(view).toString('latin1') === held).toBe(true);
      }
    }),
  );
});

it('cuts characters beyond latin1 to their lower eight bits, in short texts as in long ones', () => {
  for (const text of ['\u0141', '\u0141'.repeat(40)]) {
    const out = new OutgoingBytes();
    out.addText(text);
    expect(read(out)).toBe('A'.repeat(text.length));
  }
});
