import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
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
  const item = fc.constantFrom('{}', '{"x":1}', '{"a":"bc"}', ' [1,2] ', '', ' \t', '\r');
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      fc.array(fc.nat(80), { maxLength: 8 }),
      fc.constantFrom('lines', 'last without its end', 'sequence'),
      (items, cuts, form) => {
        const texts = form === 'sequence' ? items.filter((one) => one.trim() !== '') : items;
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

it('a text of a sequence goes on with its LF, and is not kept until the next one comes', () => {
  const stream = new JsonStreamCheck(check, true, 1_000);
  const pushed = ['\x1e{"x":1}', '\n', '\x1e{\n"a":"\\"\\\\{",\n"b":[\n1\n]}\n', '\r\n', '\x1e12\n\x1e"]\n"', '\n'].map(
    (text) => {
      const result = stream.push(encode(text));
      return result.ok ? new TextDecoder().decode(result.bytes) : result.code;
    },
  );
  expect(pushed).toEqual(['', '\x1e{}\n', '\x1e{\n"a":"\\"\\\\{",\n"b":[\n1\n]}\n', '\r\n', '\x1e12\n', '\x1e"]\n"\n']);
  expect(stream.end()).toMatchObject({ ok: true });
});

it.each<[string, string]>([
  ['begins without RS', '{}\n'],
  ['begins with white space', '\n\x1e{}\n'],
  ['has a text that is cut off', '\x1e{}\x1e{}\n'],
  ['ends with a text that is cut off', '\x1e{}'],
  ['has something else between texts', '\x1e{}\n{}\n\x1e{}\n'],
  ['has something else behind its texts', '\x1e{}\n{}\n'],
])('a sequence that %s is refused', (_title, text) => {
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = new JsonStreamCheck(check, true, 1_000);
    const results = [stream.push(encode(text.slice(0, cut))), stream.push(encode(text.slice(cut))), stream.end()];
    expect(results.at(-1)).toMatchObject({ ok: false, code: 'BODY_MALFORMED' });
  }
});

it('blank lines are gone past and not taken one by one', () => {
  const views = vi.spyOn(Uint8Array.prototype, 'subarray');
  const stream = new JsonStreamCheck(check, false, 1_000);
  const result = stream.push(encode('\n\r\n \t\n'.repeat(10_000)));
  const made = views.mock.calls.length;
  views.mockRestore();
  expect(result.ok && result.bytes.length).toBe(60_000);
  expect(made).toBeLessThan(20);
});

it.each([
  [`${' '.repeat(11)}\n{}\n`, true],
  [`\n${' '.repeat(12)}\n{}\n`, false],
  [`\n${' '.repeat(10)}`, true],
  [`\n${' '.repeat(11)}`, false],
])('%j, where items have ten bytes at most, goes on: %j', (text, expected) => {
  const result = new JsonStreamCheck(check, false, 10).push(encode(text));
  expect(result.ok ? true : [result.code, result.errors.map(({ keyword }) => keyword)]).toEqual(
    expected ? true : ['BODY_MALFORMED', ['size']],
  );
});
