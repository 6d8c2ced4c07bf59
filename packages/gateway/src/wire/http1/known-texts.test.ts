import fc from 'fast-check';
import { expect, it } from 'vitest';
import { framingField, knownName, knownValue } from './known-texts.ts';

const USUAL = [
  'Host',
  'Content-Length',
  'content-length',
  'Transfer-Encoding',
  'Connection',
  'Keep-Alive',
  'dpop',
  'Accept',
];

it('law: a name that is known is the very one that stands there, and frames what its text says', () => {
  const letters = fc
    .constantFrom(...USUAL)
    .chain((name) =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map((upper) =>
          [...name].map((letter, i) => (upper[i] === true ? letter.toUpperCase() : letter.toLowerCase())).join(''),
        ),
    );
  const any = fc.oneof(letters, fc.constantFrom(...USUAL, 'Hos', 'Host1', 'x', '@ost', '', 'Expect', 'expect'));
  fc.assert(
    fc.property(any, fc.nat(3), (name, at) => {
      const bytes = Buffer.from(`${'-'.repeat(at)}${name}:`, 'latin1');
      const known = knownName(bytes, at, at + name.length);
      if (known === undefined) return;
      expect(known.name).toBe(name);
      expect(known.framing).toBe(framingField(name));
    }),
  );
  for (const name of USUAL) expect(knownName(Buffer.from(name), 0, name.length)?.name).toBe(name);
});

it('a name frames a message in any case of its letters', () => {
  expect(framingField('CONTENT-length')).toBe('content-length');
  expect(framingField('Expect')).toBe('expect');
  expect(framingField('Accept')).toBeNull();
});

it('law: a value that is known is the very one that stands there', () => {
  const usual = ['application/json', 'no-store', 'no-cache', 'keep-alive', 'text/html; charset=utf-8', '*/*', 'close'];
  for (const value of usual) expect(knownValue(Buffer.from(value, 'latin1'), 0, value.length)).toBe(value);
  const any = fc.oneof(
    fc.constantFrom(...usual, 'Close', 'no-stor', 'no-storf', '', '\xff'.repeat(40)),
    fc.string({ maxLength: 45 }),
  );
  fc.assert(
    fc.property(any, fc.nat(3), (value, at) => {
      const bytes = Buffer.from(`${'-'.repeat(at)}${value}\r\n`, 'latin1');
      const known = knownValue(bytes, at, at + value.length);
      expect(known === undefined || known === bytes.toString('latin1', at, at + value.length)).toBe(true);
    }),
  );
});
