/**
 * What a stored API key costs a request, with a thousand keys in the store and with a million:
 * `npm run bench -- keys` (another number of keys as an argument). CPU microseconds of this process; the store is SQLite.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { createKeyDirectory } from '../packages/gateway/src/identity/stored-keys/key-directory.ts';
import { createStore } from '../packages/gateway/src/store/open-store.ts';
import { makeKey } from '../packages/gateway/src/identity/stored-keys/key-text.ts';
import { SYSTEM_CLOCK } from '../packages/gateway/src/clock.ts';
import type { NewKey, Store } from '../packages/gateway/src/store/store-port.ts';
import { cpuMicros } from './measuring.ts';

const BY = { actor: 'bench', atMs: 0 };
const IN_USE = 1000;
const CALLS = 300_000;

for (const count of [1000, Number(process.argv[2] ?? 1_000_000)]) await measure(count);

async function measure(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const open = async (): Promise<Store> => {
    const store = createStore({ location: { kind: 'sqlite', path: join(folder, 'b.db') }, key: null, graceMs: 0 });
    await store.open();
    return store;
  };
  const admin = await open();
  const texts = Array.from({ length: Math.min(count, 20_000) }, () => makeKey('bench').text);
  for (let from = 0; from < count; from += 20_000) {
    const keys = Array.from({ length: Math.min(20_000, count - from) }, (_, index) =>
      keyOf(`k${from + index}`, from === 0 ? (texts[index] ?? '') : `imported ${from + index}`),
    );
    await admin.importKeys(keys, BY);
  }
  console.log(`${count.toLocaleString('en')} keys`);
  const before = process.memoryUsage();
  const startedMs = performance.now();
  const directory = createKeyDirectory(await open(), { clock: SYSTEM_CLOCK, graceMs: 0 });
  await directory.open();
  const loadMs = performance.now() - startedMs;
  const { arrayBuffers } = process.memoryUsage();
  report('until all are known', loadMs, 'ms');
  report('memory of the digests', (arrayBuffers - before.arrayBuffers) / 2 ** 20, 'MiB');
  const { lookup } = directory.port('key');
  const unknown = Array.from({ length: IN_USE }, () => makeKey('bench').text);
  const wrong = unknown.map((text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'));
  for (const text of texts.slice(0, IN_USE)) await lookup(text, 1);
  time('a key in use', (index) => lookup(texts[index % IN_USE] ?? '', 1));
  time('a made-up key with a right checksum', (index) => lookup(unknown[index % IN_USE] ?? '', 1));
  time('a made-up key with a wrong checksum', (index) => lookup(wrong[index % IN_USE] ?? '', 1));
  const cold = texts.slice(IN_USE, IN_USE + 10_000);
  if (cold.length > 0) {
    const coldMs = performance.now();
    for (const text of cold) await lookup(text, 1);
    report('the first use of a key (wall clock)', ((performance.now() - coldMs) * 1000) / cold.length, 'µs');
  }
  directory.start();
  const seenMs: number[] = [];
  for (let round = 0; round < 20; round++) {
    const { text } = makeKey('bench');
    const key = keyOf(`r${round}`, text);
    await admin.createKey(key, BY);
    while (!(await lookup(text, 1)).ok) await turn();
    const atMs = performance.now();
    await admin.revokeKey(key.id, BY);
    while ((await lookup(text, 1)).ok) await turn();
    seenMs.push(performance.now() - atMs);
  }
  report('from revoking until refused, the slowest of 20', Math.max(...seenMs), 'ms');
  await directory.close();
  await admin.close();
  rmSync(folder, { recursive: true, force: true });
}

function keyOf(id: string, text: string): NewKey {
  return {
    id,
    sha256: hash('sha256', text, 'hex'),
    scheme: 'key',
    hint: null,
    owner: 'o',
    contact: null,
    subject: 's',
    scopes: ['a:read'],
    roles: [],
    addresses: [],
    attributes: {},
    createdAtMs: 0,
    expiresAtMs: null,
    replaces: null,
  };
}

function time(name: string, run: (index: number) => unknown): void {
  report(name, cpuMicros(CALLS, run), 'µs');
}

function report(name: string, value: number, unit: string): void {
  console.log(`  ${name.padEnd(48)} ${value.toFixed(2)} ${unit}`);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
