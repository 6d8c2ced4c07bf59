import { describe, expect, test } from 'vitest';
import { operationWith } from './testing/operation-under-test.ts';
import { textsOfXml } from './xml-encoding.ts';

const ATTACK = "x' or '7'='7";
const found = operationWith({ requestBody: { content: { 'text/xml': {} } } });
const declared = (label: string, text: string): string => `<?xml version="1.0" encoding="${label}"?><a>${text}</a>`;
const wide = (xml: string, isLittle: boolean, marked: boolean): Uint8Array => {
  const bytes = Buffer.from(`${marked ? '\ufeff' : ''}${xml}`, 'utf16le');
  return isLittle ? bytes : bytes.swap16();
};

describe('XML in UTF-16 is read', () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('with the low byte first: %s, with a mark: %s', (isLittle, marked) => {
    const sent = (text: string): string =>
      found({ type: 'text/xml; charset=utf-16', body: wide(declared('UTF-16', text), isLittle, marked) });
    expect(sent("O'Brien & Sons")).toBe('null');
    expect(sent(ATTACK)).toBe('sql');
  });
});

test.each([
  'UTF-8',
  'utf8',
  'US-ASCII',
  'ISO-8859-1',
  'iso-8859-15',
  'windows-1252',
  'Shift_JIS',
  'GBK',
  'KOI8-R',
  'cp850',
  'IBM437',
])('XML in %s is read', (label) => {
  expect(found({ type: 'text/xml', body: declared(label, 'a note') })).toBe('null');
  expect(found({ type: 'text/xml', body: declared(label, ATTACK) })).toBe('sql');
});

test('XML that says UTF-16 of bytes which are UTF-8 is read as that', () => {
  expect(textsOfXml(Buffer.from(declared('utf-16', 'é')), undefined)).toEqual([declared('utf-16', 'é')]);
});

test('XML of which the declaration and the charset say different things is read as each', () => {
  const bytes = Buffer.from(declared('iso-8859-1', 'é'));
  expect(textsOfXml(bytes, 'UTF-8')).toEqual([declared('iso-8859-1', 'Ã©'), declared('iso-8859-1', 'é')]);
});

describe('XML in what is not decoded is refused', () => {
  test.each([
    'UTF-7',
    ' utf-7',
    'unicode-1-1-utf-7',
    'UTF-32',
    'UCS-4',
    'hz-gb-2312',
    'IBM037',
    'cp864',
    'no such thing',
    '',
  ])('"%s"', (label) => {
    expect(found({ type: 'text/xml', body: declared(label, 'a note') })).toBe('xml');
    expect(found({ type: `text/xml; charset="${label}"`, body: '<a>a note</a>' })).toBe('xml');
  });

  test.each([
    ['UTF-32, low byte first', [0x3c, 0, 0, 0, 0x61, 0, 0, 0]],
    ['UTF-32, with a mark', [0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]],
    ['UTF-32, high byte first', [0, 0, 0, 0x3c, 0, 0, 0, 0x61]],
    ['UTF-32, high byte first, with a mark', [0, 0, 0xfe, 0xff, 0, 0, 0, 0x3c]],
    ['EBCDIC', [0x4c, 0x6f, 0xa7, 0x94, 0x93]],
  ])('by its first bytes: %s', (_name, bytes) => {
    expect(found({ type: 'text/xml', body: new Uint8Array(bytes) })).toBe('xml');
  });

  test('also in a part, and unless that is excepted', () => {
    const content = { 'multipart/form-data': { encoding: { o: { contentType: 'application/xml' } } } };
    const part = operationWith({ requestBody: { content } });
    const body = `--b\r\nContent-Disposition: form-data; name="o"\r\nContent-Type: application/xml\r\n\r\n${declared('utf-7', 'a')}\r\n--b--\r\n`;
    expect(part({ type: 'multipart/form-data; boundary=b', body })).toBe('xml');
    const settings = 'threats: { exceptions: [{ field: "body:", categories: [xml] }] }';
    const excepting = operationWith({ requestBody: { content: { 'text/xml': {} } } }, { settings });
    expect(excepting({ type: 'text/xml', body: declared('utf-7', 'a') })).toBe('null');
  });
});
