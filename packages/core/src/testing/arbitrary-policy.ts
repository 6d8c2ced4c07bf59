import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { POLICY_SHAPE } from '../policy/policy-schema.ts';
import type { FieldMap, Shape } from '../policy/shape.ts';
import { renderDuration, renderSize } from '../policy/units.ts';

const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  'a header name': ['x-a', 'X-Other', 'Host'],
  'a header value of visible ASCII characters': ['1', 'a b'],
  'a name of at most 64 characters a-z, 0-9 and -': ['a', 'b-2'],
  'a name of at most 128 letters, digits, - and _': ['email', 'Tax_Id'],
  'the name of a claim': ['sub', 'https://example.com/tenant'],
  'a SHA-256 in 64 hexadecimal digits': ['ab'.repeat(32), '0F'.repeat(32)],
  'a name, a name with *, or a JSON Pointer': ['email', 'card*', '/owner/*/name'],
  'a scheme, without :': ['javascript', 'Data'],
  'query:NAME, path:NAME, header:NAME, cookie:NAME or body:/pointer': [
    'query:q',
    'body:/items/*/note',
    'header:X-Note',
  ],
  'role:NAME, scope:NAME or NAME': ['role:support', 'scope:a:b', 'staff'],
  'a scope': ['read', 'a:b'],
  'a path such as /auth/login, of letters, digits, -, _, ~ and dots inside': ['/login', '/a/b-c/d.e'],
  'a path of this origin, such as /app/': ['/', '/app/', '/?a=b#c'],
  'a name of at most 64 letters, digits and -, without the prefix __Host-': ['session', 'A-1'],
  'the name of a parameter': ['prompt', 'acr_values'],
  'visible text': ['consent', 'a b'],
  'a limit such as 100/m, 5000/d fixed-window or 50/s burst 100': ['100/m', '5000/d fixed-window', '50/s burst 100'],
  'one of address, principal, key, operation, claim:NAME, header:NAME': [
    'address',
    'principal',
    'key',
    'operation',
    'claim:a',
    'header:X-B',
  ],
  'a host name, or *. and a host name': ['api.example.com', '*.example.com', 'LOCALHOST'],
  'a host as it stands in a URI, without a port': ['build', '10.20.0.5', 'my_db', '[fd00::5]'],
  'a scope, an operationId, tag:NAME, METHOD /path, or *': ['a:read', 'login', 'tag:c', 'GET /a/**', '*'],
  'the name of a role, without comma and control characters': ['editor', 'Domain Admins'],
  'a name of at most 64 letters, digits, - and _': ['account'],
  'path.NAME, query.NAME, header.NAME or body:/POINTER': ['path.id', 'query.id', 'header.X-Id', 'body:/items/*/id'],
  'response: and a JSON Pointer, such as response:/ownerId': ['response:/ownerId', 'response:/items/*/ownerId'],
  'response: and a JSON Pointer, such as response:/id, or none': ['response:/data/id', 'none'],
  'text that ends with {subject}, such as two|{subject}': ['{subject}', 'two|{subject}'],
  'response:/POINTER or header.NAME': ['response:/total', 'header.X-Total'],
  'principal.subject, principal.issuer, principal.keyId or principal.attributes.NAME': [
    'principal.subject',
    'principal.attributes.tenant',
    'principal.attributes:/https:~1~1x/a',
  ],
  'text with one {principal.…} and a divider after it, such as {principal.attributes.tenant}-': [
    '{principal.subject}-',
    'a_{principal.attributes.tenant}:',
  ],
  'a path of plain segments, such as /oauth/token': ['/token', '/.well-known/a.json'],
  'segments of letters, digits, -, _ and ., divided by /': ['transit', 'team/a-1'],
  'the ARN or id of a key, or alias/NAME': ['alias/people', '1234abcd-12ab-34cd-56ef-1234567890ab'],
  'a region such as eu-central-1': ['eu-central-1', 'us-gov-west-1'],
  'a name of letters, digits, -, _ and .': ['people', 'v1.key_2'],
  'an operationId, METHOD /path or tag:NAME': ['login', 'GET /a/{b}', 'tag:c'],
};
const TEXTS = ['x', 'https://id.example.com/', 'http://127.0.0.1:3000', '10.0.0.0/8', '127.0.0.1', 'files/a.pem'];

/** Policy files that have the right shape everywhere, made from the description that the reader reads by; what they say together need not make sense. */
export const arbitraryFile: fc.Arbitrary<JsonObject> = arbitraryFields(POLICY_SHAPE.fields);

function arbitraryFields(fields: FieldMap): fc.Arbitrary<JsonObject> {
  const members = Object.entries(fields).filter(([, field]) => field.shape.kind !== 'later');
  const required = members.filter(([, field]) => field.presence === 'required').map(([name]) => name);
  return fc.record(Object.fromEntries(members.map(([name, field]) => [name, arbitraryValue(field.shape)])), {
    requiredKeys: required,
    noNullPrototype: true,
  });
}

function arbitraryValue(shape: Shape): fc.Arbitrary<JsonValue> {
  switch (shape.kind) {
    case 'text':
      return fc.constantFrom(...(shape.format === null ? TEXTS : (SAMPLES[shape.format.expected] ?? [])));
    case 'secret':
      return fc.constant('key.pem');
    case 'choice':
      return fc.constantFrom(...shape.values);
    case 'flag':
      return fc.boolean();
    case 'number':
      return fc.integer({ min: shape.minimum, max: shape.maximum });
    case 'duration':
      return fc.integer({ min: shape.minMs, max: shape.maxMs }).map(renderDuration);
    case 'size':
      return fc.integer({ min: shape.minBytes, max: shape.maxBytes }).map(renderSize);
    case 'rate':
      return fc.constantFrom('5/s', '1000/h', '10/15m');
    case 'date':
      return fc.constantFrom('2026-01-01', '2030-12-31T23:59:59Z');
    case 'any':
      return fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
    case 'list':
      return fc.array(arbitraryValue(shape.item), {
        minLength: shape.minItems,
        maxLength: Math.max(shape.minItems, 3),
      });
    case 'map':
      return fc.dictionary(
        fc.constantFrom(...(shape.names === null ? ['a', 'b'] : (SAMPLES[shape.names.expected] ?? []))),
        arbitraryValue(shape.value),
        { maxKeys: 3, noNullPrototype: true },
      );
    case 'object':
      return arbitraryFields(shape.fields);
    case 'variants':
      return fc.oneof(...shape.variants.map((one) => arbitraryFields(one.shape.fields)));
    case 'union':
      return fc.oneof(...shape.branches.filter((branch) => branch.kind !== 'later').map(arbitraryValue));
    case 'later':
      throw new Error('settings of later versions are not made');
  }
}
