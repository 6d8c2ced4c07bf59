import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createClientAuthority, type ClientPair } from './client-authority.ts';
import { createForwardedReader, ForwardedCertificate } from '../../packages/gateway/src/tls/forwarded-certificate.ts';
import { createTestIssuer } from '../tokens.ts';
import { openDoor, until, type Door } from '../door.ts';

/** Certificates that a proxy passes on in a header: the tests are the proxy, at 127.0.0.1. */
const clients = createClientAuthority();
const strangers = createClientAuthority();
afterAll(() => {
  clients?.close();
  strangers?.close();
});
let door: Door;
afterEach(() => door.close());

const OK = { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Certificates', version: '1' },
  components: { securitySchemes: { client: { type: 'mutualTLS' } } },
  paths: {
    '/closed': { get: { operationId: 'closed', security: [{ client: [] }], responses: { 200: OK } } },
    '/either': { get: { operationId: 'either', security: [{}, { client: [] }], responses: { 200: OK } } },
  },
};

const BOUND = {
  ...DOCUMENT,
  components: { securitySchemes: { client: { type: 'mutualTLS' }, bearer: { type: 'http', scheme: 'bearer' } } },
  paths: {
    ...DOCUMENT.paths,
    '/bound': { get: { operationId: 'bound', security: [{ bearer: [] }], responses: { 200: OK } } },
  },
};

describe.skipIf(clients === null || strangers === null)('a certificate that a proxy passes on', () => {
  if (clients === null || strangers === null) return;
  const alice = clients.issue({ subject: '/CN=alice' });
  const revoked = clients.issue({ subject: '/CN=revoked' });
  clients.revoke(revoked);
  const open = async (header: string, proxies = '127.0.0.1', authorities = clients.certificate): Promise<void> => {
    door = await openDoor({
      document: DOCUMENT,
      policy: `listen: { forwardedCertificates: { header: ${header}, authorities: ca.pem, revocation: crl.pem } }
trustedProxies: [${proxies}]
authentication: { client: { subject: CN } }
limits: []
`,
      files: { 'ca.pem': authorities, 'crl.pem': clients.list() },
    });
  };
  const der = ({ certificate }: ClientPair): string => `:${new X509Certificate(certificate).raw.toString('base64')}:`;
  const pem = ({ certificate }: ClientPair): string => encodeURIComponent(certificate);
  const ask = async (
    headers: Record<string, string>,
    path = '/closed',
  ): Promise<{ readonly status: number; readonly code: string | null }> => {
    const answer = await fetch(door.url + path, { headers });
    const body = (await answer.json()) as { readonly code?: string };
    return { status: answer.status, code: body.code ?? null };
  };
  const good = { status: 200, code: null };
  const refused = { status: 401, code: 'AUTHN_CREDENTIAL_INVALID' };
  const missing = { status: 401, code: 'AUTHN_CERTIFICATE_MISSING' };

  it.each([
    ['Client-Cert', der],
    ['X-SSL-Client-Cert', pem],
    ['X-Forwarded-Client-Cert', (pair: ClientPair) => `Hash=00;Cert="${pem(pair)}";Subject="CN=alice, O=x"`],
  ])('in %s proves its client, and does not reach the upstream', async (header, write) => {
    await open(header);
    expect(await ask({ [header]: write(alice) })).toEqual(good);
    expect(await ask({})).toEqual(missing);
    expect(await ask({ [header]: write(strangers.issue({ subject: '/CN=alice' })) })).toEqual(refused);
    expect(door.seen.length).toBe(1);
    expect(door.seen[0]?.headers[header.toLowerCase()]).toBeUndefined();
  });

  it('means nothing from anybody who is no trusted proxy', async () => {
    await open('Client-Cert', '192.0.2.1');
    expect(await ask({ 'Client-Cert': der(alice) })).toEqual(missing);
    expect(await ask({ 'Client-Cert': der(alice) }, '/either')).toEqual(good);
    expect(door.seen[0]?.headers['client-cert']).toBeUndefined();
  });

  it('is checked again: what it is for, when, and whether it was revoked', async () => {
    await open('Client-Cert');
    expect(await ask({ 'Client-Cert': der(revoked) })).toEqual(refused);
    const wrong = clients.issue({ subject: '/CN=alice', extensions: 'extendedKeyUsage=serverAuth\n' });
    expect(await ask({ 'Client-Cert': der(wrong) })).toEqual(refused);
    const ended = clients.issue({ subject: '/CN=alice', from: '20200101000000Z', to: '20200201000000Z' });
    expect(await ask({ 'Client-Cert': der(ended) })).toEqual({ status: 401, code: 'AUTHN_CERTIFICATE_EXPIRED' });
    for (const code of ['AUTHN_CERTIFICATE_REVOKED', 'AUTHN_CERTIFICATE_PURPOSE'])
      await until(() => door.logText().includes(code));
  });

  it('is refused on the next request once a new list revokes it', async () => {
    await open('Client-Cert');
    const carol = clients.issue({ subject: '/CN=carol' });
    expect(await ask({ 'Client-Cert': der(carol) })).toEqual(good);
    clients.revoke(carol);
    writeFileSync(join(door.folder, 'crl.pem'), clients.list());
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask({ 'Client-Cert': der(carol) })).toEqual(refused);
  });

  it('proves possession of the tokens bound to it, as long as it is believed itself', async () => {
    const issuer = await createTestIssuer();
    const carol = clients.issue({ subject: '/CN=carol' });
    const mallory = strangers.issue({ subject: '/CN=carol' });
    door = await openDoor({
      document: BOUND,
      policy: `listen: { forwardedCertificates: { header: Client-Cert, authorities: ca.pem, revocation: crl.pem } }
trustedProxies: [127.0.0.1]
authentication:
  client: { subject: CN }
  bearer: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json }
limits: []
`,
      files: { 'ca.pem': clients.certificate, 'crl.pem': clients.list(), 'jwks.json': issuer.jwks },
    });
    const ask = async (pair: ClientPair, shown: ClientPair): Promise<unknown> => {
      const digest = createHash('sha256').update(new X509Certificate(pair.certificate).raw).digest('base64url');
      const token = await issuer.sign({ cnf: { 'x5t#S256': digest } });
      const headers = { Authorization: `Bearer ${token}`, 'Client-Cert': der(shown) };
      const answer = await fetch(`${door.url}/bound`, { headers });
      return answer.status === 200 ? 200 : ((await answer.json()) as { code: string }).code;
    };
    expect(await ask(carol, carol)).toBe(200);
    expect(await ask(carol, alice)).toBe('AUTHN_CREDENTIAL_INVALID');
    expect(await ask(mallory, mallory)).toBe('AUTHN_CREDENTIAL_INVALID');
    clients.revoke(carol);
    writeFileSync(join(door.folder, 'crl.pem'), clients.list());
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask(carol, carol)).toBe('AUTHN_CREDENTIAL_INVALID');
    await until(() => door.logText().split('AUTHN_TOKEN_CERTIFICATE').length === 4);
  });

  it.each([
    ['nothing', '::'],
    ['text', 'alice'],
    ['base64 without colons', 'AAAA'],
    ['another encoding', ':AA-_:'],
    ['bytes that are no certificate', ':AAAA:'],
  ])('that is %s is one that nobody believes, also where none is needed', async (_, value) => {
    await open('Client-Cert');
    expect(await ask({ 'Client-Cert': value })).toEqual(refused);
    expect(await ask({ 'Client-Cert': value }, '/either')).toEqual(refused);
  });

  it('that stands there twice, or with something behind it, is none that anybody believes', async () => {
    await open('Client-Cert');
    const twice = await door.raw(
      `GET /closed HTTP/1.1\r\nHost: a\r\nClient-Cert: ${der(alice)}\r\nClient-Cert: ${der(alice)}\r\nConnection: close\r\n\r\n`,
    );
    expect(twice).toMatch(/^HTTP\/1\.1 401 /);
    const longer = Buffer.concat([new X509Certificate(alice.certificate).raw, Buffer.from([0])]).toString('base64');
    expect(await ask({ 'Client-Cert': `:${longer}:` })).toEqual(refused);
  });

  it('of Envoy is one element with one Cert', async () => {
    await open('X-Forwarded-Client-Cert');
    const element = `Cert="${pem(alice)}"`;
    for (const value of [
      `${element},${element}`,
      `By=x,${element}`,
      `Hash=00,By=x;${element}`,
      `${element};By=x,Hash=00`,
      `${element};${element}`,
      'Hash=00',
      `Subject="${element}"`,
    ])
      expect(await ask({ 'X-Forwarded-Client-Cert': value })).toEqual(refused);
  });

  it('of an authority with name constraints is not taken: nothing here would check them', async () => {
    const constrained = createClientAuthority('Constrained', 'nameConstraints=permitted;DNS:example.com');
    await open('Client-Cert');
    const started = openDoor({
      document: DOCUMENT,
      policy:
        'listen: { forwardedCertificates: { authorities: ca.pem } }\ntrustedProxies: [127.0.0.1]\nauthentication: { client: { subject: CN } }\n',
      files: { 'ca.pem': constrained?.certificate ?? '' },
    });
    await expect(started).rejects.toThrow('name constraints');
    constrained?.close();
  });

  it('whatever_a_header_holds_nobody_is_believed_and_nothing_thrown', async () => {
    await open('Client-Cert');
    for (const header of ['Client-Cert', 'X-Forwarded-Client-Cert', 'X-SSL-Client-Cert'] as const) {
      const read = createForwardedReader({ header, authorities: '', revocation: null }, ['127.0.0.0/8', '::1']);
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `:${Buffer.from(text).toString('base64')}:`),
          ),
          (value) => {
            const got = read('::ffff:127.0.0.1', [header, value]);
            expect(got === null ? value : (got as ForwardedCertificate).leaf).toBe(got === null ? '' : null);
            expect(read('10.0.0.1', [header, value])).toBeUndefined();
          },
        ),
      );
    }
  });
});
