import { describe, expect, it } from 'vitest';
import { EditableJson } from '../../json/editable-json.ts';
import { holds, textsOf } from './principal-values.ts';
import { isId, isPathPart, requestedId, scalarText } from './object-id.ts';
import { nodesAt } from './json-places.ts';
import { ownsId } from './owner-facts.ts';
import type { OwnerTest, PrincipalValue } from '../../policy/ownership-policy.ts';
import type { Principal } from '../../principal.ts';

const json = (text: string): EditableJson => {
  const parsed = EditableJson.parse(new TextEncoder().encode(text));
  if (parsed === null) throw new Error('no JSON');
  return parsed;
};
const principal = (attributes: Record<string, unknown>, subject = 'alice'): Principal => ({
  kind: 'token',
  subject,
  issuer: 'https://id.example',
  scopes: new Set(),
  roles: [],
  attributes,
  schemes: [],
  keyId: null,
});
const attribute = (...path: string[]): PrincipalValue => ({ from: 'attributes', path });

describe('requestedId', () => {
  it.each([
    ['"a"', 'a'],
    ['"\\u0061"', 'a'],
    ['7', '7'],
    ['-7', '-7'],
    ['0', '0'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740993', null],
    ['1.0', null],
    ['1e0', null],
    ['1E0', null],
    ['-0', null],
    ['null', null],
    ['true', null],
    ['[]', null],
    ['{}', null],
    ['""', null],
    ['"a\\u0000"', null],
    [`"${'a'.repeat(257)}"`, null],
  ])('takes %s for %j', (text, expected) => {
    const tree = json(text);
    expect(requestedId(tree.root, tree)).toBe(expected);
  });

  it('reads owners of answers to any size, for their text is compared and nothing rounds it', () => {
    const tree = json('9007199254740993');
    expect(scalarText(tree.root, tree)).toBe('9007199254740993');
  });
});

it.each(['/', '\\', '%', '?', '#', ';', 'a/b', '..', '.'])('isPathPart refuses %j', (text) =>
  expect(isPathPart(text)).toBe(false),
);
it.each(['a', 'a.b', '...', 'ü', 'a b', 'a:b@c'])('isPathPart takes %j', (text) =>
  expect(isPathPart(text) && isId(text)).toBe(true),
);

describe('nodesAt', () => {
  const tree = json('{"items":[{"id":1},{"id":2,"of":[{"id":3}]},{}],"a/b":{"0":4}}');
  const at = (tokens: string[], partial = false): string[] | null =>
    nodesAt(tree.root, tokens, partial)?.map((node) => tree.raw(node)) ?? null;
  it.each([
    [['items', '*', 'id'], false, null],
    [['items', '*', 'id'], true, ['1', '2']],
    [['items', '*', 'of', '*', 'id'], true, ['3']],
    [['items', '1', 'id'], false, ['2']],
    [['items', '01', 'id'], false, null],
    [['items', '-', 'id'], false, null],
    [['items', 'length'], false, null],
    [['a/b', '0'], false, ['4']],
    [['a/b', '*'], true, null],
    [['constructor'], false, null],
  ] as const)('%j (partial: %s) is %j', (tokens, partial, expected) =>
    expect(at([...tokens], partial)).toEqual(expected),
  );

  it('takes a list in a list of any length', () => {
    const long = json(`[[${'0,'.repeat(150_000)}0]]`);
    expect(nodesAt(long.root, ['*', '*'], false)).toHaveLength(150_001);
  });
});

describe('a value of the principal', () => {
  it('is a text, a whole number or a list of them, and never what is inherited', () => {
    const who = principal({
      a: 'x',
      n: 7,
      f: 1.5,
      big: 2 ** 53,
      list: ['x', 7, null, {}, ['y']],
      deep: { b: 'z' },
      empty: '',
    });
    expect(textsOf(who, attribute('a'))).toEqual(['x']);
    expect(textsOf(who, attribute('n'))).toEqual(['7']);
    expect(textsOf(who, attribute('list'))).toEqual(['x', '7']);
    expect(textsOf(who, attribute('deep', 'b'))).toEqual(['z']);
    for (const path of [
      ['f'],
      ['big'],
      ['empty'],
      ['none'],
      ['deep'],
      ['constructor', 'name'],
      ['list', '0'],
      ['__proto__'],
    ])
      expect(textsOf(who, attribute(...path))).toEqual([]);
  });

  it('is equal to nothing where it is nothing: nobody owns what has no owner', () => {
    expect(holds(principal({}, ''), { from: 'subject' }, '')).toBe(false);
    expect(holds(principal({ a: [''] }), attribute('a'), '')).toBe(false);
  });

  it('finds one of many as one of few', () => {
    const many = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? index : `id-${index}`));
    const who = principal({ many });
    expect([
      holds(who, attribute('many'), '998'),
      holds(who, attribute('many'), 'id-999'),
      holds(who, attribute('many'), 'id-998'),
    ]).toEqual([true, true, false]);
  });
});

describe('a prefix', () => {
  const test: OwnerTest = { kind: 'prefix', before: 't_', value: attribute('tenant'), after: '-' };
  it.each([
    ['acme', 't_acme-1', true],
    ['acme', 't_acme-', false],
    ['acme', 'acme-1', false],
    ['acme', 't_acme2-1', false],
    ['acme', 't_acme-b-1', true],
    ['acme-b', 't_acme-b-1', false],
    ['', 't_-1', false],
    [['acme', 'other'], 't_other-1', true],
    ['acme', 't_acme-../x', false],
  ])('of %j: %s is owned: %s', (tenant, id, owned) => expect(ownsId(principal({ tenant }), test, id)).toBe(owned));
});
