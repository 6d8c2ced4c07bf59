import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { canOwn, isOfObject, isOwner, ownsId, readOwners } from './owner-facts.ts';
import { EditableJson } from '../../json/editable-json.ts';
import type { OwnedResource, OwnerMatch, PrincipalValue } from '../../policy/ownership-policy.ts';

const json = (text: string): EditableJson => {
  const parsed = EditableJson.parse(new TextEncoder().encode(text));
  if (parsed === null) throw new Error('no JSON');
  return parsed;
};
const TEAM: PrincipalValue = { from: 'attributes', path: ['teams'] };
const SUBJECT: PrincipalValue = { from: 'subject' };
const ALICE: Principal = {
  ...ANONYMOUS,
  kind: 'token',
  subject: 'alice',
  attributes: { teams: ['red', 'blue'], tenant: 'acme' },
};

describe('isOwner', () => {
  const matches: readonly OwnerMatch[] = [
    { tokens: ['owner'], equals: [SUBJECT] },
    { tokens: ['teams', '*'], equals: [TEAM, SUBJECT] },
  ];
  const owns = (text: string): boolean | null => {
    const tree = json(text);
    return isOwner(
      ALICE,
      matches,
      readOwners(
        tree,
        tree.root,
        matches.map(({ tokens }) => tokens),
      ),
    );
  };

  it.each([
    ['{"owner":"alice"}', true],
    ['{"owner":"bob","teams":["green","blue"]}', true],
    ['{"owner":"bob","teams":["alice"]}', true],
    ['{"teams":[null,{},"red"]}', true],
    ['{"owner":"red","teams":["green"]}', false],
    ['{"owner":"bob"}', false],
    ['{"teams":[]}', false],
    ['{"teams":[null]}', false],
    ['{"owner":["alice"]}', null],
    ['{"owner":true}', null],
    ['{"teams":"red"}', null],
    ['{}', null],
  ])('of %s is %s', (text, expected) => expect(owns(text)).toBe(expected));

  it('looks at 10,000 owners and not at one more', () => {
    const of = (others: number): string => `{"teams":["red",${'"x",'.repeat(others - 1)}"x"]}`;
    expect(owns(of(9_999))).toBe(true);
    expect(owns(of(10_000))).toBeNull();
  });
});

describe('isOfObject', () => {
  it.each([
    ['{"id":"7"}', ['id'], true, true],
    ['{"id":7}', ['id'], true, true],
    ['{"id":"07"}', ['id'], true, false],
    ['{"id":null}', ['id'], true, false],
    ['{}', ['id'], true, false],
    ['{}', ['id'], false, true],
    ['[{"id":7},{"id":7}]', ['*', 'id'], true, true],
    ['[{"id":7},{"id":8}]', ['*', 'id'], true, false],
    ['[]', ['*', 'id'], true, false],
    ['[]', ['*', 'id'], false, false],
  ] as const)('takes %s with %j (required: %s) for the answer to 7: %s', (text, tokens, required, expected) => {
    const tree = json(text);
    expect(isOfObject(tree, { tokens: [...tokens], required } as Parameters<typeof isOfObject>[1], '7')).toBe(expected);
  });
});

describe('ownsId', () => {
  const prefix = (before: string, after: string) =>
    ({ kind: 'prefix', before, value: { from: 'attributes', path: ['tenant'] }, after }) as const;

  it.each([
    ['t_', '-', 't_acme-1', true],
    ['t_', '-', 'x-t_acme-1', false],
    ['t_', '-', 't_x-acme-1', false],
    ['t_', '-', 't_acmf-1', false],
    ['t_', '-', 't_bcme-acme-1', false],
    ['', '::', 'acme::1', true],
    ['', '::', 'acme:1', false],
    ['', '::', 'acme::', false],
    ['', '-', '1-acme-', false],
  ])('of the prefix %j, the tenant and %j: %s is owned: %s', (before, after, id, owned) => {
    expect(ownsId(ALICE, prefix(before, after), id)).toBe(owned);
  });

  it('of what the answer decides is never owned by its id', () => {
    expect(ownsId(ALICE, { kind: 'owner', matches: [{ tokens: ['owner'], equals: [SUBJECT] }] }, 'alice')).toBe(false);
    expect(ownsId(ALICE, { kind: 'listed', value: TEAM }, 'blue')).toBe(true);
    expect(ownsId(ALICE, { kind: 'listed', value: TEAM }, 'alice')).toBe(false);
    expect(ownsId(ANONYMOUS, { kind: 'public' }, 'x')).toBe(true);
  });
});

describe('canOwn', () => {
  const resource = (...equals: readonly PrincipalValue[]): OwnedResource =>
    ({ test: { kind: 'owner', matches: [{ tokens: ['owner'], equals }] } }) as unknown as OwnedResource;
  it('is true of whoever has one of the values', () => {
    expect(canOwn({ ...ALICE, attributes: {} }, resource(TEAM, SUBJECT))).toBe(true);
    expect(canOwn({ ...ALICE, subject: '' }, resource(TEAM, SUBJECT))).toBe(true);
  });
  it('is false of whoever has none: nobody has to be asked', () => {
    expect(canOwn(ANONYMOUS, resource(TEAM, SUBJECT))).toBe(false);
    expect(canOwn({ ...ALICE, attributes: { teams: [''] } }, resource(TEAM))).toBe(false);
  });
});
