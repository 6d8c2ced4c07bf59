import { describe, expect, test } from 'vitest';
import { collectsBody, operationWith, type Sent } from './testing/operation-under-test.ts';

const ATTACK = "x' or '7'='7";
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const open = { schema: { type: 'object' } };
const content = { [JSON_TYPE]: open, [FORM]: open, 'multipart/form-data': open, 'image/png': {} };
const settings = 'modes: { body: observe }';
const found = operationWith({ requestBody: { content } }, { settings });
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const json = JSON.stringify({ a: ATTACK });

describe('where bodies are only observed, what a lenient reader makes of one is looked at', () => {
  test.each<readonly [string, Sent]>([
    ['without a type', { body: json }],
    ['of a type that is none', { type: 'json', body: json }],
    ['of a type that nobody declares', { type: 'application/x-thing', body: json }],
    ['of any bytes', { type: 'application/octet-stream', body: json }],
    ['of a type that breaks off', { type: `${FORM}; =`, body: `a=${encodeURIComponent(ATTACK)}` }],
    ['in single quotes', { type: JSON_TYPE, body: `{'a':'; cat /srv/x'}` }],
    ['in single quotes, without a type', { body: `{'a':'1 or 7 like 7'}` }],
    ['in no quotes', { type: JSON_TYPE, body: '{a: 1 or 7 like 7, b: 2}' }],
    ['between comments', { type: JSON_TYPE, body: `{/* " */'a':'1 or 7 like 7'/* " */}` }],
    ['as no JSON at all', { type: JSON_TYPE, body: ATTACK }],
    ['in raw bytes of a form', { type: FORM, body: 'a=\uff1cscript\uff1ef()' }],
  ])('%s', (_how, sent) => expect(found(sent)).not.toBe('null'));

  test('where it is compressed, or in a charset that is stated badly: it cannot be', () => {
    const found = operationWith({ requestBody: { content } }, { settings });
    expect(found({ type: JSON_TYPE, body: PNG, encoding: 'gzip' })).toBe('xml');
    expect(found({ type: JSON_TYPE, body: '{}', encoding: 'identity' })).toBe('null');
    expect(found({ type: 'text/plain; charset=utf-7; =', query: 'a=1' })).toBe('xml');
    expect(found({ type: 'application/json; charset="utf-8"; =', body: '{}' })).toBe('null');
  });

  const part = (head: string, text = ATTACK): Sent => ({
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\n${head}\r\n\r\n${text}\r\n--b--\r\n`,
  });
  const FIELD = 'Content-Disposition: form-data; name="o"';
  const whole = part(FIELD);
  const from = (change: (body: string) => string): Sent => ({ ...whole, body: change(String(whole.body)) });

  test.each<readonly [string, Sent]>([
    ['with other line breaks', from((body) => body.replaceAll('\r\n', '\n'))],
    ['behind a preamble', from((body) => `x\r\n${body}`)],
    ['without an end', from((body) => body.replace('--b--\r\n', ''))],
    [
      'with a boundary that is none',
      { ...from((body) => body.replaceAll('--b', '--%')), type: 'multipart/form-data; boundary=%' },
    ],
    ['without a boundary', { ...whole, type: 'multipart/form-data' }],
    ['with two boundaries', { ...whole, type: 'multipart/form-data; boundary=a; boundary=b' }],
    ['with a name in another form', part("Content-Disposition: form-data; name*=utf-8''o")],
    ['with a header twice', part(`${FIELD}\r\nX-A: 1\r\nX-A: 1`)],
    ['in a name', part('Content-Disposition: form-data; name*="a[$ne]"', '1')],
    ['in a file name', part(`${FIELD}; filename="../../../etc/passwd"`, '1')],
    ['in a file name in another form', part(`${FIELD}; filename*=utf-8''..%2f..%2fetc%2fpasswd`, '1')],
    [
      'in quoted-printable',
      part(`${FIELD}\r\nContent-Transfer-Encoding: quoted-printable`, 'x=27 o=\r\nr =277=27=3D=277'),
    ],
    ['in base64', part(`${FIELD}\r\nContent-Transfer-Encoding: base64`, btoa(ATTACK).replace(/(.{5})/g, '$1\r\n'))],
  ])('in a multipart %s', (_how, sent) => expect(found(sent)).not.toBe('null'));

  test('in more parts than are taken', () => {
    const parts = Array.from({ length: 1_001 }, (_, i) => `--b\r\n${FIELD}${i}\r\n\r\n${i === 500 ? ATTACK : i}\r\n`);
    expect(found({ ...whole, body: `${parts.join('')}--b--\r\n` })).toBe('sql');
  });

  test('of an operation that declares none', () => {
    expect(operationWith({}, { settings })({ type: JSON_TYPE, body: json })).toBe('sql');
  });

  test('and files are not', () => {
    const bytes = (text: string): Uint8Array => Buffer.concat([Buffer.from(text), PNG, Buffer.from(ATTACK)]);
    expect(found({ type: 'image/png', body: ATTACK })).toBe('null');
    expect(found({ type: 'image/webp', body: bytes('') })).toBe('null');
    expect(found({ body: bytes('') })).toBe('null');
    expect(found({ ...whole, body: bytes(`--b\n${FIELD}; filename="a.png"\nContent-Type: image/png\n\n`) })).toBe(
      'null',
    );
  });

  test.each<readonly [string, Sent]>([
    ['JSON without a type', { body: JSON.stringify({ a: "O'Brien", b: [1.5e-3, null, true, false] }) }],
    ['JSON in other quotes', { type: JSON_TYPE, body: `{'name': 'Ann; Tom', // a note\n'age': 7}` }],
    ['a form without a type', { body: "name=O'Brien&note=a%20b" }],
    ['a multipart with other line breaks', { ...whole, body: `--b\n${FIELD}\n\nO'Brien & Sons\n--b--\n` }],
    ['quoted-printable', part(`${FIELD}\r\nContent-Transfer-Encoding: quoted-printable`, 'caf=C3=A9 =3D 3')],
  ])('and nothing is found in %s', (_how, sent) => expect(found(sent)).toBe('null'));
});

test('a body that may be a text is collected where nothing refuses it, and a declared file is not', () => {
  const files = { requestBody: { content: { 'image/png': {} } } };
  for (const [declared, type, collected] of [
    [{}, JSON_TYPE, true],
    [files, JSON_TYPE, true],
    [files, 'application/x-thing', true],
    [files, 'image/png', false],
  ] as const) {
    expect(collectsBody(declared, { settings }, { type })).toBe(collected);
    expect(collectsBody(declared, {}, { type })).toBe(false);
  }
  expect(collectsBody(files, { settings }, {})).toBe(true);
  expect(collectsBody({ requestBody: { content: { 'application/yaml': {} } } }, {}, {})).toBe(true);
});

test('linear_time: a mebibyte of what begins and never ends is looked through', () => {
  for (const unit of ["'", "'\\'", '\\', '{', '--b', '--b\n\n', 'name="', 'name*=', '\n', '=\n', ' ', '=3D'])
    for (const type of [JSON_TYPE, 'multipart/form-data; boundary=b', undefined])
      found({ ...(type === undefined ? {} : { type }), body: unit.repeat(1_048_576 / unit.length) });
}, 60_000);
