import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { checkPolicyAgainst } from '../../policy/check-policy-against.ts';
import { effectiveRoles, withEffectiveRoles } from './effective-roles.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { roleModelOf } from './role-model.ts';
import { roles } from './roles.ts';
import {
  contextWith,
  documentWith,
  exchangeWith,
  JWT,
  operationWith,
  portsOf,
  principal,
} from '../authentication/testing/secured-document.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import type { Denial } from '../../verdict/denial.ts';
import type { GrantPort } from '../../ports.ts';
import type { JsonValue } from '../../json/json-value.ts';
import type { Policy } from '../../policy/policy.ts';

const guarded = (id: string, path: string, scopes: readonly string[], tags: readonly string[] = [], method = 'GET') =>
  operationWith([{ oauth: scopes }], { id, path, tags, method });
const OPERATIONS = [
  guarded('listPosts', '/posts', ['posts:read'], ['posts']),
  guarded('writePost', '/posts', ['posts:read', 'posts:write'], ['posts'], 'POST'),
  guarded('report', '/reports/{id}', [], ['billing']),
  guarded('other', '/other', ['other']),
  operationWith(null, { id: 'health', path: '/health', tags: ['billing'] }),
  operationWith([{ oauth: ['posts:read'] }, {}], { id: 'optional', path: '/optional' }),
];
const DOCUMENT: ApiDocument = { ...documentWith({ oauth: { type: 'oauth2' } }), operations: OPERATIONS };

function policyOf(authorization: JsonValue): Policy {
  return parsePolicy(
    { file: 'sallyport.yaml', text: JSON.stringify({ authorization }) },
    { environment: () => undefined, readFile: () => '' },
  );
}

function contextOf(policy: Policy): CompileContext {
  return { ...contextWith(DOCUMENT, { oauth: JWT }), policy: { ...policy, authentication: new Map([['oauth', JWT]]) } };
}

/** What the steps say of one operation to somebody with these roles; undefined where no role is asked for. */
function decide(
  policy: Policy,
  id: string,
  held: readonly string[] | Principal,
  grants?: GrantPort,
): Denial | null | undefined {
  const context = contextOf(policy);
  const operation = OPERATIONS.find((each) => each.id === id) as Operation;
  const rule = roles.compile(operation, context);
  if (rule === null) return undefined;
  const exchange = exchangeWith([]);
  exchange.principal = 'kind' in held ? held : principal('token', 'anna', { roles: held });
  void effectiveRoles
    .bind(operation, context, 'off')
    ?.gather?.(exchange, { ...portsOf({}), ...(grants === undefined ? {} : { grants }) });
  return roles.decide(rule, exchange);
}
const codeOf = (...asked: Parameters<typeof decide>): string | null | undefined => {
  const denial = decide(...asked);
  return denial === undefined ? undefined : (denial?.code ?? null);
};

describe('roles', () => {
  test('asks for nothing where no role is declared, and for none on what the document lets anyone call', () => {
    expect(roles.compile(OPERATIONS[0] as Operation, contextOf(policyOf({})))).toBeNull();
    const policy = policyOf({ roles: { admin: ['*'] } });
    for (const id of ['health', 'optional']) expect(codeOf(policy, id, [])).toBeUndefined();
  });

  test.each([
    ['posts:read', ['listPosts']],
    ['listPosts', ['listPosts']],
    ['tag:posts', ['listPosts', 'writePost']],
    ['tag:billing', ['report']],
    ['GET /posts', ['listPosts']],
    ['* /posts', ['listPosts', 'writePost']],
    ['GET /**', ['listPosts', 'report', 'other']],
    ['GET /reports/*', ['report']],
    ['posts:*', ['listPosts', 'writePost']],
    ['scope:*', ['listPosts', 'writePost', 'other']],
    ['operation:*Post*', ['listPosts', 'writePost']],
    ['*', ['listPosts', 'writePost', 'report', 'other']],
  ])('the permission %j lets its role call %j and nothing else', (permission, expected) => {
    const policy = policyOf({ roles: { one: [permission], two: [] } });
    expect(checkPolicyAgainst(DOCUMENT, policy)).toEqual([]);
    const allowed = OPERATIONS.map(({ id }) => id).filter((id) => codeOf(policy, id, ['one']) === null);
    expect(allowed).toEqual(expected);
    for (const id of ['listPosts', 'writePost', 'report', 'other'])
      for (const held of [['two'], [], ['unheard of'], ['One']])
        expect(codeOf(policy, id, held)).toBe('AUTHZ_ROLE_MISSING');
  });

  test('an alternative with several scopes needs all of them, which several roles may have together', () => {
    const policy = policyOf({
      roles: { reader: ['posts:read'], writer: ['posts:write'], both: ['posts:read', 'posts:write'] },
    });
    expect(codeOf(policy, 'writePost', ['reader'])).toBe('AUTHZ_ROLE_MISSING');
    expect(codeOf(policy, 'writePost', ['writer'])).toBe('AUTHZ_ROLE_MISSING');
    expect(codeOf(policy, 'writePost', ['writer', 'reader'])).toBeNull();
    expect(codeOf(policy, 'writePost', ['both'])).toBeNull();
    const rule = roles.compile(OPERATIONS[1] as Operation, contextOf(policy));
    expect(rule === null ? [] : roles.describe(rule)).toEqual(['any of the roles both, or (reader) with (writer)']);
  });

  test('tells the operator which roles would do and which were held, and the client neither', () => {
    const denial = decide(policyOf({ roles: { admin: ['report'], clerk: ['report'], guest: ['other'] } }), 'report', [
      'guest',
      'strange',
    ]);
    expect(denial).toMatchObject({
      code: 'AUTHZ_ROLE_MISSING',
      stage: 'authorization',
      rule: 'roles',
      detail: null,
      facts: { wanted: 'admin, clerk', held: 'guest' },
    });
  });

  test('names no more than twenty roles', () => {
    const policy = policyOf({
      roles: Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`r${index}`, ['report']])),
    });
    expect(decide(policy, 'report', [])?.facts['wanted']).toMatch(/^r0, .*, r19 and 3 more$/);
  });

  test('denies whoever was not proved, and says in the plan that nobody may', () => {
    const policy = policyOf({ roles: { admin: ['other'] } });
    expect(codeOf(policy, 'report', ANONYMOUS)).toBe('AUTHZ_ROLE_MISSING');
    const rule = roles.compile(OPERATIONS[2] as Operation, contextOf(policy));
    expect(rule === null ? [] : roles.describe(rule)).toEqual(['no role may call it: everybody is refused']);
  });

  test('refuses a plan in which nobody could prove a role', () => {
    const policy = policyOf({ roles: { admin: ['*'] } });
    const context = contextOf({ ...policy, modes: { ...policy.modes, authentication: 'off' } });
    roles.compile(OPERATIONS[2] as Operation, context);
    expect(context.problems).toMatchObject([{ code: 'AUTHZ_WITHOUT_AUTHENTICATION' }]);
  });
});

describe('effective roles', () => {
  const policy = policyOf({
    grants: 'store',
    roles: {
      viewer: ['listPosts'],
      editor: { inherits: ['viewer'], permissions: ['tag:posts'] },
      chief: { inherits: ['editor'] },
    },
  });
  const grantsOf = (granted: readonly string[] | null): GrantPort => ({ rolesOf: () => granted });

  test('a principal has its own roles, those granted and those inherited, each once, and keeps what is not declared', () => {
    const model = roleModelOf(DOCUMENT, policy);
    if (model === null) throw new Error('roles are declared');
    const of = (own: readonly string[], granted: readonly string[]): readonly string[] =>
      withEffectiveRoles(principal('token', 'anna', { roles: own }), granted, model).roles;
    expect(of(['chief', 'strange'], [])).toEqual(['chief', 'strange', 'editor', 'viewer']);
    expect(of(['viewer'], ['editor', 'viewer'])).toEqual(['viewer', 'editor']);
    expect(of([], ['removed from the policy'])).toEqual([]);
    const plain = principal('token', 'anna', { roles: ['strange'] });
    expect(withEffectiveRoles(plain, [], model)).toBe(plain);
  });

  test('granted roles count, by issuer and subject', () => {
    const asked: unknown[] = [];
    const port: GrantPort = { rolesOf: (...which) => (asked.push(which), ['viewer']) };
    expect(codeOf(policy, 'listPosts', [], port)).toBeNull();
    expect(asked).toEqual([['test', 'anna', 1000]]);
    expect(codeOf(policy, 'writePost', [], port)).toBe('AUTHZ_ROLE_MISSING');
  });

  test('a store that cannot tell denies with 503 whom a grant might have let in, and nobody else', () => {
    expect(codeOf(policy, 'listPosts', [], grantsOf(null))).toBe('AUTHZ_GRANTS_UNAVAILABLE');
    expect(codeOf(policy, 'listPosts', ['chief'], grantsOf(null))).toBeNull();
    // No port at all: the shell did not open a store that the policy names.
    expect(codeOf(policy, 'listPosts', [])).toBe('AUTHZ_GRANTS_UNAVAILABLE');
    expect(codeOf(policy, 'listPosts', ANONYMOUS, grantsOf(null))).toBe('AUTHZ_ROLE_MISSING');
  });

  test('equal principals are made once', () => {
    const context = contextOf(policy);
    const step = effectiveRoles.bind(OPERATIONS[0] as Operation, context, 'enforce');
    const proved = principal('token', 'anna', { roles: ['chief'] });
    const made = [1, 2].map(() => {
      const exchange = exchangeWith([]);
      exchange.principal = proved;
      void step?.gather?.(exchange, { ...portsOf({}), grants: grantsOf([]) });
      return exchange.principal;
    });
    expect(made[0]?.roles).toEqual(['chief', 'editor', 'viewer']);
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const PERMISSIONS = [
  'posts:read',
  'posts:write',
  'listPosts',
  'tag:posts',
  'tag:billing',
  'GET /**',
  'posts:*',
  'other',
];
interface Authored {
  readonly permissions: readonly string[];
  readonly inherits: readonly string[];
}
/** Roles that inherit from earlier ones only, so that there is no cycle. */
const arbitraryRoles: fc.Arbitrary<Readonly<Record<string, Authored>>> = fc
  .tuple(
    ...NAMES.map((_, index) =>
      fc.record({
        permissions: fc.uniqueArray(fc.constantFrom(...PERMISSIONS), { maxLength: 3 }),
        inherits:
          index === 0 ? fc.constant([]) : fc.uniqueArray(fc.constantFrom(...NAMES.slice(0, index)), { maxLength: 2 }),
      }),
    ),
  )
  .map((authored) => Object.fromEntries(authored.map((role, index) => [NAMES[index], role])));
const arbitraryHeld = fc.uniqueArray(fc.constantFrom(...NAMES, 'unknown'), { maxLength: 3 });
const asPolicy = (authored: Readonly<Record<string, Authored>>): Policy =>
  policyOf({ roles: authored as unknown as JsonValue });

/** Every operation that asks for a role, with whether it may be called. */
function allowed(policy: Policy, held: readonly string[]): ReadonlySet<string> {
  return new Set(OPERATIONS.map(({ id }) => id).filter((id) => codeOf(policy, id, held) === null));
}
const isSubset = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  [...one].every((id) => other.has(id));

describe('laws of roles', () => {
  test('default_deny: without a role that has a permission nothing is allowed that asks for a credential', () => {
    fc.assert(
      fc.property(arbitraryRoles, (authored) => {
        const policy = asPolicy(authored);
        for (const held of [[], ['unknown']]) expect(allowed(policy, held).size).toBe(0);
        const bare = Object.fromEntries(
          Object.entries(authored).map(([name, role]) => [name, { ...role, permissions: [] }]),
        );
        expect(allowed(asPolicy(bare), NAMES).size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('adding_an_allow_never_denies_others: one more permission of a role takes nothing from anybody', () => {
    fc.assert(
      fc.property(
        arbitraryRoles,
        arbitraryHeld,
        fc.constantFrom(...NAMES),
        fc.constantFrom(...PERMISSIONS),
        (authored, held, to, permission) => {
          const role = authored[to] as Authored;
          const more = { ...authored, [to]: { ...role, permissions: [...new Set([...role.permissions, permission])] } };
          expect(isSubset(allowed(asPolicy(authored), held), allowed(asPolicy(more), held))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('removing_a_role_never_allows: neither from a principal nor from the policy', () => {
    fc.assert(
      fc.property(arbitraryRoles, arbitraryHeld, fc.constantFrom(...NAMES), (authored, held, removed) => {
        const before = allowed(asPolicy(authored), held);
        expect(
          isSubset(
            allowed(
              asPolicy(authored),
              held.filter((role) => role !== removed),
            ),
            before,
          ),
        ).toBe(true);
        const left = Object.fromEntries(
          Object.entries(authored)
            .filter(([name]) => name !== removed)
            .map(([name, role]) => [name, { ...role, inherits: role.inherits.filter((each) => each !== removed) }]),
        );
        expect(isSubset(allowed(asPolicy(left), held), before)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('inheritance_is_monotone: who inherits a role may all that it may', () => {
    fc.assert(
      fc.property(arbitraryRoles, (authored) => {
        const policy = asPolicy(authored);
        for (const [name, { inherits }] of Object.entries(authored))
          for (const parent of inherits)
            expect(isSubset(allowed(policy, [parent]), allowed(policy, [name]))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('effective_roles_decide_alike: the roles that others see mean what the check meant', () => {
    fc.assert(
      fc.property(arbitraryRoles, arbitraryHeld, (authored, held) => {
        const policy = asPolicy(authored);
        const model = roleModelOf(DOCUMENT, policy);
        if (model === null) return;
        const { roles: effective } = withEffectiveRoles(principal('token', 'x', { roles: held }), [], model);
        expect(allowed(policy, effective)).toEqual(allowed(policy, held));
      }),
      { numRuns: 200 },
    );
  });
});
