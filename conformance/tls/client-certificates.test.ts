import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { createClientAuthority, type ClientPair } from './client-authority.ts';
import { answerOf, curl, hasProgram } from './tls-clients.ts';
import { checkClientCertificate } from '../../packages/gateway/src/tls/client-trust.ts';
import { readCertificate } from '../../packages/gateway/src/tls/read-certificate.ts';
import { openDoor, until, type Door } from '../door.ts';

/** Real certificates of openssl, shown by a real curl. */
const servers = createTestAuthority();
const clients = hasProgram('curl') ? createClientAuthority() : null;
const strangers = clients === null ? null : createClientAuthority('Strangers');
afterAll(() => {
  servers?.close();
  clients?.close();
  strangers?.close();
});

let door: Door;
afterEach(() => door.close());

const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Certificates', version: '1' },
  components: {
    securitySchemes: { client: { type: 'mutualTLS' }, key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  },
  paths: {
    '/open': { get: { operationId: 'open', responses: { 200: OK } } },
    '/closed': { get: { operationId: 'closed', security: [{ client: [] }], responses: { 200: OK } } },
    '/either': { get: { operationId: 'either', security: [{}, { client: [] }], responses: { 200: OK } } },
    '/both': { get: { operationId: 'both', security: [{ client: [], key: [] }], responses: { 200: OK } } },
    '/roles': { get: { operationId: 'roles', security: [{ client: ['admin'] }], responses: { 200: OK } } },
  },
};

const KEYS = 'key: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] }';
const policyOf = (asked: string, scheme: string): string =>
  `listen: { tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: ca.pem${asked} } } }
authentication: { client: ${scheme}, ${KEYS} }
limits: []
`;

describe.skipIf(servers === null || clients === null || strangers === null)('certificates of clients', () => {
  if (servers === null || clients === null || strangers === null) return;
  const server = servers.issue('127.0.0.1');
  const alice = clients.issue({ subject: '/CN=alice' });
  const bob = clients.issue({ subject: '/CN=bob' });
  const files = { 'cert.pem': server.certificate, 'key.pem': server.key, 'ca.pem': clients.certificate };
  const open = async (asked = '', scheme = '{ subject: CN }', more: Record<string, string> = {}): Promise<void> => {
    door = await openDoor({ document: DOCUMENT, policy: policyOf(asked, scheme), files: { ...files, ...more } });
    writeFileSync(join(door.folder, 'servers.pem'), servers.certificate);
  };
  const ask = async (
    path: string,
    pair: ClientPair | null,
    ...words: string[]
  ): Promise<ReturnType<typeof answerOf>> => {
    const shown = pair === null ? [] : ['--cert', pair.certificateFile, '--key', pair.keyFile];
    return answerOf(await curl(door.url + path, ['--cacert', join(door.folder, 'servers.pem'), ...shown, ...words]));
  };
  const expiries = async (): Promise<string> => {
    const name = 'sallyport_tls_revocation_list_expiry_timestamp_seconds';
    const text = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith(`${name}{`) ? [line.slice(name.length)] : []))
      .join('\n');
  };
  const logged = async (code: string): Promise<boolean> => until(() => door.logText().includes(code));

  it('an operation that needs one refuses those without, and others do not ask', async () => {
    await open();
    expect(await ask('/closed', null)).toEqual({ status: 401, code: 'AUTHN_CERTIFICATE_MISSING' });
    expect(await ask('/open', null)).toEqual({ status: 200, code: null });
    expect(await ask('/either', null)).toEqual({ status: 200, code: null });
    expect(await ask('/closed', alice)).toEqual({ status: 200, code: null });
    await until(() => door.log.length >= 4);
    expect(door.logText()).toContain('"principal":"certificate"');
  });

  it('the subject goes to the upstream, and the roles are those of the policy', async () => {
    await open('', '{ subject: CN, allowed: [bob, { subject: alice, roles: [admin] }] }');
    expect(await ask('/roles', alice)).toEqual({ status: 200, code: null });
    expect(await ask('/roles', bob)).toEqual({ status: 403, code: 'AUTHZ_SCOPE_MISSING' });
    expect(await ask('/closed', clients.issue({ subject: '/CN=carol' }))).toEqual({
      status: 401,
      code: 'AUTHN_CREDENTIAL_INVALID',
    });
    await logged('AUTHN_CERTIFICATE_SUBJECT');
  });

  it('roles come from what stands in the certificate, each of several units counting', async () => {
    await open(
      '',
      "{ subject: CN, rolesFrom: { O: { Bank: [viewer] }, OU: { Payments: [admin] }, 'SAN:URI': { 'spiffe://example/ops': [admin] } } }",
    );
    const of = (subject: string, more = ''): ClientPair =>
      clients.issue({ subject, extensions: `extendedKeyUsage=clientAuth\n${more}` });
    for (const pair of [
      of('/O=Bank/OU=Payments/CN=x'),
      of('/OU=Cards/OU=Payments/CN=x'),
      of('/CN=x', 'subjectAltName=URI:spiffe://example/ops\n'),
    ])
      expect(await ask('/roles', pair)).toEqual({ status: 200, code: null });
    for (const pair of [of('/O=Bank/CN=x'), of('/OU=payments/CN=x'), of('/O=Payments/CN=x'), of('/CN=Payments')])
      expect(await ask('/roles', pair)).toEqual({ status: 403, code: 'AUTHZ_SCOPE_MISSING' });
    await until(() => door.log.some((line) => 'user.roles' in line));
  });

  it('a certificate and a key together need both', async () => {
    await open();
    expect(await ask('/both', alice)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_MISSING' });
    expect(await ask('/both', null, '-H', 'X-Key: right')).toEqual({ status: 401, code: 'AUTHN_CERTIFICATE_MISSING' });
    expect(await ask('/both', alice, '-H', 'X-Key: right')).toEqual({ status: 200, code: null });
  });

  it('a certificate of a stranger of the same name is refused, also where none is needed', async () => {
    await open();
    const mallory = strangers.issue({ subject: '/CN=alice' });
    expect(await ask('/closed', mallory)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    expect(await ask('/either', mallory)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    await logged('AUTHN_CERTIFICATE_UNTRUSTED');
  });

  it('one for servers, one that has ended and one that has not begun are refused', async () => {
    await open();
    const wrong = clients.issue({ subject: '/CN=alice', extensions: 'extendedKeyUsage=serverAuth\n' });
    expect(await ask('/closed', wrong)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    await logged('AUTHN_CERTIFICATE_PURPOSE');
    const ended = clients.issue({ subject: '/CN=alice', from: '20200101000000Z', to: '20200201000000Z' });
    expect(await ask('/closed', ended)).toEqual({ status: 401, code: 'AUTHN_CERTIFICATE_EXPIRED' });
    const early = clients.issue({ subject: '/CN=alice', from: '20480101000000Z', to: '20490101000000Z' });
    expect(await ask('/closed', early)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    await logged('AUTHN_CERTIFICATE_NOT_YET_VALID');
  });

  it.each([
    ['SAN:URI', 'subjectAltName=URI:spiffe://example/alice', 'spiffe://example/alice'],
    ['SAN:email', 'subjectAltName=email:alice@example.com', 'alice@example.com'],
    ['SAN:dns', 'subjectAltName=DNS:alice.example', 'alice.example'],
  ])('%s names the client, once', async (subject, name, expected) => {
    await open('', `{ subject: '${subject}', allowed: ['${expected}'] }`);
    expect(
      await ask('/closed', clients.issue({ subject: '/CN=x', extensions: `extendedKeyUsage=clientAuth\n${name}\n` })),
    ).toEqual({ status: 200, code: null });
    expect(
      await ask(
        '/closed',
        clients.issue({
          subject: '/CN=x',
          extensions: `extendedKeyUsage=clientAuth\n${name},${name.split('=')[1]}.other\n`,
        }),
      ),
    ).toEqual({
      status: 401,
      code: 'AUTHN_CREDENTIAL_INVALID',
    });
    expect(await ask('/closed', alice)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    await logged('more than one');
  });

  it('whoever issues must be named, also below a root that is, and falls with its own revocation', async () => {
    const between = clients.below('Between');
    try {
      const dora = between.issue({ subject: '/CN=dora' });
      await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': clients.list() });
      writeFileSync(dora.certificateFile, dora.certificate + between.certificate);
      expect(await ask('/closed', dora)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
      writeFileSync(join(door.folder, 'ca.pem'), clients.certificate + between.certificate);
      writeFileSync(join(door.folder, 'crl.pem'), clients.list() + between.list());
      expect(await door.gateway.reload()).toBeNull();
      expect(await ask('/closed', dora)).toEqual({ status: 200, code: null });
      clients.revoke(between);
      writeFileSync(join(door.folder, 'crl.pem'), clients.list() + between.list());
      expect(await door.gateway.reload()).toBeNull();
      expect(await ask('/closed', dora)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
      await logged('AUTHN_CERTIFICATE_REVOKED');
    } finally {
      between.close();
    }
  });

  it('a revoked one is refused from the reload on, on an open connection too, and others are not', async () => {
    await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': clients.list() });
    const gone = clients.issue({ subject: '/CN=gone' });
    expect(await ask('/closed', gone)).toEqual({ status: 200, code: null });
    clients.revoke(gone);
    writeFileSync(join(door.folder, 'crl.pem'), clients.list());
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask('/closed', gone)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    expect(await ask('/closed', alice)).toEqual({ status: 200, code: null });
    await logged('AUTHN_CERTIFICATE_REVOKED');
  });

  it('a list that is too old, or none at all of its authority, refuses every certificate and nothing else', async () => {
    const old = clients.list({ from: '20200101000000Z', to: '20200102000000Z' });
    await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': old });
    expect(await ask('/closed', alice)).toEqual({ status: 503, code: 'AUTHN_UNAVAILABLE' });
    expect(await ask('/open', alice)).toEqual({ status: 200, code: null });
    expect(await ask('/closed', null)).toEqual({ status: 401, code: 'AUTHN_CERTIFICATE_MISSING' });
    await logged('AUTHN_REVOCATION_UNKNOWN');
    expect(door.logText()).toContain('past its nextUpdate');
    const of = 'that of CN=Client CA counts from 2020-01-01T00:00:00.000Z to 2020-01-02T00:00:00.000Z';
    expect(door.logText()).toContain(`"facts":{"list":"${of}"}`);
    expect(await expiries()).toBe('{issuer="CN=Client CA"} 1577923200');
  });

  it('every authority shows when its list ends, 0 for none, and its clients are told apart in the log', async () => {
    const both = clients.certificate + strangers.certificate;
    await open(', revocation: crl.pem', '{ subject: CN }', { 'ca.pem': both, 'crl.pem': strangers.list() });
    expect(await ask('/closed', alice)).toEqual({ status: 503, code: 'AUTHN_UNAVAILABLE' });
    await until(() => door.logText().includes('"facts":{"list":"there is none of CN=Client CA"}'));
    expect(await expiries()).toMatch(/^\{issuer="CN=Client CA"\} 0\n\{issuer="CN=Strangers"\} [1-9]\d+$/);
  });

  it('a list of an authority whose clock is minutes ahead counts at once, and one of tomorrow by itself when that has come', async () => {
    const real = Date.now.bind(Date);
    const aheadMs = (minutes: number): string =>
      new Date(real() + minutes * 60_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
    const at = async (minutes: number, pair: ClientPair): Promise<ReturnType<typeof answerOf>> => {
      const then = vi.spyOn(Date, 'now').mockImplementation(() => real() + minutes * 60_000);
      try {
        return await ask('/closed', pair);
      } finally {
        then.mockRestore();
      }
    };
    const good = { status: 200, code: null };
    const unknown = { status: 503, code: 'AUTHN_UNAVAILABLE' };
    const to = aheadMs(600);
    await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': clients.list({ from: aheadMs(2), to }) });
    expect(await ask('/closed', alice)).toEqual(good);
    const bob = clients.issue({ subject: '/CN=bob' });
    clients.revoke(bob);
    writeFileSync(join(door.folder, 'crl.pem'), clients.list({ from: aheadMs(120), to: aheadMs(900) }));
    // What is known to be revoked is not let in meanwhile, and for everybody else the list before goes on.
    expect(await door.gateway.reload()).toBeNull();
    expect(door.logText()).toMatch(
      /"message":"list 1 counts from \S+Z on, by itself; until then the one before it does/,
    );
    expect(await ask('/closed', alice)).toEqual(good);
    expect(await ask('/closed', bob)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask('/closed', alice)).toEqual(good);
    expect(await at(700, alice)).toEqual(good);
    const { folder } = door;
    const ahead = readFileSync(join(folder, 'crl.pem'), 'utf8');
    await door.close();
    // A door that never had the one before cannot tell until the time has come.
    await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': ahead });
    expect(await ask('/closed', alice)).toEqual(unknown);
    expect(await at(116, alice)).toEqual(good);
  });

  it('a list that somebody else signed, or a part of one, stops a reload, and the old one stays', async () => {
    await open(', revocation: crl.pem', '{ subject: CN }', { 'crl.pem': clients.list() });
    for (const text of [strangers.list(), clients.list().slice(0, 200), '']) {
      writeFileSync(join(door.folder, 'crl.pem'), text);
      expect((await door.gateway.reload())?.problems.map(({ code }) => code)).toEqual(['TLS_FILE_INVALID']);
    }
    expect(await ask('/closed', alice)).toEqual({ status: 200, code: null });
  });

  it('an authority that is taken out is believed no more', async () => {
    await open();
    expect(await ask('/closed', alice)).toEqual({ status: 200, code: null });
    writeFileSync(join(door.folder, 'ca.pem'), strangers.certificate);
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask('/closed', alice)).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
  });

  it('what only the handshake checks counts too: names that the authority may not give', async () => {
    const narrow = createClientAuthority('Narrow CA', 'nameConstraints=critical,permitted;DNS:ok.example');
    if (narrow === null) return;
    try {
      await open('', "{ subject: 'SAN:dns' }", { 'ca.pem': narrow.certificate });
      const named = (name: string): ClientPair =>
        narrow.issue({ subject: '/CN=x', extensions: `extendedKeyUsage=clientAuth\nsubjectAltName=DNS:${name}\n` });
      expect(await ask('/closed', named('a.ok.example'))).toEqual({ status: 200, code: null });
      expect(await ask('/closed', named('bank.example'))).toEqual({ status: 401, code: 'AUTHN_CREDENTIAL_INVALID' });
      await logged('AUTHN_CERTIFICATE_UNTRUSTED');
    } finally {
      narrow.close();
    }
  });

  it('a certificate whose signature does not hold is refused without a handshake as well', async () => {
    await open();
    const der = Buffer.from(alice.certificate.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const at = der.indexOf('alice');
    der.write('boris', at);
    const authority = readCertificate(new X509Certificate(clients.certificate));
    const trust = { authorities: authority === null ? [] : [authority], lists: null };
    expect(checkClientCertificate(trust, new X509Certificate(alice.certificate), Date.now()).code).toBeNull();
    expect(checkClientCertificate(trust, new X509Certificate(der), Date.now()).code).toBe(
      'AUTHN_CERTIFICATE_UNTRUSTED',
    );
  });

  it('require ends connections without a good one in the handshake, whatever the operation', async () => {
    const gone = clients.issue({ subject: '/CN=gone' });
    clients.revoke(gone);
    await open(', require: true, revocation: crl.pem', '{ subject: CN }', { 'crl.pem': clients.list() });
    expect((await ask('/open', null)).status).toBeNaN();
    expect((await ask('/open', strangers.issue({ subject: '/CN=alice' }))).status).toBeNaN();
    expect((await ask('/open', gone)).status).toBeNaN();
    expect(await ask('/open', alice)).toEqual({ status: 200, code: null });
    const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    expect(metrics).toMatch(/^sallyport_tls_handshake_failures_total\{reason="client-certificate"\} [1-9]/m);
    expect(door.seen.length).toBe(1);
  });
});
