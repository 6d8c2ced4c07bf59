import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { JsonBodyCheck } from '../../schema/schema-compiler.ts';
import { EventStreamCheck } from './event-stream.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Takes the member `x` out, as a schema does that declares it nowhere. */
const data: JsonBodyCheck = (bytes) => {
  const text = new TextDecoder().decode(bytes);
  return text.includes('"x"')
    ? { ok: true, bytes: encode(text.replace('"x":1', '')), dropped: ['/x'] }
    : { ok: true, bytes, dropped: [] };
};

afterEach(() => vi.restoreAllMocks());

/** Events as they come and as they go on, and what is dropped of each. */
const EVENTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['data: {}\n\n', 'data: {}\n\n', []],
  ['id: é\r\ndata:{}\r\n\r\n', 'id: é\r\ndata:{}\r\n\r\n', []],
  ['data:{}\rretry:5\r\r', 'data:{}\rretry:5\r\r', []],
  ['event: a\r\ndata: {"x":1}\n\n', 'data: {}\nevent: a\r\n\n', ['/data/x']],
  [': why\n\n', ':\n\n', ['']],
  ['data: {}\nother: 1\n\n', 'data: {}\n\n', ['']],
  ['\n', '\n', []],
  ['\r\n', '\r\n', []],
];

it('law: events that go on as they came and events that are changed keep their order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }),
      fc.array(fc.nat(150), { maxLength: 8 }),
      (events, cuts) => {
        // A CR that ends one event and an LF by itself would be one line end.
        const apart = events.filter(([text], i) => text !== '\n' || events[i - 1]?.[0].endsWith('\r') !== true);
        const bytes = encode(apart.map(([text]) => text).join(''));
        const stream = new EventStreamCheck(() => null, data, true, 1_000);
        let out = '';
        const dropped: string[] = [];
        const take = (from: number, to: number): void => {
          const result = stream.push(bytes.slice(from, to));
          if (!result.ok) throw new Error(result.code);
          out += new TextDecoder().decode(result.bytes);
          dropped.push(...result.dropped);
        };
        let at = 0;
        for (const cut of [...cuts].sort((one, other) => one - other)) {
          if (cut <= at) continue;
          take(at, cut);
          at = Math.min(cut, bytes.length);
        }
        take(at, bytes.length);
        const expected = apart.map(([, text]) => text).join('');
        expect(out).toBe(expected);
        const all = apart.flatMap(([, , pointers]) => pointers);
        expect(dropped).toEqual(all);
      },
    ),
  );
});

it('an event goes on as soon as its blank line is there, which a CR alone is, whether an LF follows or not', () => {
  for (const next of ['\n', 'data: {}\r\n\r', '']) {
    const stream = new EventStreamCheck(() => null, data, true, 1_000);
    const first = encode('data: {}\r\rdata:{"x":1}\r\n\r');
    expect(stream.push(first)).toEqual({ ok: true, bytes: encode('data: {}\r\rdata: {}\n\r'), dropped: ['/data/x'] });
    expect(stream.push(encode(next))).toEqual({ ok: true, bytes: encode(next), dropped: [] });
    expect(stream.end()).toEqual({ ok: true, bytes: encode(''), dropped: [] });
  }
  // A line that is not blank may be ended by a CR and its LF.
  const stream = new EventStreamCheck(() => null, data, true, 1_000);
  const pushed = ['data: {}\r', '\ndata: {}\r', '\n\r', '\n'].map((text) => stream.push(encode(text)));
  expect(pushed.map((result) => result.ok && new TextDecoder().decode(result.bytes))).toEqual([
    '',
    '',
    'data: {}\r\ndata: {}\r\n\r',
    '\n',
  ]);
});

it('line ends by themselves are neither read nor copied one by one', () => {
  const reads = vi.spyOn(TextDecoder.prototype, 'decode');
  const copies = vi.spyOn(Uint8Array.prototype, 'slice');
  const stream = new EventStreamCheck(() => null, null, true, 10_000);
  const bytes = encode('\n'.repeat(5_000));
  expect(stream.push(bytes)).toEqual({ ok: true, bytes, dropped: [] });
  expect([reads.mock.calls.length, copies.mock.calls.length]).toEqual([0, 1]);
});

it('events that go on as they came are read once each and copied together', () => {
  const reads = vi.spyOn(TextDecoder.prototype, 'decode');
  const copies = vi.spyOn(Uint8Array.prototype, 'slice');
  const stream = new EventStreamCheck(() => null, null, true, 10_000);
  const bytes = encode('id:1\ndata:a\ndata:b\n\n'.repeat(100));
  expect(stream.push(bytes)).toEqual({ ok: true, bytes, dropped: [] });
  expect([reads.mock.calls.length, copies.mock.calls.length]).toEqual([100, 1]);
});

it('an event of more than the largest size is refused, whether its end came or not', () => {
  for (const end of ['', '\n\n']) {
    const stream = new EventStreamCheck(() => null, null, false, 20);
    expect(stream.push(encode(`data: a\n\ndata: ${'b'.repeat(20)}${end}`))).toMatchObject({
      ok: false,
      code: 'BODY_MALFORMED',
    });
    expect(stream.push(encode('\n'))).toMatchObject({ ok: false, code: 'BODY_MALFORMED' });
  }
});
