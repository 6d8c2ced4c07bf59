import { describe, expect, test } from 'vitest';
import { operationWith } from './testing/operation-under-test.ts';
import { visitYamlValues } from './text-media.ts';

const schema = { type: 'object' };
const bodyOf = (type: string): ((body: string) => string) => {
  const found = operationWith({ requestBody: { content: { [type]: { schema } } } });
  return (body) => found({ type, body });
};

describe.each(['application/yaml', 'application/x-yaml', 'application/vnd.oai.openapi+yaml', 'text/yaml'])(
  '%s',
  (type) => {
    const found = bodyOf(type);

    test.each([
      ['a: !!python/object/apply:os.system ["id"]', 'code'],
      ["name: \"x' or '7'='7\"", 'sql'],
      ['- id: 1 or 7 like 7', 'sql'],
      ['page: http://169.254.169.254/', 'ssrf'],
      ['a:\n  - |\n    <script>f()</script>', 'markup'],
      ['{"a": "1 or 7 like 7"}', 'sql'],
    ])('is looked into: %s', (body, category) => expect(found(body)).toBe(category));

    test.each([
      'kind: Service\nmetadata: { name: web, labels: { app: "a-b" } }\nspec:\n  ports:\n    - { port: 80, targetPort: 8080 }\n',
      "title: O'Brien's café # a note\nurl: https://example.com/a?b=c\nlist:\n  - one\n  - 'it''s two'\n",
    ])('and nothing is found in %s', (body) => expect(found(body)).toBe('null'));
  },
);

test('application/graphql is looked into', () => {
  const found = bodyOf('application/graphql');
  expect(found('{ __schema { types { name } } }')).toBe('graphql');
  expect(found('{ user(name: "x\' or 7=7--") { id } }')).toBe('sql');
  expect(found('query Q($id: ID!) { user(id: $id, first: 10) { name posts { title } } }')).toBe('null');
});

test('the value of a line of YAML stands behind its name, dash and tag, and in no quotes', () => {
  const values: string[] = [];
  visitYamlValues('a: b\n- "c: d"\n  e : f\n- g: \'it\'\'s\'\n!t h\n"i": &j k\n\n  - - l\r\n', (value) =>
    values.push(value),
  );
  expect(values).toEqual(['b', 'c: d', 'f', "it's", 'h', 'k', 'l']);
});

test('linear_time: a mebibyte of any beginning of a line', () => {
  for (const unit of [' ', '- ', 'a ', '!a ', '"', "'", ':', 'a: ', '\n'])
    visitYamlValues(`a${unit.repeat(1_048_576 / unit.length)}`, () => undefined);
});
