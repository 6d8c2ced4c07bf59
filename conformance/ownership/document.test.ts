import { afterEach, describe, expect, it } from 'vitest';
import {
  checkPlan,
  compilePlan,
  createMemoryReader,
  explain,
  loadDocument,
  parsePolicy,
  type Explanation,
  type ImaginedPrincipal,
  type Plan,
  type Ports,
} from '@sallyport/core';
import { AUTHENTICATION, openShop, SHOP, type Shop } from './shop.ts';

/** What stands in the document, and what `check` and `explain` say. */
const PORTS: Ports = {
  tokens: new Map(),
  apiKeys: new Map(),
  passwords: new Map(),
  counters: { take: () => ({ allowed: true, remaining: 1, resetMs: 0, retryAfterMs: 0 }) },
};

function planOf(policy: string, document: object = SHOP): Plan {
  const read = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(document) }), 'openapi.json');
  const text = `upstream: http://127.0.0.1:1\n${AUTHENTICATION}${policy}`;
  return compilePlan(
    read,
    parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' }),
  );
}

/** The shop with members beside the operations of one account, and of its list. */
function withOwner(ofAccount: object, ofList: object = {}): object {
  const paths = { ...SHOP.paths };
  return {
    ...SHOP,
    paths: {
      ...paths,
      '/accounts': { get: { ...paths['/accounts'].get, ...ofList } },
      '/accounts/{accountId}': { ...paths['/accounts/{accountId}'], ...ofAccount },
    },
  };
}

describe('x-sallyport-owner', () => {
  let shop: Shop;
  afterEach(() => shop.close());

  it('declares on a path what the policy file could, and is asked the same', async () => {
    shop = await openShop('  ownership: {}', {
      document: withOwner({
        'x-sallyport-owner': { resource: 'account', id: 'path.accountId', owner: 'response:/ownerId' },
      }),
    });
    expect((await shop.ask('alice', '/accounts/acme-1')).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/umbrella-2')).code).toBe('OBJECT_NOT_FOUND');
    expect((await shop.ask('alice', '/accounts/umbrella-2', { method: 'DELETE' })).code).toBe('OBJECT_NOT_FOUND');
    expect(shop.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  it('declares on an operation which items of its list are whose', async () => {
    shop = await openShop('  ownership: {}', {
      document: withOwner(
        {},
        {
          'x-sallyport-owner': { items: 'response:/items/*/ownerId', total: 'response:/total', hide: 'response:/next' },
        },
      ),
    });
    expect((await shop.ask('alice', '/accounts')).text).toBe('{"items":[{"id":"acme-1","balance":10}],"total":1}');
  });

  it('may name a resource of the policy file, which wins over one of its name', async () => {
    const policy =
      '  ownership: { account: { id: path.accountId, in: principal.attributes.accounts, operations: [search] } }';
    const search =
      '  ownership: { account: { id: [path.accountId, query.accountId], in: principal.attributes.accounts, operations: [search] } }';
    await expect(openShop(policy)).rejects.toThrow('POLICY_OWNERSHIP_PLACE');
    for (const statement of ['account', { resource: 'account', id: 'path.accountId', public: true }, ['account']]) {
      shop = await openShop(search, { document: withOwner({ 'x-sallyport-owner': statement }) });
      expect((await shop.ask('alice', '/accounts/umbrella-2')).code).toBe('OBJECT_NOT_FOUND');
      expect((await shop.ask('alice', '/accounts/umbrella-2/bookings')).status).toBe(200);
      await shop.close();
    }
    shop = await openShop('  ownership: {}');
  });

  it.each([
    ['nobody', 'POLICY_OWNERSHIP_UNKNOWN'],
    [{ id: 'path.accountId' }, 'POLICY_REQUIRED'],
    [{ id: 'path.nothing', public: true }, 'POLICY_OWNERSHIP_PLACE'],
    [
      {
        id: 'path.accountId',
        owner: 'response:/ownerId',
        read: { url: 'https://a.example/{id}', headers: { Authorization: '${env:A}' } },
      },
      'POLICY_REFERENCE_IN_DOCUMENT',
    ],
  ])('%j is refused with %s', async (statement, code) => {
    const opening = openShop('  ownership: {}', { document: withOwner({ 'x-sallyport-owner': statement }) });
    await expect(opening).rejects.toThrow(code);
    shop = await openShop('  ownership: {}');
  });
});

describe('check', () => {
  const warnings = (plan: Plan): string[] =>
    checkPlan(plan)
      .warnings.map(({ code, message }) => `${code} ${message}`)
      .filter((text) => !text.startsWith('POLICY_LIMITS_NONE'));

  it('warns of operations that take the id of an object and of which nobody says whose it is', () => {
    expect(warnings(planOf(''))).toEqual([
      'OWNERSHIP_UNDECLARED nobody asks whose the object in path.accountId is: getAccount, putAccount, deleteAccount, listBookings',
      'OWNERSHIP_UNDECLARED nobody asks whose the object in query.accountId is: search',
    ]);
    expect(
      warnings(
        planOf(
          'authorization: { ownership: { a: { id: path.accountId, owner: response:/ownerId }, b: { id: query.accountId, public: true } } }',
        ),
      ),
    ).toEqual([]);
    expect(
      warnings(
        planOf(
          'authorization: { ownership: { a: { id: [path.accountId, query.accountId], in: principal.subject, operations: [getAccount, search] } } }',
        ),
      ),
    ).toEqual([
      'OWNERSHIP_UNDECLARED nobody asks whose the object in path.accountId is: putAccount, deleteAccount, listBookings',
    ]);
  });

  it('warns of a member of the body that is called like the owned id of the path, unless it is a place too or only read', () => {
    const item = SHOP.paths['/accounts/{accountId}'];
    const warnedWith = (accountId: object, policy: string): string[] => {
      const schema = { allOf: [{ type: 'object', properties: { accountId } }] };
      const requestBody = { content: { 'application/json': { schema } } };
      const paths = { ...SHOP.paths, '/accounts/{accountId}': { ...item, put: { ...item.put, requestBody } } };
      const text = `authorization: { ownership: { account: { id: ${policy} }, b: { id: query.accountId, public: true } } }`;
      return warnings(planOf(text, { ...SHOP, paths }));
    };
    const owned = 'in: principal.attributes.accounts';
    expect(warnedWith({ type: 'string' }, `path.accountId, ${owned}`)).toEqual([
      'OWNERSHIP_UNDECLARED nobody asks whose the object in body:/accountId is: putAccount',
    ]);
    expect(warnedWith({ type: 'string' }, `[path.accountId, 'body:/accountId'], ${owned}`)).toEqual([]);
    expect(warnedWith({ type: 'string', readOnly: true }, `path.accountId, ${owned}`)).toEqual([]);
    expect(warnedWith({ type: 'string' }, 'path.accountId, public: true')).toEqual([]);
  });

  it('warns of it beside an owned id of the query too, and where the name is none of an id', () => {
    const slug = { name: 'slug', in: 'path', required: true, schema: { type: 'string' } };
    const of = { name: 'of', in: 'query', schema: { type: 'string' } };
    const schema = { type: 'object', properties: { slug: { type: 'string' }, of: { type: 'string' } } };
    const put = {
      operationId: 'putPage',
      parameters: [slug, of],
      requestBody: { content: { 'application/json': { schema } } },
      responses: { 200: { description: 'ok' } },
    };
    const text =
      'authorization: { ownership: { page: { id: [path.slug, query.of], in: principal.attributes.pages, absent: pass } } }';
    expect(warnings(planOf(text, { ...SHOP, paths: { '/pages/{slug}': { put } } }))).toEqual([
      'OWNERSHIP_UNDECLARED nobody asks whose the object in body:/slug is: putPage',
      'OWNERSHIP_UNDECLARED nobody asks whose the object in body:/of is: putPage',
    ]);
  });

  it('warns of all that a body may have beside an owned id of the query: under a condition, by a name that is like it, and as a member of a member', () => {
    const warned = (name: string, schema: object, more = ''): string[] => {
      const post = {
        operationId: 'move',
        parameters: [{ name, in: 'query', schema: { type: 'string' } }],
        requestBody: { content: { 'application/json': { schema } } },
        responses: { 200: { description: 'ok' } },
      };
      const text = `authorization: { ownership: { account: { id: ['query.${name}'${more}], in: principal.attributes.accounts, absent: pass } } }`;
      return warnings(planOf(text, { ...SHOP, paths: { '/move': { post } } })).map(
        (line) => /object in (.*) is/.exec(line)?.[1] ?? line,
      );
    };
    const has = (name: string, member: object = {}): object => ({ type: 'object', properties: { [name]: member } });
    expect(warned('accountId', { type: 'object', if: {}, then: has('accountId') })).toEqual(['body:/accountId']);
    expect(warned('accountId', has('account_id'))).toEqual(['body:/account_id']);
    expect(warned('accountId', has('account_id'), ", 'body:/account_id'")).toEqual([]);
    expect(warned('accountId', has('accountId', { readOnly: true }))).toEqual([]);
    expect(warned('accountId', has('accounts'))).toEqual([]);
    expect(warned('filter[accountId]', has('filter', has('accountId')))).toEqual(['body:/filter/accountId']);
    expect(warned('filter[accountId]', has('filter', has('accountId')), ", 'body:/filter/accountId'")).toEqual([]);
    expect(warned('filter[accountId]', has('filter', has('x')), ", 'body:/filter/x'")).toEqual([
      'body:/filter/accountId',
    ]);
  });

  it('warns of none that anyone may call', () => {
    expect(warnings(planOf('', { ...SHOP, security: [{}] }))).toEqual([]);
  });

  it('says of each operation what decides, and who is asked', () => {
    const plan = planOf(
      "authorization: { ownership: { account: { id: path.accountId, owner: response:/ownerId, unless: { roles: [admin] } }, batch: { id: 'body:/items/*/accountId', startsWith: '{principal.attributes.tenant}-' } } }",
    );
    const lines = Object.fromEntries(
      checkPlan(plan).operations.map(({ id, checks }) => [
        id,
        checks.filter(({ rule }) => rule === 'ownership').flatMap((check) => check.lines),
      ]),
    );
    expect(lines['getAccount']).toEqual([
      'account (path.accountId): the answer decides; of HEAD, a GET that goes first',
      'account: passed on where /ownerId is principal.subject, or role admin, else 404',
      'what the upstream does not find is answered like what belongs to others',
    ]);
    expect(lines['deleteAccount']?.[0]).toBe(
      'account (path.accountId): getAccount is asked first, and has to name the object at /id: /ownerId is principal.subject, or role admin, else 404',
    );
    expect(lines['batch']?.[0]).toBe(
      'batch (body:/items/*/accountId): begins with {principal.attributes.tenant}-, else 404',
    );
    expect(lines['listAccounts']).toEqual([]);
  });
});

describe('explain', () => {
  const ALICE: ImaginedPrincipal = { subject: 'alice', attributes: { accounts: ['acme-1'] } };
  const of = async (
    policy: string,
    method: string,
    target: string,
    principal: ImaginedPrincipal = ALICE,
  ): Promise<Explanation> =>
    explain(planOf(`authorization: { ownership: { account: { id: path.accountId, ${policy} } } }`), PORTS, {
      method,
      target,
      headers: [],
      token: null,
      key: null,
      principal,
      body: null,
      nowMs: 0,
    });
  const outcomes = ({ stages }: Explanation): string[] =>
    stages.filter(({ stage }) => stage === 'ownership').map(({ outcome }) => outcome);

  it('decides over claims', async () => {
    const own = await of('in: principal.attributes.accounts', 'GET', '/accounts/acme-1');
    expect([own.verdict, outcomes(own)]).toEqual(['passed', ['pass', 'asks']]);
    const foreign = await of('in: principal.attributes.accounts', 'GET', '/accounts/umbrella-2');
    expect([foreign.verdict, foreign.code, foreign.status, outcomes(foreign)]).toEqual([
      'denied',
      'OWNERSHIP_FOREIGN',
      404,
      ['deny', 'not reached'],
    ]);
  });

  it('says where the answer or a call decides, and asks nobody', async () => {
    expect(outcomes(await of('owner: response:/ownerId', 'GET', '/accounts/acme-1'))).toEqual(['pass', 'asks']);
    expect(outcomes(await of('owner: response:/ownerId', 'DELETE', '/accounts/acme-1'))).toEqual(['asks', 'asks']);
    expect(outcomes(await of('owner: response:/ownerId', 'DELETE', '/accounts/acme-1', { subject: '' }))).toEqual([
      'deny',
      'not reached',
    ]);
    expect(
      outcomes(
        await of('owner: response:/ownerId, unless: { roles: [admin] }', 'DELETE', '/accounts/acme-1', {
          subject: 'root',
          roles: ['admin'],
        }),
      ),
    ).toEqual(['pass', 'asks']);
  });
});
