import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DER,
  DerError,
  readElement,
  readObjectIdentifier,
  readTime,
  writeElement,
  writeObjectIdentifier,
  writeTime,
} from './der.ts';

describe('readElement', () => {
  test('what_is_written_is_read: contents of any length come back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        const bytes = writeElement(DER.OCTET_STRING, new Uint8Array(length));
        const { start, end } = readElement(bytes, 0, bytes.length, DER.OCTET_STRING);
        return end === bytes.length && end - start === length;
      }),
    );
  });

  test.each([
    ['nothing', []],
    ['a length without contents', [0x04, 0x02, 0x00]],
    ['an indefinite length', [0x30, 0x80, 0x00, 0x00]],
    ['a length in two bytes that fits in one', [0x04, 0x81, 0x01, 0x00]],
    ['a length with a leading zero', [0x04, 0x82, 0x00, 0x80, ...Array<number>(128).fill(0)]],
    ['a length of five bytes', [0x04, 0x85, 1, 0, 0, 0, 0]],
    ['a tag of several bytes', [0x1f, 0x81, 0x01, 0x00]],
    ['another type', [0x05, 0x00]],
  ])('refuses %s', (_, bytes) => {
    expect(() => readElement(Buffer.from(bytes), 0, bytes.length, DER.OCTET_STRING)).toThrow(DerError);
  });

  test('never reads past its limit, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, at) => {
        try {
          return readElement(bytes, at, bytes.length).end <= bytes.length;
        } catch (error) {
          return error instanceof DerError;
        }
      }),
    );
  });
});

describe('object identifiers and times', () => {
  test.each(['2.5.29.37', '1.2.840.113549.1.1.11', '1.3.6.1.5.5.7.3.2'])('%s comes back', (id) => {
    const bytes = writeObjectIdentifier(id);
    expect(readObjectIdentifier(bytes, readElement(bytes, 0, bytes.length))).toBe(id);
  });

  test('a time comes back to the second, before and after 2050', () => {
    for (const iso of ['2026-02-28T23:59:59Z', '2049-12-31T00:00:00Z', '2051-01-01T00:00:00Z']) {
      const bytes = writeTime(Date.parse(iso));
      expect(readTime(bytes, readElement(bytes, 0, bytes.length))).toBe(Date.parse(iso));
    }
  });

  test('refuses a time without seconds or with a zone', () => {
    for (const text of ['2602282359Z', '260228235959+0100', '20260228235959Z']) {
      const bytes = writeElement(DER.UTC_TIME, Buffer.from(text));
      expect(() => readTime(bytes, readElement(bytes, 0, bytes.length))).toThrow(DerError);
    }
  });
});
