import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonBodyCheck } from '../../schema/schema-compiler.ts';
import { JsonStreamCheck } from './json-stream.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Takes the member `x` out, as a schema does that declares it nowhere. */
const check: JsonBodyCheck = (bytes) => {
  const text = new TextDecoder().decode(bytes);
  return text.includes('"x"')
    ? { ok: true, bytes: encode(text.replace('"x":1', '')), dropped: ['/x'] }
    : { ok: true, bytes, dropped: [] };
};

it('law: items that go on as they came and items that are changed keep their order, wherever the stream is cut', () => {
  const item = fc.constantFrom('{}', '{"x":1}', '{"a":"bc"}', ' [1,2] ', '');
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      fc.array(fc.nat(80), { maxLength: 8 }),
      fc.constantFrom('lines', 'last without its end', 'sequence'),
      (items, cuts, form) => {
        const texts = form === 'sequence' ? items.filter((one) => one !== '') : items;
        const write = (all: readonly string[]): string =>
          form === 'sequence'
            ? all.map((one) => `\x1e${one}\n`).join('')
            : all.join('\n') + (form === 'lines' && all.length > 0 ? '\n' : '');
        const bytes = encode(write(texts));
        const stream = new JsonStreamCheck(check, form === 'sequence', 1_000);
        let out = '';
        const dropped: string[] = [];
        const take = (result: ReturnType<typeof stream.push>): void => {
          if (!result.ok) throw new Error(result.code);
          out += new TextDecoder().decode(result.bytes);
          dropped.push(...result.dropped);
        };
        let at = 0;
        for (const cut of [...cuts].sort((one, other) => one - other)) {
          take(stream.push(bytes.slice(at, cut)));
          at = Math.max(at, Math.min(cut, bytes.length));
        }
        take(stream.push(bytes.slice(at)));
        take(stream.end());
        expect(out).toBe(write(texts.map((one) => one.replace('"x":1', ''))));
        const read = texts.filter((one) => one.trim() !== '');
        expect(dropped).toEqual(read.flatMap((one, i) => (one === '{"x":1}' ? [`/${i}/x`] : [])));
      },
    ),
  );
});
