import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { SentBytes } from './sent-bytes.ts';

function seen(type: string, text: string, isWhole: boolean): string | null {
  const sent = new SentBytes();
  for (const piece of text.match(/[^]{1,1000}/g) ?? []) sent.add(Buffer.from(piece));
  if (isWhole) sent.end();
  const answer = sent.toAnswer(200, ['Content-Type', type]);
  return answer === null ? null : Buffer.from(answer.bytes()).toString();
}

describe('SentBytes', () => {
  it('gives an answer that is whole as it went out', () => {
    for (const type of ['application/json', 'application/x-ndjson', 'application/pdf'])
      expect(seen(type, '{"a":1}\n{"a', true)).toBe('{"a":1}\n{"a');
  });

  it.each<[string, string | null]>([
    ['application/x-ndjson', '{"a":1}\n'],
    ['application/json-seq', ''],
    ['text/plain', '{"a":1}\n{"a'],
    ['text/event-stream', '{"a":1}\n{"a'],
    ['application/xml', '{"a":1}\n{"a'],
    ['application/json', null],
    ['application/x-www-form-urlencoded', null],
    ['multipart/mixed; boundary=b', null],
  ])('gives of %s that was cut off what can be read', (type, part) =>
    expect(seen(type, '{"a":1}\n{"a', false)).toBe(part),
  );

  it('gives of a sequence that was cut off the texts that another began behind', () =>
    expect(seen('application/json-seq', '\x1e1\n\x1e2\n', false)).toBe('\x1e1\n'));

  it('keeps no more than the beginning of what is long', () => {
    const line = `${'1'.repeat(99)}\n`;
    const long = line.repeat(20_000);
    const kept = seen('application/x-ndjson', long, true) ?? '';
    expect(kept.length).toBeLessThanOrEqual(1024 * 1024 + 1000);
    expect(kept.length).toBeGreaterThan(1024 * 1024 - 1000);
    expect(long.startsWith(kept) && kept.endsWith('\n')).toBe(true);
    expect(seen('application/json', long, true)).toBeNull();
  });
});
