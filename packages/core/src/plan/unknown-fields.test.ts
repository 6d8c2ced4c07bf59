import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { unknownFields } from './unknown-fields.ts';

const ADDRESS = { type: 'object', properties: { street: { type: 'string' }, zip: { type: 'string' } } };
const PERSON = {
  type: 'object',
  properties: { email: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } }, home: ADDRESS },
};
const CLOSED = { '/people': [PERSON] } as const;

/** Operations `make0`, `make1` … that take and answer these schemas at their paths. */
function documentWith(bodies: Readonly<Record<string, readonly JsonObject[]>> = CLOSED, more: JsonObject = {}) {
  const paths = Object.entries(bodies).map(([path, [schema]], index) => [
    path,
    {
      post: {
        operationId: `make${index}`,
        parameters: [
          { name: 'search', in: 'query', schema: { type: 'string' } },
          { name: 'X-Note', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: { content: { 'application/json': { schema } } },
        responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } },
        ...more,
      },
    },
  ]);
  return documentOf({
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    paths: Object.fromEntries(paths) as JsonObject,
  });
}
const BY_PERSON = documentWith(
  { '/people/{personId}': [PERSON] },
  {
    parameters: [{ name: 'personId', in: 'path', required: true, schema: { type: 'string' } }],
  },
);

function told(policy: string, document = documentWith()): readonly (readonly [number, string, string | null])[] {
  const parsed = parsePolicy(
    {
      file: 'p.yaml',
      text: `upstream: http://127.0.0.1:1\n${policy}\n${policy.includes('requests:') ? '' : 'requests: { undeclaredProperties: refuse }\n'}`,
    },
    { environment: () => 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', readFile: () => '' },
  );
  return unknownFields(document, parsed).map(({ code, line, message, hint }) => {
    expect(code).toBe('POLICY_FIELD_UNKNOWN');
    return [line, message, hint] as const;
  });
}
const classes = (...fields: string[]): string => `data:\n  classes:\n    pii: ${JSON.stringify(fields)}`;
const except = (field: string, more = ''): string =>
  `threats:\n  exceptions:\n    - { field: '${field}', categories: [sql]${more} }`;

describe('unknownFields', () => {
  test('names a property of a data class that is one slip away from another, with its line', () => {
    expect(told(classes('email', 'emial', 'ZIP', 'X-note', 'serch'))).toEqual([
      [4, 'no operation declares a property or parameter emial', 'Did you mean email?'],
      [4, 'no operation declares a property or parameter serch', 'Did you mean search?'],
    ]);
  });

  test('says nothing of names that may be of what turns up undeclared', () => {
    expect(told(classes('ssn', 'emailHash', '*ssn*'))).toEqual([]);
  });

  test('names a pointer that leads nowhere', () => {
    expect(told(classes('/home/street', '/tags/*', '/tags/0', '/*/zip', '/home/stret', '/email/x'))).toEqual([
      [4, 'no body of an operation declares anything at /home/stret', 'Did you mean /home/street?'],
      [4, 'no body of an operation declares anything at /email/x', '/email is declared, and has no members.'],
    ]);
  });

  test('says how far a pointer leads where no name is near, and what is there', () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`m${index}`, {}]));
    const MANY = { type: 'object', properties: many };
    const BODY = {
      type: 'object',
      properties: { ...PERSON.properties, many: MANY, list: { type: 'array', items: ADDRESS } },
    };
    const document = documentWith({ '/people': [BODY] });
    const hints = (...fields: string[]): unknown => told(classes(...fields), document).map(([, , hint]) => hint);
    expect(hints('/home/zip/code/x', '/home/telephone', '/many/other', '/list/zip', '/list/*/zip/x', '/other')).toEqual(
      [
        '/home/zip is declared, and has no members.',
        '/home has the members street, zip.',
        '/many has the members m0, m1, m2, m3, m4, m5, m6, m7 and 2 more.',
        '/list is a list, whose items are at /list/*.',
        '/list/*/zip is declared, and has no members.',
        null,
      ],
    );
    expect(told(except('body:/home/zip/code'), document)).toMatchObject([
      [4, expect.any(String), 'body:/home/zip is declared, and has no members.'],
    ]);
    expect(told(except('body:/list/zip'), document)).toMatchObject([
      [4, expect.any(String), 'body:/list is a list, whose items are at body:/list/*.'],
    ]);
    const list = documentWith({ '/people': [{ type: 'array', items: ADDRESS }] });
    expect(told(classes('/zip'), list)).toMatchObject([
      [4, expect.any(String), 'The body is a list, whose items are at /*.'],
    ]);
    const text = documentWith({ '/people': [{ type: 'string' }] });
    expect(told(classes('/zip'), text)).toMatchObject([[4, expect.any(String), 'The body has no members.']]);
  });

  test('names a text that nothing is called: it would not be cleaned', () => {
    expect(told('sanitise:\n  text: { plain: [emial, /home/stret], html: [email, "*mail", bioHtml] }')).toEqual([
      [3, 'no operation declares a property or parameter emial', 'Did you mean email?'],
      [3, 'no body of an operation declares anything at /home/stret', 'Did you mean /home/street?'],
    ]);
    expect(told('sanitise: { text: { plain: [emial] } }\nmodes: { sanitise: off }')).toEqual([]);
  });

  test('names a field to be encrypted that nothing is called: it would be kept as it is', () => {
    const keys = `keys: { file: keys.json, master: "\${env:MASTER}" }`;
    expect(
      told(`data:\n  encrypt: { fields: [home, emial, 'class:pii'], ${keys} }\n  classes: { pii: [zip] }`),
    ).toEqual([[3, 'no operation declares a property or parameter emial', 'Did you mean email?']]);
  });

  test('names what leads to no record of an encrypted field: calls with one would be refused', () => {
    const keys = `keys: { file: keys.json, master: "\${env:MASTER}" }`;
    const record = (...names: string[]): unknown =>
      told(`data:\n  encrypt: { fields: [home], ${keys}, record: ${JSON.stringify(names)} }`, BY_PERSON).map(
        ([, ...words]) => words,
      );
    expect(record('email', 'path.personId', 'recordId')).toEqual([]);
    expect(record('emial', 'Email', 'path.personID', 'path.other')).toEqual([
      ['no operation declares a property emial, by which data.encrypt.record finds a record', 'Did you mean email?'],
      ['no operation declares a property Email, by which data.encrypt.record finds a record', 'Did you mean email?'],
      [
        'no path of the document has a parameter personID, by which data.encrypt.record finds a record',
        'Did you mean path.personId?',
      ],
      ['no path of the document has a parameter other, by which data.encrypt.record finds a record', null],
    ]);
  });

  test('says nothing of a place that may come where the document leaves that open, unless a name is near', () => {
    const open = documentWith({ '/people': [PERSON], '/any': [{ type: 'object' }] });
    expect(told(classes('/settings/key'))).toHaveLength(1);
    expect(told(classes('/settings/key'), open)).toEqual([]);
    expect(told(classes('/emial'), open)).toHaveLength(1);
    for (const more of ['modes: { responses: observe }', 'requests: { undeclaredProperties: as-declared }'])
      expect(told(`${classes('/settings/key')}\n${more}`)).toEqual([]);
  });

  test('names the field of an exception that no operation declares', () => {
    const unknown = (field: string, more = ''): unknown => told(except(field, more)).map(([, ...words]) => words);
    for (const field of ['query:search', 'body:/email', 'body:/home/*', 'body:/tags/0', 'body:', 'header:x-any'])
      expect([field, unknown(field)]).toEqual([field, []]);
    expect(told(except('query:serach'))).toEqual([
      [4, 'no operation declares query:serach', 'Did you mean query:search?'],
    ]);
    expect(unknown('path:id')).toEqual([['no operation declares path:id', null]]);
    expect(unknown('body:/home/zpi')).toEqual([
      ['no operation declares anything at body:/home/zpi', 'Did you mean body:/home/zip?'],
    ]);
    expect(unknown('body:/home/zpi', ', operations: [make0]')).toEqual([
      ['none of the operations it is for declares anything at body:/home/zpi', 'Did you mean body:/home/zip?'],
    ]);
    expect(told(`threats: { headers: false, exceptions: [{ field: 'header:X-Notes' }] }`)).toMatchObject([
      [2, 'no operation declares header:x-notes', 'Did you mean header:X-Note?'],
    ]);
  });

  test('says nothing of exceptions for what the document leaves open, or does not have as JSON', () => {
    const free = documentWith({ '/any': [{ type: 'object', properties: { a: {} }, additionalProperties: {} }] });
    expect(told(except('body:/a/b/c'), free)).toEqual([]);
    expect(told(except('body:/labels/x'), free)).toEqual([]);
    expect(told(`${except('body:/other')}\nrequests: { undeclaredProperties: as-declared }`)).toEqual([]);
    expect(told(`${except('body:/emial')}\nrequests: { undeclaredProperties: as-declared }`)).toHaveLength(1);
    expect(told(`${except('query:any')}\nrequests: { unknownParameters: pass }`)).toEqual([]);
    expect(told(`${except('body:/any')}\nmodes: { body: observe }`)).toEqual([]);
    const spread = documentWith(CLOSED, { parameters: [{ name: 'filter', in: 'query', schema: PERSON }] });
    expect(told(except('query:email'), spread)).toEqual([]);
    const xml = documentWith(CLOSED, { requestBody: { content: { 'application/xml': { schema: PERSON } } } });
    expect(told(except('body:/any'), xml)).toEqual([]);
  });
});
