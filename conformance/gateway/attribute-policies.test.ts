import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError, renderConfigurationProblem } from '@sallyport/core';
import { openDoor, until, type Door } from '../door.ts';

/** Attribute policies in Cedar, through a real door. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const TRANSFER = {
  type: 'object',
  required: ['amount'],
  properties: {
    amount: { type: 'number' },
    currency: { type: 'string' },
    to: { type: 'object', properties: { iban: { type: 'string' } } },
  },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Bank', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  security: [{ key: [] }],
  paths: {
    '/health': { get: { operationId: 'health', security: [], responses: { 200: OK } } },
    '/accounts/{id}': {
      get: { operationId: 'getAccount', tags: ['accounts'], parameters: [ID], responses: { 200: OK } },
    },
    '/accounts': {
      get: {
        operationId: 'listAccounts',
        tags: ['accounts'],
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer' } },
          { name: 'kinds', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'X-Branch', in: 'header', schema: { type: 'string' } },
        ],
        responses: { 200: OK },
      },
    },
    '/transfers': {
      post: {
        operationId: 'createTransfer',
        requestBody: {
          content: { ...json(TRANSFER).content, 'application/x-www-form-urlencoded': { schema: TRANSFER } },
        },
        responses: { 200: OK },
      },
    },
    '/notes': { post: { operationId: 'createNote', requestBody: json({ type: 'object' }), responses: { 200: OK } } },
  },
};
const KEYS = `authentication:
  key:
    keys:
      - { id: tina, sha256: ${sha256('tina')}, subject: tina, roles: [teller], attributes: { branch: north, limit: 500 } }
      - { id: carl, sha256: ${sha256('carl')}, subject: carl, roles: [customer] }
      - { id: odd, sha256: ${sha256('odd')}, subject: odd, roles: [teller], attributes: { branch: 7 } }
`;
const settings = (more = ''): string =>
  `${KEYS}authorization:\n  policies: { files: policies.cedar, claims: { branch: String, limit: Long }${more} }\n`;

let door: Door;
afterEach(() => door.close());

const open = async (cedar: string, policy = settings()): Promise<void> => {
  door = await openDoor({ document: DOCUMENT, policy, files: { 'policies.cedar': cedar } });
};

async function send(
  who: string | null,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<number> {
  const response = await fetch(door.url + path, {
    method,
    headers: {
      ...(who === null ? {} : { 'X-Key': who }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  await response.arrayBuffer();
  return response.status;
}

const transfer = (who: string, body: string, headers: Record<string, string> = {}): Promise<number> =>
  send(who, '/transfers', { method: 'POST', body, headers });

/** Code and rule of what was refused last. */
async function lastDenial(): Promise<unknown> {
  await until(() => door.log.some((line) => line['sallyport'] !== undefined));
  const said = door.log.at(-1)?.['sallyport'] as { code?: string; rule?: string } | undefined;
  return { code: said?.code, rule: said?.rule };
}

describe('attribute policies', () => {
  it('refuse what nothing permits, and leave open what the document says is open', async () => {
    await open('permit(principal in Role::"teller", action == Action::"getAccount", resource);');
    expect(await send('tina', '/accounts/a')).toBe(200);
    expect(await send('carl', '/accounts/a')).toBe(403);
    expect(await send('tina', '/accounts')).toBe(403);
    expect(await lastDenial()).toEqual({ code: 'AUTHZ_PERMIT_MISSING', rule: 'policies' });
    expect(await send(null, '/health')).toBe(200);
    expect(door.seen).toHaveLength(2);
  });

  it('with needPermit: all, refuse what nothing permits wherever it is', async () => {
    await open('permit(principal, action == Action::"getAccount", resource);', settings(', needPermit: all'));
    expect(await send(null, '/health')).toBe(403);
    expect(await send('carl', '/accounts/a')).toBe(200);
  });

  it('refuse what is forbidden everywhere, and name the policy to the operator alone', async () => {
    await open('@id("not-now") forbid(principal, action, resource); permit(principal, action, resource);');
    const answer = await fetch(`${door.url}/health`);
    const text = await answer.text();
    expect([answer.status, JSON.parse(text).code]).toEqual([403, 'AUTHZ_PERMIT_MISSING']);
    expect(text).not.toContain('not-now');
    expect(await lastDenial()).toEqual({ code: 'AUTHZ_POLICY_FORBIDS', rule: 'policies/not-now' });
  });

  it('read the path, the query and headers as the document declares them', async () => {
    await open(`
      permit(principal, action == Action::"getAccount", resource) when { resource.path.id == principal.subject };
      permit(principal, action == Action::"listAccounts", resource)
      when { resource.query has limit && resource.query.limit <= 10 };
      permit(principal, action == Action::"listAccounts", resource)
      when { resource.query has kinds && resource.query.kinds.containsAll(["a", "b c"]) };
      permit(principal, action == Action::"listAccounts", resource)
      when { resource.header has "X-Branch" && principal.claims has branch && resource.header["X-Branch"] == principal.claims.branch };
    `);
    expect(await send('tina', '/accounts/tina')).toBe(200);
    expect(await send('tina', '/accounts/t%69na')).toBe(200);
    expect(await send('tina', '/accounts/carl')).toBe(403);
    expect(await send('tina', '/accounts?limit=10')).toBe(200);
    expect(await send('tina', '/accounts?limit=11')).toBe(403);
    expect(await send('tina', '/accounts?limit=11&limit=1')).toBe(400);
    expect(await send('tina', '/accounts?kinds=b+c&kinds=a')).toBe(200);
    expect(await send('tina', '/accounts?kinds=a')).toBe(403);
    expect(await send('tina', '/accounts', { headers: { 'X-Branch': 'north' } })).toBe(200);
    expect(await send('carl', '/accounts', { headers: { 'X-Branch': 'north' } })).toBe(403);
    // A claim of another type than declared is there, and cannot be read.
    expect(await send('odd', '/accounts', { headers: { 'X-Branch': '7' } })).toBe(403);
  });

  it('read the body after it was checked, numbers by their digits', async () => {
    await open(`
      @id("small") permit(principal in Role::"teller", action == Action::"createTransfer", resource)
      when { resource has body && resource.body.amount.lessThanOrEqual(decimal("1000.0")) };
      @id("blocked") forbid(principal, action, resource)
      when { resource has body && resource.body has to && resource.body.to has iban && resource.body.to.iban like "XX*" };
    `);
    expect(await transfer('tina', '{"amount":1000}')).toBe(200);
    expect(await transfer('tina', '{"amount":1000.01}')).toBe(403);
    expect(await transfer('tina', '{"amount":1000.0000000000000000001}')).toBe(403);
    expect(await transfer('tina', '{"amount":"1"}')).toBe(422);
    expect(await transfer('tina', '{"amount":1,"to":{"iban":"XX12"}}')).toBe(403);
    expect(await lastDenial()).toEqual({ code: 'AUTHZ_POLICY_FORBIDS', rule: 'policies/blocked' });
    expect(await send('tina', '/transfers', { method: 'POST' })).toBe(403);
    expect(door.seen.map(({ body }) => body.toString())).toEqual(['{"amount":1000}']);
  });

  it('refuse before the body is read whoever no policy about bodies could permit', async () => {
    await open(
      'permit(principal in Role::"teller", action == Action::"createTransfer", resource) when { resource.body.amount.lessThan(decimal("1.0")) };'.replace(
        'resource.body',
        'resource has body && resource.body',
      ),
    );
    const head = (who: string): string =>
      `POST /transfers HTTP/1.1\r\nHost: a\r\nX-Key: ${who}\r\nContent-Type: application/json\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n`;
    expect(await door.raw(head('carl'), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await door.raw(head('tina'), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 /);
  });

  it('deny over a forbid that cannot be evaluated, and permit nothing by a permit that cannot', async () => {
    await open(`
      @id("anyone") permit(principal, action, resource) when { principal.kind == "key" };
      @id("limit") forbid(principal, action == Action::"createTransfer", resource)
      when { resource has body && resource.body.amount.greaterThan(decimal("10.0")) };
    `);
    expect(await transfer('tina', '{"amount":10}')).toBe(200);
    // Five digits behind the point are no decimal; a form is no JSON.
    expect(await transfer('tina', '{"amount":0.00001}')).toBe(403);
    expect(await lastDenial()).toEqual({ code: 'AUTHZ_POLICY_FAILED', rule: 'policies/limit' });
    expect(await transfer('tina', 'amount=1', { 'Content-Type': 'application/x-www-form-urlencoded' })).toBe(403);
    expect(await lastDenial()).toEqual({ code: 'AUTHZ_POLICY_FAILED', rule: 'policies/limit' });
  });

  it('read a body that its own rule only observes, and take what is no strict JSON for what cannot be read', async () => {
    await open(
      `permit(principal, action, resource);
      forbid(principal, action == Action::"createTransfer", resource) when { resource has body && resource.body.amount.greaterThan(decimal("10.0")) };`,
      `${settings()}operations: { createTransfer: { modes: { body: observe } } }\n`,
    );
    expect(await transfer('tina', '{"amount":10,"extra":1}')).toBe(200);
    expect(await transfer('tina', '{"amount":1,"amount":100}')).toBe(403);
    expect(await transfer('tina', '{"amount":100')).toBe(403);
    expect(door.seen).toHaveLength(1);
  });

  it('only observed, refuse nothing and record once what they would have refused', async () => {
    await open(
      'permit(principal, action == Action::"createTransfer", resource) when { resource has body && false };',
      `${settings()}modes: { policies: observe }\n`,
    );
    expect(await send('tina', '/accounts/a')).toBe(200);
    expect(await transfer('tina', '{"amount":1}')).toBe(200);
    await until(() => door.log.filter((line) => line['event.dataset'] === 'sallyport.access').length === 2);
    expect(door.logText().match(/AUTHZ_PERMIT_MISSING/g)).toHaveLength(2);
  });

  it('know address, country, host and time; the country from a trusted proxy alone', async () => {
    const cedar = `
      permit(principal, action == Action::"getAccount", resource)
      when { context.ip.isInRange(ip("127.0.0.0/8")) && context has country && context.country == "DE" };
      forbid(principal, action, resource) when { context.time < datetime("2026-01-01") || context.weekday > 7 || context.hour > 23 };
      forbid(principal, action, resource) unless { context.host like "127.0.0.1:*" && !context.secure };
    `;
    const country = { 'CF-IPCountry': 'de' };
    await open(cedar, `${settings(', countryHeader: CF-IPCountry')}trustedProxies: [127.0.0.1]\n`);
    expect(await send('tina', '/accounts/a', { headers: country })).toBe(200);
    expect(await send('tina', '/accounts/a')).toBe(403);
    expect(await send('tina', '/accounts/a', { headers: { ...country, 'X-Forwarded-For': '192.0.2.1' } })).toBe(403);
    await door.close();
    await open(cedar, `${settings(', countryHeader: CF-IPCountry')}trustedProxies: [192.0.2.7]\n`);
    expect(await send('tina', '/accounts/a', { headers: country })).toBe(403);
  });
});

describe('what attribute policies are warned of', () => {
  const warned = (): string[] =>
    door.gateway.plan.warnings.map(({ code, line, message, hint }) => `${line} ${code} ${message} ${hint ?? ''}`);

  it('a role that is not declared, wherever a policy names it', async () => {
    await open(
      `permit(principal, action, resource);
permit(principal is Principal in Role::"teler", action == Action::"getAccount", resource) when { context.secure };
forbid(principal, action, resource) when { context.secure && principal in [Role::"teller", Role::"nobody"] };`,
      `${KEYS}authorization: { policies: policies.cedar, roles: { teller: ['tag:accounts'], customer: ['*'] } }\n`,
    );
    expect(warned().filter((one) => one.includes('ROLE'))).toEqual([
      '2 CEDAR_ROLE_UNKNOWN the policy "policies.cedar:policy1" names the role "teler", which authorization.roles does not declare Did you mean teller?',
      '3 CEDAR_ROLE_UNKNOWN the policy "policies.cedar:policy2" names the role "nobody", which authorization.roles does not declare Declare it, or correct the name.',
    ]);
  });

  it('a permit for what anyone may do, and an operation that nothing can permit', async () => {
    await open('permit(principal in Role::"teller", action == Action::"health", resource);');
    expect(warned()[0]).toContain('1 CEDAR_PERMIT_NEEDLESS the policy "policies.cedar:policy0" keeps nobody out');
    expect(warned().filter((one) => one.includes('CEDAR_OPERATION_CLOSED'))).toHaveLength(4);
  });
});

describe('files of attribute policies', () => {
  it('are refused with file, line, column and a hint where they ask for what cannot exist', async () => {
    await open('permit(principal, action, resource);');
    const broken = `// é\n@id("a") permit(principal, action == Action::"getAcount", resource);
permit(principal, action == Action::"createNote", resource) when { resource.body.titel == "é" };
permit(principal, action == Action::"getAccount", resource)
when { resource.path.idd == "é" && context.contry == "DE" };
@id("a") forbid(principal, action, resource) when { principal.claims has branch && principal.claims.branch > 7 };
permit(principal == ?principal, action, resource);
permit(principal, action, resource) when { 9007199254740993 > 1 };
permit(principal action, resource);
`;
    writeFileSync(join(door.folder, 'policies.cedar'), broken);
    const error = await door.gateway.reload();
    const told = (error?.problems ?? []).map((problem) =>
      renderConfigurationProblem({ ...problem, file: problem.file.replace(`${door.folder}/`, '') }),
    );
    await expect(`${told.join('\n')}\n`).toMatchFileSnapshot('golden/attribute-policies.problems.txt');
    // What was there before goes on.
    expect(await send('carl', '/accounts/a')).toBe(200);
  });

  it('are read again when one changes, comes or goes', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: `${KEYS}authorization: { policies: . }\n`,
      files: { 'one.cedar': 'permit(principal in Role::"teller", action, resource);' },
      watch: true,
    });
    const reloads = (): number => door.log.filter((line) => line['message'] === 'reloaded').length;
    expect(await send('carl', '/accounts/a')).toBe(403);
    writeFileSync(join(door.folder, 'two.cedar'), 'permit(principal in Role::"customer", action, resource);');
    await until(() => reloads() === 1);
    expect(await send('carl', '/accounts/a')).toBe(200);
    writeFileSync(
      join(door.folder, 'two.cedar'),
      '@id("none") forbid(principal in Role::"customer", action, resource);',
    );
    await until(() => reloads() === 2);
    expect(await send('carl', '/accounts/a')).toBe(403);
    rmSync(join(door.folder, 'two.cedar'));
    await until(() => reloads() === 3);
    expect(await send('tina', '/accounts/a')).toBe(200);
  });

  it.each([
    ['authorization: { policies: nowhere }', 'CEDAR_UNREADABLE'],
    ['authorization: { policies: [openapi.json, nowhere.cedar] }', 'CEDAR_UNREADABLE'],
    ['authorization: { policies: openapi.json }', 'CEDAR_SYNTAX'],
  ])('%s is refused with %s', async (line, code) => {
    await open('permit(principal, action, resource);');
    const error = await openDoor({ document: DOCUMENT, policy: `${KEYS}${line}\n` }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map((problem) => problem.code)).toContain(code);
  });
});
