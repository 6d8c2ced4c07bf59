import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VaultLogin, VaultPolicy } from '@sallyport/core';
import { createEgress } from '../egress/egress.ts';
import { TestClock } from '../identity/testing/key-server.ts';
import { createVaultPool } from './vault-pool.ts';
import { createVaultSession, type VaultSession } from './vault-session.ts';

/** A Vault that gives out tokens `t1`, `t2` … and knows which of them count. */
let server: Server;
let address: string;
let asked: string[];
let given: number;
let refusesLogins: boolean;
/** The status of what renews a token; 200 renews it. */
let renewal: number;
let renewable: boolean;
let told: string[];
let valid: Set<string>;
let leaseSeconds: number[];
let folder: string;
let clock: TestClock;
const sessions: VaultSession[] = [];

beforeEach(async () => {
  [refusesLogins, renewal] = [false, 200];
  [renewable, told] = [true, []];
  [asked, given, valid, leaseSeconds] = [[], 0, new Set(['own']), [900]];
  clock = new TestClock();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-vault-'));
  server = createServer((request, response) => {
    const token = String(request.headers['x-vault-token'] ?? '');
    const path = (request.url ?? '').slice('/v1/'.length);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(`${path} ${token === '' ? Buffer.concat(chunks).toString() : token}`);
      const lease_duration =
        leaseSeconds.length > 1 && path.startsWith('auth/') ? leaseSeconds.shift() : leaseSeconds[0];
      const json = (status: number, value: object): void => void response.writeHead(status).end(JSON.stringify(value));
      if (path.endsWith('/login') && refusesLogins) json(400, { errors: [] });
      else if (path.endsWith('/login')) {
        valid.add(`t${++given}`);
        json(200, { auth: { client_token: `t${given}`, lease_duration, renewable: true } });
      } else if (!valid.has(token)) json(403, { errors: [] });
      else if (path === 'auth/token/lookup-self') json(200, { data: { ttl: lease_duration, renewable } });
      else if (path === 'auth/token/renew-self' && renewal !== 200) json(renewal, { errors: [] });
      else if (path === 'auth/token/renew-self')
        json(200, { auth: { client_token: token, lease_duration, renewable: true } });
      else json(path === 'forbidden' ? 403 : 200, { data: { path } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
function policy(login: VaultLogin): VaultPolicy {
  return { address, namespace: null, ca: null, login, timeoutMs: 5_000, refreshMs: 0, maxStaleMs: 0, place: null };
}
function open(login: VaultLogin): VaultSession {
  const session = createVaultSession(policy(login), null, createEgress(), clock, (level, message, detail) =>
    told.push(`${level} ${message} ${detail}`),
  );
  sessions.push(session);
  return session;
}
const appRole = (): VaultLogin => ({
  method: 'approle',
  mount: 'approle',
  roleId: file('role', 'r\n'),
  secretId: file('secret', 's\n'),
});
/** Until the server has been asked so often. */
async function untilAsked(count: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (asked.length < count) {
    if (Date.now() > deadline) throw new Error(`asked: ${asked.join(', ')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
/** What was due has been answered, and what comes next is known. */
async function untilScheduled(): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (clock.nextMs === null) {
    if (Date.now() > deadline) throw new Error(`nothing is due: ${asked.join(', ')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
async function untilTold(): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (told.length === 0) {
    if (Date.now() > deadline) throw new Error('nothing was told');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('createVaultSession', () => {
  it('logs in once for all who ask at the same time, and not again while the token counts', async () => {
    const session = open(appRole());
    await Promise.all([session.ask('GET', 'a'), session.ask('GET', 'b')]);
    await session.ask('GET', 'c');
    expect(asked.toSorted()).toEqual(['a t1', 'auth/approle/login {"role_id":"r","secret_id":"s"}', 'b t1', 'c t1']);
  });

  it('logs in with the service account of a pod, read anew each time', async () => {
    const tokenFile = file('sa', 'jwt-1');
    const session = open({ method: 'kubernetes', mount: 'k8s/prod', role: 'door', tokenFile });
    await session.ask('GET', 'a');
    file('sa', 'jwt-2');
    valid.clear();
    clock.advance(2_000);
    await session.ask('GET', 'b');
    expect(asked).toEqual([
      'auth/k8s/prod/login {"role":"door","jwt":"jwt-1"}',
      'a t1',
      'b t1',
      'auth/k8s/prod/login {"role":"door","jwt":"jwt-2"}',
      'b t2',
    ]);
  });

  it('renews the token after two thirds of its life, and logs in anew where it cannot grow any more', async () => {
    const session = open(appRole());
    leaseSeconds = [900, 900, 100];
    await session.ask('GET', 'a');
    clock.advance(600_000);
    await untilAsked(3);
    expect(asked[2]).toBe('auth/token/renew-self t1');
    await untilScheduled();
    clock.advance(600_000);
    await untilAsked(5);
    expect(asked.slice(3)).toEqual(['auth/token/renew-self t1', 'auth/approle/login {"role_id":"r","secret_id":"s"}']);
  });

  it('tries a renewal again after ten seconds while Vault is away, and goes on with the token meanwhile', async () => {
    const session = open(appRole());
    await session.ask('GET', 'a');
    renewal = 503;
    clock.advance(600_000);
    await untilScheduled();
    expect(clock.nextMs).toBe(10_000);
    await session.ask('GET', 'b');
    renewal = 200;
    clock.advance(10_000);
    await untilScheduled();
    expect(clock.nextMs).toBe(600_000);
    expect(asked.slice(2)).toEqual(['auth/token/renew-self t1', 'b t1', 'auth/token/renew-self t1']);
  });

  it('tries no renewal again that Vault refuses, or that would come after the end: the next question logs in', async () => {
    const hasLoggedIn = (): boolean => asked.some((one) => one.startsWith('auth/approle'));
    for (const [status, leases] of [
      [403, 900],
      [503, 15],
    ] as const) {
      leaseSeconds = [leases];
      const session = open(appRole());
      await session.ask('GET', 'a');
      asked = [];
      renewal = status;
      clock.advance((leases * 2000) / 3);
      await untilAsked(1);
      for (let turn = 0; turn < 100 && !hasLoggedIn(); turn++) await session.ask('GET', 'b');
      expect(hasLoggedIn()).toBe(true);
      session.close();
      expect(clock.nextMs).toBeNull();
    }
  });

  it('asks and renews nothing once it is closed', async () => {
    const session = open(appRole());
    await session.ask('GET', 'a');
    session.close();
    expect(clock.nextMs).toBeNull();
    await expect(session.ask('GET', 'b')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(asked).toHaveLength(2);
  });

  it('leaves alone a token that a login has replaced while its renewal was under way', async () => {
    const session = open(appRole());
    await session.ask('GET', 'a');
    valid.clear();
    clock.advance(600_000);
    // The renewal and the question are both refused; the login that follows is the only one.
    await session.ask('GET', 'b');
    await session.ask('GET', 'c');
    expect(asked.at(-1)).toBe('c t2');
    expect(asked.filter((one) => one.startsWith('auth/approle'))).toHaveLength(2);
    expect(clock.nextMs).toBe(600_000);
  });

  it('a token past its end is not shown any more', async () => {
    leaseSeconds = [10];
    const session = open({ method: 'token', token: file('token', 'own') });
    await session.ask('GET', 'a');
    file('token', 'next');
    valid.add('next');
    // Its renewal fails, and time goes on.
    valid.delete('own');
    clock.advance(10_000);
    await session.ask('GET', 'b');
    expect(asked).not.toContain('b own');
    expect(asked.at(-1)).toBe('b next');
  });

  it('logs in anew where Vault refuses the token, even where the clock was set back since', async () => {
    const session = open(appRole());
    await session.ask('GET', 'a');
    clock.setBack(3_600_000);
    clock.advance(2_000);
    valid.clear();
    await session.ask('GET', 'b');
    expect(asked.at(-1)).toBe('b t2');
  });

  it('what the token does not allow is denied, without a login for each try', async () => {
    const session = open(appRole());
    await expect(session.ask('GET', 'forbidden')).rejects.toMatchObject({ kind: 'denied' });
    expect(asked.length).toBe(2);
    clock.advance(2_000);
    await expect(session.ask('GET', 'forbidden')).rejects.toMatchObject({ kind: 'denied' });
    expect(asked.filter((one) => one.startsWith('auth/approle/login')).length).toBe(2);
  });

  it("the operator's own token is looked at, used and renewed; one that counts no longer leaves what is held alone", async () => {
    const session = open({ method: 'token', token: file('token', 'own\n') });
    await session.ask('GET', 'a');
    expect(asked).toEqual(['auth/token/lookup-self own', 'a own']);
    valid.clear();
    clock.advance(2_000);
    await expect(session.ask('GET', 'b')).rejects.toMatchObject({ kind: 'unavailable', message: /the login failed/ });
    await expect(session.ask('GET', 'b')).rejects.not.toThrow('own');
  });

  it.each(['', 'two\nlines', 'ümlaut', 'x'.repeat(70_000)])(
    'a token that is no line of text is not sent',
    async (text) => {
      await expect(open({ method: 'token', token: file('token', text) }).ask('GET', 'a')).rejects.toThrow(
        'vault.token is empty, too large or not one line',
      );
      expect(asked).toEqual([]);
    },
  );
});

describe("the operator's own token that ends", () => {
  const ENDS = 'the token for Vault ends, and cannot be renewed';

  it('is told of beforehand where it cannot be renewed, once, with what to do', async () => {
    renewable = false;
    const session = open({ method: 'token', token: file('token', 'own') });
    await session.ask('GET', 'a');
    await session.ask('GET', 'b');
    const end = new Date(clock.nowMs() + 900_000).toISOString();
    expect(told).toEqual([
      `warn ${ENDS} ${address}: until ${end}; before then write a new one into the file that vault.token names, which is read by itself`,
    ]);
    valid = new Set(['next']);
    file('token', 'next');
    clock.advance(900_000);
    expect(await session.ask('GET', 'c')).toMatchObject({ data: { path: 'c' } });
    expect(told.length).toBe(2);
  });

  it('is told of when its longest life is near, and not while it is renewed or never ends', async () => {
    leaseSeconds = [900, 900, 100];
    const session = open({ method: 'token', token: file('token', 'own') });
    await session.ask('GET', 'a');
    clock.advance(600_000);
    await untilAsked(3);
    await session.ask('GET', 'a');
    expect(told).toEqual([]);
    clock.advance(600_000);
    await untilAsked(5);
    await untilTold();
    expect(told[0]).toContain(ENDS);
    told.length = 0;
    [leaseSeconds, renewable] = [[0], false];
    await open({ method: 'token', token: file('other', 'own') }).ask('GET', 'a');
    expect(told).toEqual([]);
  });

  it('says when it counts no longer, and where another one goes', async () => {
    valid.clear();
    await expect(open({ method: 'token', token: file('token', 'own') }).ask('GET', 'a')).rejects.toThrow(
      'the token has ended, was revoked or may not look itself up: write a new one into the file that vault.token names',
    );
    const token = { reference: '${env:TOKEN}', reveal: () => 'own' };
    await expect(open({ method: 'token', token }).ask('GET', 'a')).rejects.toThrow(
      'put a new one where vault.token takes it from, and restart',
    );
  });
});

describe('what keeps a login from being made', () => {
  it('tells the setting, why its file cannot be read and what may be written, and not what stands there', async () => {
    const pasted = join(folder, 'hvs.pasted-token');
    const failed = open({ method: 'token', token: pasted }).ask('GET', 'a');
    await expect(failed).rejects.toThrow(
      'the login failed: vault.token cannot be read: there is no such file; write the path of a file with it, ${env:NAME} or ${file:path}',
    );
    await expect(failed).rejects.not.toThrow('pasted');
  });

  it('says what to look at where Vault refuses the login itself', async () => {
    refusesLogins = true;
    await expect(open(appRole()).ask('GET', 'a')).rejects.toThrow(
      /status 400\); see that RoleID and SecretID count, and that the method is mounted at auth\/approle$/,
    );
  });
});

describe('createVaultPool', () => {
  it('refuses authorities in which there is no certificate', () => {
    const ca = file('ca.pem', '-----BEGIN PRIVATE KEY-----\n');
    expect(() => createVaultPool().take({ ...policy({ method: 'token', token: '/a' }), ca })).toThrow(
      `${ca}: there is no certificate in it`,
    );
  });

  it('one session serves all with the same settings, and is closed when the last gave it back', () => {
    let opened = 0;
    let closed = 0;
    const pool = createVaultPool({}, () => {
      opened++;
      return { address, ask: () => Promise.resolve({}), close: () => void closed++ };
    });
    const own = policy({ method: 'token', token: '/a' });
    const [one, two] = [pool.take(own), pool.take({ ...own })];
    const other = pool.take({ ...own, namespace: 'team' });
    expect([opened, one.session === two.session, one.session === other.session]).toEqual([2, true, false]);
    one.release();
    one.release();
    expect(closed).toBe(0);
    two.release();
    expect(closed).toBe(1);
    expect(() => pool.take({ ...own, ca: '/nowhere.pem' })).toThrow('the authorities of Vault cannot be read');
  });
});
