import { expect, it } from 'vitest';
import { loadDocument } from '../../openapi/load-document.ts';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { sharedSubjects } from './shared-subjects.ts';

const bearer = { type: 'http', scheme: 'bearer' };
const DOCUMENT = loadDocument(
  createMemoryReader({
    'openapi.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 't', version: '1' },
      components: { securitySchemes: { one: bearer, other: bearer, key: { type: 'apiKey', in: 'header', name: 'K' } } },
      security: [{ one: [] }, { other: [] }, { key: [] }],
      paths: {
        '/a/{id}': {
          get: {
            operationId: 'a',
            parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
            responses: { 200: { description: 'ok' } },
          },
        },
      },
    }),
  }),
  'openapi.json',
);

function warned(authentication: string, ownership: string): string[] {
  const text = `authentication: {${authentication}}\nauthorization: { ownership: {${ownership}} }`;
  const policy = parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' });
  return sharedSubjects(DOCUMENT, policy).map(
    ({ code, message, line, column }) => `${line}:${column} ${code} ${message}`,
  );
}

const ONE = 'one: { issuer: https://one.example/, audience: a }';
const OTHER = 'other: { issuer: https://other.example/, audience: a }';
const KEY = `key: { keys: [{ id: k, sha256: ${'ab'.repeat(32)}, subject: bob }] }`;
const BY_SUBJECT = 'thing: { id: path.id, owner: response:/ownerId }';

it('sharedSubjects warns where subjects of two issuers are compared', () => {
  expect(warned(`${ONE}, ${OTHER}`, BY_SUBJECT)).toEqual([
    "2:30 OWNERSHIP_SUBJECTS_SHARED owners of thing are compared with subjects, and 2 issuers give subjects out: one may be called as another's is",
  ]);
});

it.each([
  [
    'the issuer is enough by itself',
    'thing: { id: path.id, owner: response:/o, equals: [principal.subject, principal.issuer] }',
  ],
  [
    'the issuer is asked for another id',
    `${BY_SUBJECT}, other: { id: query.id, owner: response:/from, equals: principal.issuer }`,
  ],
  [
    'two have one label',
    'thing: { id: path.id, owner: response:/o, issuers: [https://one.example/, https://other.example/] }',
  ],
])('sharedSubjects warns where %s', (_, ownership) => {
  expect(warned(`${ONE}, ${OTHER}`, ownership)).toHaveLength(1);
});

it.each([
  ['one issuer and keys', `${ONE}, ${KEY}`, BY_SUBJECT],
  ['two schemes of one issuer', `${ONE}, other: { issuer: https://one.example/, audience: b }`, BY_SUBJECT],
  [
    'another claim',
    `${ONE}, ${OTHER}`,
    'thing: { id: path.id, owner: response:/mail, equals: principal.attributes.mail }',
  ],
  [
    'the issuer too',
    `${ONE}, ${OTHER}`,
    `${BY_SUBJECT}, from: { id: path.id, owner: response:/from, equals: principal.issuer }`,
  ],
  ['one issuer named', `${ONE}, ${OTHER}`, 'thing: { id: path.id, owner: response:/o, issuers: https://one.example/ }'],
  [
    'issuers told apart',
    `${ONE}, ${OTHER}`,
    'thing: { id: path.id, owner: response:/o, issuers: { https://one.example/: "{subject}", https://other.example/: "o|{subject}" } }',
  ],
  ['nothing owned', `${ONE}, ${OTHER}`, ''],
])('sharedSubjects is silent with %s', (_, authentication, ownership) => {
  expect(warned(authentication, ownership)).toEqual([]);
});
