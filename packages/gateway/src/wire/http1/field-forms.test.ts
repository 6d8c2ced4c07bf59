import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FieldForms } from './field-forms.ts';
import { OutgoingBytes } from './outgoing-bytes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function written(forms: FieldForms, headers: readonly string[]): string {
  const out = new OutgoingBytes();
  out.addText('before ');
  forms.write(headers, out);
  const text = Buffer.from(out.view()).toString('latin1');
  out.clear(true);
  return text.slice('before '.length);
}

function plain(headers: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return lines;
}

it('law: lines are what names and values say, whatever heads came before', () => {
  const field = fc.tuple(
    fc.constantFrom('A', 'B', 'Content-Type'),
    fc.constantFrom('1', '2', '', '\xe9', 'x'.repeat(300)),
  );
  const heads = fc.array(
    fc.array(field, { maxLength: 4 }).map((fields) => fields.flat()),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(heads, fc.array(fc.nat(), { maxLength: 200 }), (kinds, chosen) => {
      const forms = new FieldForms();
      for (const at of chosen) {
        const headers = kinds[at % kinds.length] as string[];
        expect(written(forms, headers)).toBe(plain(headers));
      }
    }),
  );
});

it('refuses what would break a line in every head: the first, one with a new value, one at a blank, one with a new name', () => {
  const forms = new FieldForms();
  const bad = ['1\r\nX: 2', '1\r', '\n', '\u010d\u010a', '\0'];
  const refuse = (): void => {
    for (const value of bad) {
      expect(() => written(forms, ['A', '1', 'Id', value])).toThrow(TypeError);
      expect(() => written(forms, ['A', value, 'Id', '7'])).toThrow(TypeError);
      expect(() => written(forms, [`A${value}`, '1', 'Id', '7'])).toThrow(TypeError);
      expect(() => written(forms, ['A', '1', 'Id', '7', 'More', value])).toThrow(TypeError);
    }
  };
  refuse();
  for (let id = 0; id < 100; id++) expect(written(forms, ['A', '1', 'Id', `${id}`])).toBe(`A: 1\r\nId: ${id}\r\n`);
  refuse();
  expect(written(forms, ['A', '1', 'Id', '8'])).toBe('A: 1\r\nId: 8\r\n');
});

it('writes heads of many kinds in turn, of more fields than it keeps, and of none', () => {
  const forms = new FieldForms();
  const kinds = Array.from({ length: 60 }, (_, n) => Array.from({ length: n }, (_u, i) => [`X-${i}`, `${n}`]).flat());
  for (let round = 0; round < 50; round++)
    for (const headers of kinds) expect(written(forms, headers)).toBe(plain(headers));
});

it('forgets what it keeps a few seconds later', () => {
  const forms = new FieldForms();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 50; i++) written(forms, ['Cookie', 'secret']);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(JSON.stringify(Object.values(forms))).not.toContain('secret');
  }
});
