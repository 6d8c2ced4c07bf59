import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import { openShop, type Shop } from './shop.ts';

/** Laws of ownership, whatever the upstream answers, through real doors. */
const FORMS = {
  answer: '  ownership: { account: { id: path.accountId, owner: response:/ownerId } }',
  read: '  ownership: { account: { id: path.accountId, owner: response:/ownerId, read: { operation: getAccount, cache: 0s } } }',
  cached:
    '  ownership: { account: { id: path.accountId, owner: response:/ownerId, read: { operation: getAccount, cache: 1h, refusalCache: 1m } } }',
  claim: '  ownership: { account: { id: path.accountId, in: principal.attributes.accounts } }',
  prefix: "  ownership: { account: { id: path.accountId, startsWith: '{principal.attributes.tenant}-' } }",
  members: '  ownership: { account: { id: path.accountId, owner: response:/members/*/userId } }',
  list: '  ownership: { account: { owner: response:/ownerId, lists: { listAccounts: { items: response:/items/*/ownerId, total: response:/total } } } }',
} as const;
type Form = keyof typeof FORMS;

interface Given {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}

const doors = new Map<Form, Shop>();
/** What the upstream answers for the object `umbrella-7`, for `acme-7`, and for the list; it never finds anything else. */
const given: Record<string, Given> = {};
const RUNS = { numRuns: 40 };

beforeAll(async () => {
  for (const form of Object.keys(FORMS) as Form[])
    doors.set(form, await openShop(FORMS[form], { upstream: (request, response) => answer(request.url, response) }));
});
afterAll(() => Promise.all([...doors.values()].map((door) => door.close())));

function answer(url: string, response: ServerResponse): void {
  const found = given[url.split('/').find((part) => part in given) ?? ''] ?? MISSING;
  const bodiless = found.status === 204 || found.status === 304;
  response.writeHead(found.status, bodiless ? {} : { 'Content-Type': found.type, ...found.headers });
  response.end(bodiless ? undefined : found.body);
}

const MISSING: Given = {
  status: 404,
  type: 'application/json',
  body: '{"error":"nothing there"}',
  headers: { 'X-From': 'upstream' },
};
const door = (form: Form): Shop => {
  const found = doors.get(form);
  if (found === undefined) throw new Error(form);
  return found;
};

const owner = fc.oneof(
  fc.constantFrom<unknown>(
    'bob',
    'Alice',
    'alice ',
    'ALICE',
    '',
    null,
    0,
    ['alice'],
    { subject: 'alice' },
    true,
    'alice\u0000',
    'аlice',
  ),
  fc.string(),
);
const account = (owners: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    {
      id: fc.string(),
      balance: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()),
      ownerId: owners,
      members: fc.array(fc.record({ userId: owners })),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
/** Whatever an upstream may answer of an object that is somebody else's: whole or broken, with any status but those of an outage. */
const foreign: fc.Arbitrary<Given> = fc.record({
  status: fc.constantFrom(200, 200, 200, 201, 204, 206, 302, 304, 400, 401, 403, 404, 409, 410, 418, 500, 501),
  type: fc.constantFrom('application/json', 'application/json', 'text/plain', 'application/problem+json'),
  body: fc.oneof(
    account(owner.filter((one) => one !== 'alice')).map((value) => JSON.stringify(value)),
    fc.string(),
    fc.constant('{"ownerId":"bob","ownerId":"alice"}'),
  ),
  headers: fc.constantFrom<Record<string, string>>(
    {},
    { ETag: '"1"' },
    { 'Cache-Control': 'public' },
    { 'Retry-After': '7' },
    { 'X-Owner': 'bob' },
  ),
});
const INITS: readonly { readonly path: string; readonly init: RequestInit }[] = [
  { path: '', init: {} },
  { path: '', init: { method: 'HEAD' } },
  { path: '', init: { method: 'DELETE' } },
  { path: '', init: { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"balance":1}' } },
  { path: '/bookings', init: {} },
  { path: '', init: { headers: { 'If-None-Match': '*', Range: 'bytes=0-0' } } },
];

describe('laws', () => {
  it.each(['answer', 'read', 'cached', 'claim', 'prefix', 'members'] as const)(
    'stranger_learns_nothing (%s): answers to a foreign and to a missing object are equal but for request id and date',
    async (form) => {
      await fc.assert(
        fc.asyncProperty(foreign, fc.constantFrom(...INITS), async (one, { path, init }) => {
          given['umbrella-7'] = one;
          const [of, none] = [
            await door(form).ask('alice', `/accounts/umbrella-7${path}`, init),
            await door(form).ask('alice', `/accounts/umbrella-8${path}`, init),
          ];
          expect(of).toEqual(none);
          expect(of.status).toBe(404);
        }),
        RUNS,
      );
    },
    60_000,
  );

  it.each(['answer', 'read', 'cached', 'members'] as const)(
    'owner_sees_own (%s): what the upstream says is mine, I get as it is declared',
    async (form) => {
      await fc.assert(
        fc.asyncProperty(
          account(owner),
          fc.constantFrom(...INITS.filter(({ init, path }) => path === '' && init.method !== 'DELETE')),
          async (value, { init }) => {
            const mine = {
              ...value,
              id: 'acme-7',
              balance: 5,
              ownerId: 'alice',
              members: [...((value['members'] as object[] | undefined) ?? []), { userId: 'alice' }],
            };
            given['acme-7'] = { status: 200, type: 'application/json', body: JSON.stringify(mine), headers: {} };
            const told = await door(form).ask('alice', '/accounts/acme-7', init);
            expect([told.status, init.method === 'HEAD' ? '' : told.text]).toEqual([
              200,
              init.method === 'HEAD' ? '' : expect.stringContaining('"acme-7"'),
            ]);
          },
        ),
        RUNS,
      );
    },
    60_000,
  );

  it('lists_never_hold_a_foreign_item: what is left is mine, all of it, and counted', async () => {
    // An answer with a member of that name is no answer, whoever it belongs to.
    const anything = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__"'));
    const items = fc.array(fc.oneof(account(owner), account(fc.constant('alice')), anything), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(items, async (all) => {
        const isMine = (item: unknown): boolean =>
          typeof item === 'object' &&
          item !== null &&
          !Array.isArray(item) &&
          Object.hasOwn(item, 'ownerId') &&
          (item as { ownerId: unknown }).ownerId === 'alice';
        const marked = all.map((item, index) =>
          typeof item === 'object' && item !== null && !Array.isArray(item)
            ? { ...item, id: `item-${index}`, balance: index }
            : item,
        );
        given['accounts'] = {
          status: 200,
          type: 'application/json',
          body: JSON.stringify({ items: marked, total: 99 }),
          headers: {},
        };
        const told = await door('list').ask('alice', '/accounts');
        const expected = marked.flatMap((item, index) =>
          isMine(item) ? [{ id: `item-${index}`, balance: index }] : [],
        );
        expect([told.status, JSON.parse(told.text)]).toEqual([200, { items: expected, total: expected.length }]);
      }),
      RUNS,
    );
    delete given['accounts'];
  }, 60_000);

  it('adding_a_deny_never_allows: one resource more lets nothing through that was refused', async () => {
    const resources = [
      'a: { id: path.accountId, in: principal.attributes.accounts }',
      "b: { id: path.accountId, startsWith: '{principal.attributes.tenant}-' }",
      'c: { id: path.accountId, owner: response:/ownerId }',
      'd: { id: path.accountId, owner: response:/tenant, equals: principal.attributes.tenant }',
      'e: { id: path.accountId, in: principal.attributes.nothing, unless: { roles: [admin] } }',
    ];
    await fc.assert(
      fc.asyncProperty(fc.subarray(resources, { minLength: 2 }), fc.nat(), async (all, seed) => {
        const fewer = await openShop(`  ownership: { ${all.filter((_, at) => at !== seed % all.length).join(', ')} }`);
        const more = await openShop(`  ownership: { ${all.join(', ')} }`);
        try {
          for (const who of ['alice', 'bob', 'admin'] as const)
            for (const id of ['acme-1', 'umbrella-2', 'zurich-9'])
              for (const { path, init } of INITS.filter(({ init: { method } }) => method !== 'DELETE')) {
                const before = await fewer.ask(who, `/accounts/${id}${path}`, init);
                const after = await more.ask(who, `/accounts/${id}${path}`, init);
                expect(before.status === 404 ? after.status : 404).toBe(404);
              }
        } finally {
          await Promise.all([fewer.close(), more.close()]);
        }
      }),
      { numRuns: 6 },
    );
  }, 120_000);
});
