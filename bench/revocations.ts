/**
 * What revocations cost a verified token, with none in the store, a thousand and a million: `npm run bench -- revocations` (another number
 * as an argument). CPU microseconds of this process; the store is SQLite.
 */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Principal } from '@sallyport/core';
import { createKeyDirectory } from '../packages/gateway/src/identity/stored-keys/key-directory.ts';
import { createRevocations, type Revocations } from '../packages/gateway/src/identity/revocations/revocations.ts';
import { createStore } from '../packages/gateway/src/store/open-store.ts';
import { revocableTokenPort } from '../packages/gateway/src/identity/revocations/revocable-ports.ts';
import { SYSTEM_CLOCK } from '../packages/gateway/src/clock.ts';
import { tokenRevocationName } from '../packages/gateway/src/identity/revocations/revocation-name.ts';
import { VerifiedTokenCache } from '../packages/gateway/src/identity/verified-token-cache.ts';
import type { Store } from '../packages/gateway/src/store/store-port.ts';
import { cpuMicros } from './measuring.ts';

const TOKENS = 1000;
const CALLS = 1_000_000;

for (const count of [0, 1000, Number(process.argv[2] ?? 1_000_000)]) await measure(count);

async function measure(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const path = join(folder, 'b.db');
  const open = async (): Promise<Store> => {
    const store = createStore({ location: { kind: 'sqlite', path }, key: null, graceMs: 0 });
    await store.open();
    return store;
  };
  const admin = await open();
  fill(path, count);
  console.log(`${count.toLocaleString('en')} revocations`);
  const before = process.memoryUsage().arrayBuffers;
  const startedMs = performance.now();
  const revocations: Revocations = createRevocations({
    clock: SYSTEM_CLOCK,
    isTrusted: () => directory.isTrusted(),
  });
  const directory = createKeyDirectory(await open(), {
    clock: SYSTEM_CLOCK,
    graceMs: 0,
    alongside: (store) => revocations.follow(store),
  });
  await directory.open();
  report('until all are known', performance.now() - startedMs, 'ms');
  report('memory of them', (process.memoryUsage().arrayBuffers - before) / 2 ** 20, 'MiB');

  // Tokens as the cache of verified ones has them: what is left to do with each request.
  const cache = new VerifiedTokenCache();
  const tokens = Array.from(
    { length: TOKENS },
    (_, index) => `${'h'.repeat(60)}.${'p'.repeat(400)}${index}.${'s'.repeat(80)}${index}`,
  );
  for (const [index, token] of tokens.entries())
    cache.set(token, { ok: true, principal: principalOf(index) }, Infinity);
  const plain = {
    verify: (token: string, nowMs: number) => cache.get(token, nowMs) ?? refused,
    invalidate: () => undefined,
  };
  const refused = { ok: false as const, code: 'INTERNAL_FAULT' as const, facts: {} };
  const port = revocableTokenPort(plain, revocations);
  const token = (index: number): string => tokens[index % TOKENS] ?? '';
  time('a verified token, without revocations', CALLS, (index) => plain.verify(token(index), 1));
  time('a verified token, held against them', CALLS, (index) => port.verify(token(index), 1));
  time('the first time, or once after a change', 20_000, (index) =>
    revocations.refuseToken(principalOf(index), token(index), 1),
  );

  directory.start();
  const seenMs: number[] = [];
  for (let round = 0; round < 20; round++) {
    const one = token(round);
    const atMs = performance.now();
    await admin.revoke(
      {
        id: `r${round}`,
        kind: 'token',
        name: tokenRevocationName(one),
        issuer: null,
        value: null,
        reason: null,
        atMs: 1,
        expiresAtMs: null,
      },
      { actor: 'bench', atMs: 1 },
    );
    while ((await port.verify(one, 1)).ok) await turn();
    seenMs.push(performance.now() - atMs);
  }
  report('from revoking until refused, the slowest of 20', Math.max(...seenMs), 'ms');
  await directory.close();
  await admin.close();
  rmSync(folder, { recursive: true, force: true });
}

function principalOf(index: number): Principal {
  return {
    kind: 'token',
    subject: `user ${index}`,
    issuer: 'https://id.example.com/',
    scopes: new Set(),
    roles: [],
    attributes: { jti: `id ${index}`, iat: 1 },
    schemes: ['bearer'],
    keyId: null,
  };
}

/** Straight into the tables: what is measured is not how they got there. */
function fill(path: string, count: number): void {
  const database = new DatabaseSync(path);
  database.exec('BEGIN');
  const insert = database.prepare(
    "INSERT INTO sallyport_revocations (id, kind, name, at, version) VALUES ($id, 'jti', $name, 1, $version)",
  );
  for (let index = 1; index <= count; index++)
    insert.run({ $id: `b${index}`, $name: hash('sha256', `revoked ${index}`, 'hex'), $version: index });
  database
    .prepare("INSERT INTO sallyport_meta (name, value) VALUES ('revocation version', $value)")
    .run({ $value: JSON.stringify({ version: count, rows: count }) });
  database.exec('COMMIT');
  database.close();
}

function time(name: string, calls: number, run: (index: number) => unknown): void {
  report(name, cpuMicros(calls, run), 'µs');
}

function report(name: string, value: number, unit: string): void {
  console.log(`  ${name.padEnd(48)} ${value.toFixed(2)} ${unit}`);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
