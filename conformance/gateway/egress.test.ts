import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_SECRET } from '../login/login-provider.ts';
import { createTestIssuer } from '../tokens.ts';
import { DOCUMENT as LOGIN_DOCUMENT, loginPolicy, refusalOf } from '../login/login-door.ts';
import { MiniBrowser } from '../login/mini-browser.ts';
import { openDoor, until, type Door, type DoorOptions } from '../door.ts';
import { startLyingProvider } from '../login/lying-provider.ts';
import { SHOP, AUTHENTICATION, KEYS } from '../ownership/shop.ts';

// What documents from outside name leads to the internet, wherever the policy's own words lead.

interface Service {
  readonly url: string;
  readonly asked: string[];
  readonly answers: Map<string, unknown>;
  close(): Promise<void>;
}

async function startService(): Promise<Service> {
  const asked: string[] = [];
  const answers = new Map<string, unknown>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.get(request.url ?? '');
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? null));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Guarded', version: '1' },
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/things': { get: { operationId: 'things', security: [{ token: [] }], responses: { 200: { description: 'ok' } } } },
  },
};

let issuer: Service;
/** A service of this machine that only its own programs are to ask. */
let inside: Service;
let door: Door | null = null;
beforeEach(async () => {
  issuer = await startService();
  inside = await startService();
});
afterEach(async () => {
  await door?.close();
  door = null;
  await issuer.close();
  await inside.close();
});

const open = async (policy: string, more: Partial<DoorOptions> = {}): Promise<Door> =>
  (door = await openDoor({ document: DOCUMENT, policy, ...more }));
const metadata = (members: object): void =>
  void issuer.answers.set('/.well-known/openid-configuration', { issuer: issuer.url, ...members });
const refusals = async ({ gateway }: Door): Promise<string[]> => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.admin?.port}/metrics`)).text();
  return [...text.matchAll(/^sallyport_egress_refused_total\{(.*)\} [1-9]/gm)].map(([, labels]) => labels ?? '');
};
const codeOf = async ({ log }: Door): Promise<unknown> => {
  const found = (): unknown =>
    log.map((line) => (line['sallyport'] as { readonly code?: unknown } | undefined)?.code).find((code) => code);
  await until(() => found() !== undefined);
  return found();
};

describe('egress', () => {
  it('the keys that a discovery answer names are not fetched from this machine, until egress.allow lists it', async () => {
    const test = await createTestIssuer(issuer.url);
    metadata({ jwks_uri: `${inside.url}/jwks` });
    inside.answers.set('/jwks', JSON.parse(test.jwks));
    const opened = await open(
      `authentication: { token: { issuer: '${issuer.url}', audience: api } }\negress: { allow: [] }\n`,
    );
    const ask = async (): Promise<number> =>
      (await fetch(`${opened.url}/things`, { headers: { authorization: `Bearer ${await test.sign()}` } })).status;
    expect(await ask()).toBe(503);
    expect(await codeOf(opened)).toBe('AUTHN_KEYS_UNAVAILABLE');
    expect(opened.logText()).toContain(
      `${inside.url}/jwks: 127.0.0.1 leads to this machine itself; where that is meant, list it in egress.allow`,
    );
    expect(await refusals(opened)).toEqual(['purpose="keys",address="loopback"']);
    expect(inside.asked).toEqual([]);

    const file = join(opened.folder, 'sallyport.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('allow: []', 'allow: [127.0.0.1]'));
    expect(await opened.gateway.reload()).toBeNull();
    expect(await ask()).toBe(200);
    expect(await refusals(opened)).toHaveLength(1);
  });

  it('a token is not shown to an introspection endpoint inside that a discovery answer names', async () => {
    metadata({ introspection_endpoint: `${inside.url}/introspect` });
    const opened = await open(
      `authentication: { token: { issuer: '${issuer.url}', audience: api, introspection: { clientId: c, clientSecret: '\${file:client.secret}' } } }\n`,
      { files: { 'client.secret': CLIENT_SECRET } },
    );
    const { status } = await fetch(`${opened.url}/things`, { headers: { authorization: 'Bearer opaque' } });
    expect(status).toBe(503);
    expect(await codeOf(opened)).toBe('AUTHN_INTROSPECTION_UNAVAILABLE');
    expect(await refusals(opened)).toEqual(['purpose="introspection",address="loopback"']);
    expect(inside.asked).toEqual([]);
  });

  it('the code of a login is not sent to a token endpoint inside that a provider names', async () => {
    const provider = await startLyingProvider();
    provider.metadata['token_endpoint'] = `${inside.url}/token`;
    const opened = await open(loginPolicy(provider.issuer, {}), {
      document: LOGIN_DOCUMENT,
      files: { 'client.secret': CLIENT_SECRET },
    });
    const browser = new MiniBrowser();
    const begun = await browser.open(`${opened.url}/auth/signIn/login`, 0);
    const state = new URL(String(begun.headers['location'])).searchParams.get('state') ?? '';
    const ended = await browser.open(`${opened.url}/auth/signIn/callback?code=a-code&state=${state}`, 0);
    expect(await refusalOf({ door: opened }, ended)).toMatchObject({ status: 503, code: 'AUTHN_LOGIN_UNAVAILABLE' });
    expect(await refusals(opened)).toEqual(['purpose="login",address="loopback"']);
    expect(inside.asked).toEqual([]);
    await provider.close();
  });

  it('no name of the policy leads to a metadata service, be it of the API or of who knows whose objects are', async () => {
    const resolve = (hostname: string) =>
      Promise.resolve([{ address: hostname === 'api.localhost' ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    const policy = (upstream: string): string =>
      `${AUTHENTICATION}upstream: '${upstream}'\nauthorization: { ownership: { account: { id: path.accountId, owner: 'response:/owner', equals: principal.subject, read: { url: 'http://owners.localhost/{id}' } } } }\n`;
    const { port } = new URL(issuer.url);
    const opened = await open(policy(`http://api.localhost:${port}`), { document: SHOP, resolve });
    const ask = async (at: Door): Promise<number> =>
      (await fetch(`${at.url}/accounts/1`, { headers: { 'x-key': KEYS.alice }, method: 'DELETE' })).status;
    expect(await ask(opened)).toBe(503);
    expect(await refusals(opened)).toEqual(['purpose="ownership",address="never"']);
    await opened.close();

    const other = await open(`${AUTHENTICATION}upstream: 'http://meta.localhost:${port}'\n`, {
      document: SHOP,
      resolve,
    });
    expect(await ask(other)).toBe(502);
    expect(await codeOf(other)).toBe('UPSTREAM_UNREACHABLE');
    expect(await refusals(other)).toEqual(['purpose="upstream",address="never"']);
    expect(issuer.asked).toEqual([]);
  });
});
