import { createHash, type X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLOCKED, createPebble, type PebbleOptions } from './pebble.ts';
import { openDoor, sendRaw, until, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY, detailOf, statusesOf } from '../gateway/documents.ts';

const pebble = await createPebble();
let door: Door | null = null;
let storage = '';
beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'sallyport-acme-'));
});
afterEach(async () => {
  await door?.close();
  door = null;
  rmSync(storage, { recursive: true, force: true });
});
afterAll(() => pebble?.close());

const eventually = <T>(condition: () => T | Promise<T>): ReturnType<typeof until<T>> =>
  until(condition, undefined, { told: () => `${door?.logText() ?? ''}\n${pebble?.log() ?? ''}` });

/** The certificate that a client gets, and what it is answered; null where the connection ends without an answer. */
function ask(
  name: string,
  port = door?.gateway.port ?? 0,
): Promise<{ readonly leaf: X509Certificate; readonly status: number } | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false });
    let text = '';
    let leaf: X509Certificate | undefined;
    socket.on('secureConnect', () => {
      leaf = socket.getPeerX509Certificate();
      socket.write(`GET /fast HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [status] = statusesOf(text);
      resolve(leaf === undefined || status === undefined ? null : { leaf, status });
    });
  });
}

describe.skipIf(pebble === null)('acme', () => {
  if (pebble === null) return;
  const open = async (
    options: {
      readonly challenge?: string;
      readonly more?: string;
      readonly domains?: string;
      readonly others?: string;
    } = {},
    files: Record<string, string> = {},
  ): Promise<Door> => {
    const { challenge = 'tls-alpn-01', more = '', domains = 'api.example.com, www.example.com', others = '' } = options;
    const acme = `{ directory: "${pebble.directory}", ca: acme-ca.pem, domains: [${domains}], acceptTerms: true, contact: [ops@example.com], challenge: ${challenge}, storage: "${storage}"${more} }`;
    const redirect = challenge === 'http-01' ? `, redirect: ${pebble.httpPort}` : '';
    return openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { acme: ${acme}${others} }${redirect} }\n`,
      files: { 'acme-ca.pem': pebble.ca, ...files },
      port: pebble.tlsPort,
    });
  };
  const issued = (name = 'api.example.com'): Promise<X509Certificate> =>
    eventually(async () => {
      const answer = await ask(name);
      return answer?.status === 200 ? answer.leaf : null;
    });
  const folder = (): string => join(storage, createHash('sha256').update(pebble.directory).digest('hex').slice(0, 16));
  const metrics = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${door?.gateway.admin?.port}/metrics`)).text();
  const messages = (): unknown[] => (door?.log ?? []).map((line) => line['message']);
  const start = (options: PebbleOptions = {}): Promise<void> => pebble.start(options);

  it.each(['tls-alpn-01', 'http-01'])('gets a certificate by %s and serves with it', async (challenge) => {
    await start();
    door = await open({ challenge });
    const leaf = await issued();
    expect(leaf.subjectAltName).toBe('DNS:api.example.com, DNS:www.example.com');
    expect(await metrics()).toContain('sallyport_acme_orders_total{outcome="issued"} 1');
    expect(messages()).toContain('a certificate was issued');
    // Nothing is left that an authority could be shown, and nobody else may read what is kept.
    expect(readdirSync(folder()).sort()).toEqual(['.gitignore', 'account.pem', 'certificate.pem']);
    for (const name of ['account.pem', 'certificate.pem']) expect(statSync(join(folder(), name)).mode & 0o077).toBe(0);
    if (challenge === 'http-01')
      expect(
        await sendRaw(
          pebble.httpPort,
          'GET /.well-known/acme-challenge/aaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: evil.example\r\n\r\n',
        ),
      ).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('serves a certificate that it cannot keep, over reloads too, orders no other and says so once', async () => {
    await start();
    mkdirSync(join(folder(), 'certificate.pem', 'in-the-way'), { recursive: true });
    door = await open();
    const leaf = await issued();
    expect(await door.gateway.reload()).toBeNull();
    expect((await issued()).serialNumber).toBe(leaf.serialNumber);
    expect(await metrics()).toContain('sallyport_acme_orders_total{outcome="issued"} 1');
    expect(messages().filter((message) => String(message).startsWith('a certificate was issued and cannot'))).toEqual([
      'a certificate was issued and cannot be kept: it is served until the process ends',
    ]);
    expect(readdirSync(folder()).sort()).toEqual(['.gitignore', 'account.pem', 'certificate.pem']);
  });

  it('answers nobody before it has one, with a placeholder least of all', async () => {
    await pebble.stop();
    door = await open();
    expect(await ask('api.example.com')).toBeNull();
    await eventually(async () => (await metrics()).includes('{outcome="failed"} 1'));
    expect(door.seen).toEqual([]);
    expect(await metrics()).toContain('sallyport_tls_handshake_failures_total{reason="no-certificate"}');
    expect(door.logText()).toContain('a certificate could not be ordered');
  });

  it('serves other names meanwhile', async () => {
    await pebble.stop();
    const files = selfSigned('other.example');
    door = await open({ others: ', others: [{ certificate: o.pem, key: o.key }]' }, files);
    expect((await ask('other.example'))?.status).toBe(200);
    expect(await ask('api.example.com')).toBeNull();
  });

  it('gets over an authority that refuses two nonces of three', async () => {
    await start({ nonceReject: 65 });
    door = await open();
    await issued();
    const posts = pebble.log().match(/ POST \/(?:sign-me-up|order-plz|chalZ|finalize-order|certZ)/g) ?? [];
    // Account, order, two challenges, the request and the certificate: one each where no nonce is refused.
    expect(posts.length).toBeGreaterThan(6);
  });

  it('waits for an authority that takes its time', async () => {
    await start({ sleepSeconds: 2 });
    door = await open();
    await issued();
  });

  it('binds its account to what the authority gave', async () => {
    const key = Buffer.from('a key of thirty-two bytes or more').toString('base64url');
    await start({ eabKey: key });
    door = await open({ more: ', eab: { keyId: kid-1, key: eab.key }' }, { 'eab.key': `${key}\n` });
    await issued();
    await door.close();
    rmSync(storage, { recursive: true });
    door = await open();
    await eventually(() => door?.logText().includes('externalAccountRequired'));
  });

  it('starts with a certificate that is good without a word to the authority', async () => {
    await start();
    door = await open();
    const before = await issued();
    await door.close();
    await start();
    door = await open();
    expect((await issued()).fingerprint256).toBe(before.fingerprint256);
    expect(pebble.log()).not.toContain('GET /dir');
  });

  it('renews in the background after two thirds of the life, and drops no connection', async () => {
    await start();
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'certificate.pem'), shortLived(20, 90), { mode: 0o600 });
    door = await open();
    const socket = connect({
      port: door.gateway.port,
      host: '127.0.0.1',
      servername: 'api.example.com',
      rejectUnauthorized: false,
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write('GET /fast HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    await eventually(() => statusesOf(text).length === 1);
    expect(socket.getPeerX509Certificate()?.subject).toBe('CN=short');
    await eventually(async () => (await ask('api.example.com'))?.leaf.subject !== 'CN=short');
    socket.write('GET /fast HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    await eventually(() => statusesOf(text).length === 2);
    socket.destroy();
  });

  it('serves with what it has while the authority is away, and says so', async () => {
    await pebble.stop();
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'certificate.pem'), shortLived(20, 90), { mode: 0o600 });
    door = await open();
    await eventually(async () => (await metrics()).includes('{outcome="failed"} 1'));
    expect((await ask('api.example.com'))?.status).toBe(200);
    const told = door.log.find(({ message }) => message === 'a certificate could not be ordered');
    expect([told?.['log.level'], detailOf(told)['reason']]).toEqual([
      'warn',
      `${new URL(pebble.directory).origin}: ECONNREFUSED`,
    ]);
  });

  it('orders anew where a domain was added, and serves the others meanwhile', async () => {
    await start();
    door = await open({ domains: 'api.example.com' });
    await issued();
    await pebble.stop();
    const file = join(door.folder, 'sallyport.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('[api.example.com]', '[api.example.com, new.example.com]'));
    expect(await door.gateway.reload()).toBeNull();
    expect((await ask('api.example.com'))?.status).toBe(200);
    await eventually(async () => (await metrics()).includes('{outcome="failed"} 1'));
  });

  it('of two that share the storage one orders, and both serve', async () => {
    await start();
    door = await open();
    const second = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { acme: { directory: "${pebble.directory}", ca: acme-ca.pem, domains: [api.example.com, www.example.com], acceptTerms: true, contact: [ops@example.com], storage: "${storage}" } } }\n`,
      files: { 'acme-ca.pem': pebble.ca },
    });
    try {
      const leaf = await issued();
      const other = await eventually(async () => (await ask('api.example.com', second.gateway.port))?.leaf ?? null);
      expect(other.fingerprint256).toBe(leaf.fingerprint256);
      expect([...door.log, ...second.log].filter(({ message }) => message === 'a certificate was issued').length).toBe(
        1,
      );
    } finally {
      await second.close();
    }
  });

  it('does not hammer: after a failure the next attempt waits, over a restart too', async () => {
    const wrong = { domains: BLOCKED };
    await start();
    door = await open(wrong);
    await eventually(() => door?.logText().includes('rejectedIdentifier'));
    await door.close();
    const { failures, notBeforeMs } = JSON.parse(readFileSync(join(folder(), 'failures.json'), 'utf8')) as {
      readonly failures: number;
      readonly notBeforeMs: number;
    };
    expect(failures).toBe(1);
    expect(notBeforeMs).toBeGreaterThan(Date.now());
    await start();
    door = await open(wrong);
    await ask(BLOCKED);
    expect(pebble.log()).not.toContain('GET /dir');
    const waiting = door.log.find(
      ({ message }) => message === 'a certificate is not ordered yet, as earlier attempts failed',
    );
    expect(waiting?.['sallyport']).toEqual({
      names: BLOCKED,
      failures: 1,
      'next attempt': new Date(notBeforeMs).toISOString(),
      'to try at once': `remove ${join(folder(), 'failures.json')} and start again`,
    });
  });
});

/** A certificate and its key in one text: for the domains of the tests, `left` of `days` days still to come. */
function shortLived(left: number, days: number): string {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-short-'));
  try {
    const run = (...words: string[]): void => void execFileSync('openssl', words, { cwd: place, stdio: 'ignore' });
    const date = (ms: number): string => `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;
    const day = 86_400_000;
    writeFileSync(join(place, 'index.txt'), '');
    writeFileSync(join(place, 'serial'), '01\n');
    writeFileSync(
      join(place, 'ca.cnf'),
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=optional\n[e]\nsubjectAltName=DNS:api.example.com,DNS:www.example.com\n',
    );
    run(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'csr.pem',
      '-subj',
      '/CN=short',
    );
    run(
      ...[
        'ca',
        '-batch',
        '-notext',
        '-selfsign',
        '-config',
        'ca.cnf',
        '-keyfile',
        'key.pem',
        '-in',
        'csr.pem',
        '-out',
        'cert.pem',
      ],
      ...['-startdate', date(Date.now() - (days - left) * day), '-enddate', date(Date.now() + left * day)],
    );
    return readFileSync(join(place, 'key.pem'), 'utf8') + readFileSync(join(place, 'cert.pem'), 'utf8');
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function selfSigned(name: string): Record<string, string> {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-other-'));
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        'o.key',
        '-out',
        'o.pem',
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=DNS:${name}`,
        '-days',
        '90',
      ],
      { cwd: place, stdio: 'ignore' },
    );
    return { 'o.pem': readFileSync(join(place, 'o.pem'), 'utf8'), 'o.key': readFileSync(join(place, 'o.key'), 'utf8') };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
