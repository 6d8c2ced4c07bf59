import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { createClientAuthority, type ClientPair } from './client-authority.ts';
import { createOcspResponder } from './ocsp-responder.ts';
import { answerOf, curl, handshake, hasProgram } from './tls-clients.ts';
import { openDoor, until, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

/** Real certificates and a real responder of openssl, shown by a real curl. */
const servers = createTestAuthority();
const clients = hasProgram('curl') ? createClientAuthority() : null;
const strangers = clients === null ? null : createClientAuthority();
const responder = clients === null ? null : await createOcspResponder(clients);
afterAll(async () => {
  await responder?.stop();
  for (const authority of [servers, clients, strangers]) authority?.close();
});

let door: Door;
afterEach(async () => {
  await door.close();
  await responder?.stop();
});

const OK = { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Certificates', version: '1' },
  components: { securitySchemes: { client: { type: 'mutualTLS' } } },
  paths: { '/closed': { get: { operationId: 'closed', security: [{ client: [] }], responses: { 200: OK } } } },
};
const CLIENT = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n';
const SIGNER = 'keyUsage=critical,digitalSignature\n';

describe.skipIf(servers === null || clients === null || strangers === null || responder === null)('ocsp', () => {
  if (servers === null || clients === null || strangers === null || responder === null) return;
  const server = servers.issue('127.0.0.1');
  const alice = clients.issue({ subject: '/CN=alice' });
  const revoked = clients.issue({ subject: '/CN=revoked' });
  clients.revoke(revoked);
  const named = clients.issue({
    subject: '/CN=named',
    extensions: `${CLIENT}authorityInfoAccess=OCSP;URI:${responder.url}\n`,
  });
  const delegate = clients.issue({
    subject: '/CN=delegate',
    extensions: `${SIGNER}extendedKeyUsage=OCSPSigning\nnoCheck=ignored\n`,
  });
  const noDelegate = clients.issue({ subject: '/CN=none', extensions: `${SIGNER}extendedKeyUsage=clientAuth\n` });

  const open = async (ocsp: string, more = '', files: Record<string, string> = {}, settings = ''): Promise<void> => {
    door = await openDoor({
      document: DOCUMENT,
      policy: `listen: { tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: ca.pem, ocsp: ${ocsp}${more} } } }
authentication: { client: { subject: CN } }
limits: []
${settings}`,
      files: { 'cert.pem': server.certificate, 'key.pem': server.key, 'ca.pem': clients.certificate, ...files },
    });
    writeFileSync(join(door.folder, 'servers.pem'), servers.certificate);
  };
  const ask = async (pair: ClientPair): Promise<ReturnType<typeof answerOf>> => {
    const shown = ['--cert', pair.certificateFile, '--key', pair.keyFile];
    return answerOf(await curl(`${door.url}/closed`, ['--cacert', join(door.folder, 'servers.pem'), ...shown]));
  };
  const logged = async (code: string): Promise<boolean> => until(() => door.logText().includes(code));
  const good = { status: 200, code: null };
  const refused = { status: 401, code: 'AUTHN_CREDENTIAL_INVALID' };
  const unknown = { status: 503, code: 'AUTHN_UNAVAILABLE' };
  const FIXED = `{ responder: "${responder.url}" }`;

  it('lets in who is good, and nobody who was revoked', async () => {
    await responder.start();
    await open(FIXED);
    expect(await ask(alice)).toEqual(good);
    expect(await ask(revoked)).toEqual(refused);
    await logged('AUTHN_CERTIFICATE_REVOKED');
    const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    for (const outcome of ['good', 'revoked'])
      expect(metrics).toContain(`sallyport_ocsp_answers_total{outcome="${outcome}"} 1`);
  });

  it('asks once for as long as the answer is good, also over a reload, and does without the responder then', async () => {
    await responder.start();
    await open(FIXED);
    expect(await ask(alice)).toEqual(good);
    expect(await ask(alice)).toEqual(good);
    expect(responder.asked()).toBe(1);
    await responder.stop();
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask(alice)).toEqual(good);
  });

  it('refuses where nobody answers, unless the policy is soft', async () => {
    await open(FIXED);
    expect(await ask(alice)).toEqual(unknown);
    await logged('AUTHN_REVOCATION_UNKNOWN');
    await door.close();
    await open(`{ responder: "${responder.url}", policy: soft }`);
    expect(await ask(alice)).toEqual(good);
  });

  it('says once that a responder is away, and what becomes of clients, however many come', async () => {
    const told = (): string[] =>
      door
        .logText()
        .split('\n')
        .filter((line) => line.includes('gives no answer'));
    for (const [policy, answer, consequence] of [
      ['soft', good, 'clients are let in without an answer'],
      ['required', unknown, 'clients whom no list vouches for are refused'],
    ] as const) {
      await open(`{ responder: "${responder.url}", policy: ${policy} }`);
      for (const pair of [alice, revoked, alice]) expect(await ask(pair)).toEqual(answer);
      expect(await door.gateway.reload()).toBeNull();
      expect(await ask(clients.issue({ subject: '/CN=other' }))).toEqual(answer);
      await until(() => told().length > 0);
      expect(told()).toHaveLength(1);
      expect(told()[0]).toContain(`ECONNREFUSED; ${consequence}`);
      await responder.start();
      const real = Date.now.bind(Date);
      const later = vi.spyOn(Date, 'now').mockImplementation(() => real() + 30_000);
      try {
        expect(await ask(alice)).toEqual(good);
      } finally {
        later.mockRestore();
      }
      await until(() => door.logText().includes('an OCSP responder answers again'));
      await responder.stop();
      await door.close();
    }
    await open('{ policy: soft }');
    expect(await ask(alice)).toEqual(good);
    await until(() => told().length > 0);
    expect(told()[0]).toContain('a certificate of CN=Client CA names no responder that may be asked');
  });

  it('tells of each certificate what came of asking about it, and not about another', async () => {
    await responder.start();
    await open(FIXED);
    expect(await ask(alice)).toEqual(good);
    const index = join(clients.folder, 'index.txt');
    const before = readFileSync(index, 'utf8');
    const forgotten = clients.issue({ subject: '/CN=forgotten' });
    writeFileSync(index, before);
    await responder.start();
    expect(await ask(forgotten)).toEqual(unknown);
    await responder.stop();
    const late = clients.issue({ subject: '/CN=late' });
    expect(await ask(late)).toEqual(unknown);
    expect(await ask(forgotten)).toEqual(unknown);
    const facts = (): unknown[] =>
      door.log.flatMap(({ sallyport }) => {
        const { code, facts: told } = sallyport as { code?: string; facts?: { responder?: string } };
        return code === 'AUTHN_REVOCATION_UNKNOWN' ? [told?.responder] : [];
      });
    await until(() => facts().length === 3);
    const away = expect.stringContaining('ECONNREFUSED') as string;
    expect(facts()).toEqual(['it does not know the certificate', away, 'it does not know the certificate']);
  });

  it('says of an answer that is none of OCSP that it is none', async () => {
    const server = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await open(`{ responder: "http://127.0.0.1:${(server.address() as AddressInfo).port}" }`);
      expect(await ask(alice)).toEqual(unknown);
      await logged('what it answered is no OCSP response');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses what the responder does not know, soft or not', async () => {
    await responder.start();
    await open(`{ responder: "${responder.url}", policy: soft }`);
    const index = join(clients.folder, 'index.txt');
    const before = readFileSync(index, 'utf8');
    const forgotten = clients.issue({ subject: '/CN=forgotten' });
    writeFileSync(index, before);
    await responder.start();
    expect(await ask(forgotten)).toEqual(unknown);
  });

  it('believes whom the issuer lets answer, and no other certificate of the issuer', async () => {
    await responder.start(delegate);
    await open(FIXED);
    expect(await ask(alice)).toEqual(good);
    await door.close();
    await responder.start(noDelegate);
    await open(FIXED);
    expect(await ask(alice)).toEqual(unknown);
  });

  it('believes no answer that a stranger has signed', async () => {
    await responder.start(strangers);
    await open(FIXED);
    expect(await ask(alice)).toEqual(unknown);
  });

  it('asks whom a certificate names, where that may be asked', async () => {
    await responder.start();
    await open('{ hosts: [127.0.0.1] }');
    expect(await ask(named)).toEqual(good);
    await door.close();
    await responder.start();
    // This machine: its own services are for no certificate to call.
    await open('{}');
    expect(await ask(named)).toEqual(unknown);
    await door.close();
    await open('{ hosts: [ocsp.example.com] }');
    expect(await ask(named)).toEqual(unknown);
    expect(responder.asked()).toBe(0);
    await door.close();
    await responder.start();
    await open('{}', '', {}, 'egress: { allow: [127.0.0.0/8] }\n');
    expect(await ask(named)).toEqual(good);
  });

  it('asks nobody whom a certificate of a stranger names', async () => {
    await responder.start();
    await open('{ hosts: [127.0.0.1] }');
    const stranger = strangers.issue({
      subject: '/CN=alice',
      extensions: `${CLIENT}authorityInfoAccess=OCSP;URI:${responder.url}\n`,
    });
    expect(await ask(stranger)).toEqual(refused);
    expect(responder.asked()).toBe(0);
  });

  it('a revocation list and a responder: either can revoke, and one that knows is enough', async () => {
    await open(FIXED, ', revocation: crl.pem', { 'crl.pem': clients.list() });
    expect(await ask(alice)).toEqual(good);
    expect(await ask(revoked)).toEqual(refused);
    await door.close();
    await responder.start();
    await open(FIXED, ', revocation: crl.pem', {
      'crl.pem': clients.list({ from: '20200101000000Z', to: '20200201000000Z' }),
    });
    expect(await ask(alice)).toEqual(good);
  });

  it('an authority between root and client is asked about where its certificate names a responder', async () => {
    const between = clients.below('Between', `authorityInfoAccess=OCSP;URI:${responder.url}\n`);
    const silent = clients.below('Silent');
    const below = await createOcspResponder(between);
    const carol = between.issue({ subject: '/CN=carol' });
    const dave = silent.issue({ subject: '/CN=dave' });
    const local = 'egress: { allow: [127.0.0.0/8] }\n';
    const files = { 'ca.pem': clients.certificate + between.certificate + silent.certificate };
    try {
      // They know what was issued before they were started.
      await responder.start();
      await below.start();
      await open(`{ responder: "${below.url}" }`, '', files, local);
      expect(await ask(carol)).toEqual(good);
      expect([responder.asked(), below.asked()]).toEqual([1, 1]);
      // Of an authority that names nobody, the one who answers for clients is not asked.
      expect(await ask(dave)).toEqual(unknown);
      expect(responder.asked()).toBe(1);
      await responder.stop();
      await door.close();
      await open(`{ responder: "${below.url}" }`, '', files, local);
      expect(await ask(carol)).toEqual(unknown);
      await door.close();
      await open(`{ responder: "${below.url}", authorities: false }`, '', files, local);
      expect(await ask(carol)).toEqual(good);
      await door.close();
      clients.revoke(between);
      await responder.start();
      await open(`{ responder: "${below.url}", policy: soft }`, '', files, local);
      expect(await ask(carol)).toEqual(refused);
      await logged('AUTHN_CERTIFICATE_REVOKED');
    } finally {
      await below.stop();
      between.close();
      silent.close();
    }
  });

  it('with require a revoked certificate ends the connection', async () => {
    await responder.start();
    await open(FIXED, ', require: true');
    expect(await ask(alice)).toEqual(good);
    expect((await ask(revoked)).status).toBeNaN();
  });

  describe('stapling', () => {
    const issueServer = (name: string, more = ''): ClientPair =>
      clients.issue({
        subject: `/CN=${name}`,
        extensions: `subjectAltName=DNS:${name}\nauthorityInfoAccess=OCSP;URI:${responder.url}\n${more}`,
      });
    const MUST = 'tlsfeature=status_request\n';
    const serve = async (
      pair: ClientPair,
      more = '',
      files: Record<string, string> = {},
      chain = clients.certificate,
    ): Promise<void> => {
      door = await openDoor({
        document: SMALL_API,
        policy: `${SMALL_POLICY}egress: { allow: ${allowed} }\nlisten: { tls: { certificate: cert.pem, key: key.pem${more} } }\n`,
        files: { 'cert.pem': pair.certificate + chain, 'key.pem': pair.key, ...files },
      });
    };
    // Whom our own certificate names, its issuer chose, not the policy.
    let allowed = '[127.0.0.1]';
    const stapled = async (...words: string[]): Promise<string> =>
      /Cert Status: (\w+)/.exec((await handshake(door.gateway.port, ['-status', ...words])).text)?.[1] ?? 'none';
    const eventually = async (wanted: string, ...words: string[]): Promise<void> => {
      const deadline = Date.now() + 10_000;
      while ((await stapled(...words)) !== wanted)
        if (Date.now() > deadline) throw new Error(`it is not ${wanted}: ${door.logText()}`);
    };

    it('hands out a good answer in TLS 1.3 and 1.2, for every name, and goes on without the responder', async () => {
      const [own, other] = [issueServer('api.example.com'), issueServer('other.example.com')];
      await responder.start();
      await serve(own, ', others: [{ certificate: o.pem, key: o.key }]', {
        'o.pem': other.certificate + clients.certificate,
        'o.key': other.key,
      });
      await eventually('good', '-tls1_3', '-servername', 'api.example.com');
      await responder.stop();
      expect(await stapled('-tls1_2', '-servername', 'api.example.com')).toBe('good');
      await eventually('good', '-servername', 'other.example.com');
      const { text } = await handshake(door.gateway.port, [
        '-status',
        '-CAfile',
        clients.certificateFile,
        '-servername',
        'api.example.com',
      ]);
      expect(text).toContain('OCSP Response Status: successful');
      expect(text).toContain('Verify return code: 0 (ok)');
      const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
      expect(metrics).toMatch(/sallyport_tls_staple_expiry_timestamp_seconds\{name="api.example.com"\} \d{10}/);
    });

    it.each([
      ['without its issuer in the file', '', false, '', 'no answer of the authority is stapled to it: its file lacks'],
      [
        'that must not go without, and has no issuer',
        MUST,
        false,
        '',
        'clients refuse it without a stapled answer (RFC 7633), and none is stapled: its file lacks',
      ],
      ['that must not go without, and stapling is off', MUST, true, ', stapling: false', 'stapling is off'],
      ['with its issuer', MUST, true, '', null],
      ['without its issuer, and stapling is off', '', false, ', stapling: false', null],
    ])(
      'says at the start that nothing will ever be stapled to a certificate %s',
      async (_, more, chain, settings, said) => {
        const pair = issueServer('api.example.com', more);
        await serve({ ...pair, certificate: pair.certificate + (chain ? clients.certificate : '') }, settings, {}, '');
        const told = (): string[] =>
          door
            .logText()
            .split('\n')
            .filter((line) => line.includes('stapled to it') || line.includes('RFC 7633'));
        expect(told().length).toBe(said === null ? 0 : 1);
        if (said !== null) expect(told()[0]).toContain(said);
      },
    );

    it('hands out nothing where nobody answers, says so, and serves all the same', async () => {
      await serve(issueServer('api.example.com'));
      await until(() => door.logText().includes('no OCSP answer can be stapled'));
      expect(await stapled()).toBe('none');
    });

    it('asks no responder inside for a certificate of ours, unless egress.allow lists it, also after a reload', async () => {
      const [first, next] = [issueServer('api.example.com'), issueServer('api.example.com')];
      await responder.start();
      allowed = '[]';
      await serve(first);
      allowed = '[127.0.0.1]';
      await until(() => door.logText().includes('leads to this machine itself; where that is meant, list it'));
      expect(responder.asked()).toBe(0);
      const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
      expect(metrics).toContain('sallyport_egress_refused_total{purpose="stapling",address="loopback"} 1');
      writeFileSync(join(door.folder, 'cert.pem'), next.certificate + clients.certificate);
      writeFileSync(join(door.folder, 'key.pem'), next.key);
      const file = join(door.folder, 'sallyport.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('allow: []', 'allow: [127.0.0.1]'));
      expect(await door.gateway.reload()).toBeNull();
      await eventually('good');
    });

    it('hands out no answer that a certificate of ours is revoked, and says so', async () => {
      const pair = issueServer('api.example.com');
      clients.revoke(pair);
      await responder.start();
      await serve(pair);
      await until(() => door.logText().includes('the certificate is revoked'));
      expect(await stapled()).toBe('none');
    });

    it('waits for the first answer where a certificate must not go without', async () => {
      const pair = issueServer('api.example.com', 'tlsfeature=status_request\n');
      await responder.start();
      await serve(pair);
      expect(await stapled()).toBe('good');
    });

    it('is done for a certificate that a reload brings, and not at all where it is switched off', async () => {
      const [first, next] = [issueServer('api.example.com'), issueServer('api.example.com')];
      await responder.start();
      await serve(first);
      await eventually('good');
      writeFileSync(join(door.folder, 'cert.pem'), next.certificate + clients.certificate);
      writeFileSync(join(door.folder, 'key.pem'), next.key);
      expect(await door.gateway.reload()).toBeNull();
      await eventually('good');
      await door.close();
      await responder.start();
      await serve(next, ', stapling: false');
      expect(await stapled()).toBe('none');
      expect(responder.asked()).toBe(0);
    });
  });
});
