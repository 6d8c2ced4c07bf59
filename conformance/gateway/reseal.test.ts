import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, makeKey } from '@sallyport/gateway';
import { ConfigurationError } from '@sallyport/core';
import { openDoor, type Door } from '../door.ts';
import { BY, newKey } from '../store-under-test.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';
import { testSecret } from '../test-secret.ts';

/** The key of a store changes while two gateways guard an API with it. */
const OLD = 'the old key for tests, long enough';
const NEW = 'the new key for tests, long enough';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Keys', version: '1' },
  paths: {
    '/a': {
      get: { security: [{ key: [] }], responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
    },
  },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
};
const openNode = (store: string, keys: string): Promise<Door> =>
  openDoor({
    document: DOCUMENT,
    policy: `authentication: { key: { keys: store } }\nlimits: []\nstore: { url: ${JSON.stringify(store)}, key: ${keys} }\n`,
    files: { 'old.txt': OLD, 'new.txt': NEW },
  });
const ask = async (door: Door, key: string): Promise<number> =>
  (await fetch(`${door.url}/a`, { headers: { 'X-Key': key } })).status;

function describeChange(name: string, url: () => string): void {
  describe(`a new key for ${name}`, () => {
    it('nobody is refused while it changes, and afterwards the old key is needed by nobody', async () => {
      const where = url();
      const location = where.startsWith('sqlite:')
        ? { kind: 'sqlite' as const, path: where.slice('sqlite:'.length) }
        : { kind: 'postgres' as const, url: testSecret(where) };
      const operator = createStore({ location, key: testSecret(OLD), graceMs: 0 });
      await operator.open();
      const issued: string[] = [];
      for (let index = 0; index < 120; index++) {
        const { text, sha256, hint } = makeKey('test');
        await operator.createKey(newKey({ sha256, hint, roles: [], addresses: [], expiresAtMs: null }), BY);
        issued.push(text);
      }
      await operator.close();
      const before = await openNode(where, 'old.txt');
      expect(await ask(before, issued[0] ?? '')).toBe(200);
      await before.close();

      const nodes = [await openNode(where, '[new.txt, old.txt]'), await openNode(where, '[new.txt, old.txt]')];
      const resealer = createStore({ location, key: testSecret(NEW), olderKeys: [testSecret(OLD)], graceMs: 0 });
      await resealer.open();
      const resealing = resealer.reseal(BY);
      // Keys that no node has in memory yet: each is read from the store meanwhile.
      const answers = await Promise.all(issued.map((key, index) => ask(nodes[index % 2] as Door, key)));
      expect(answers.filter((status) => status !== 200)).toEqual([]);
      expect((await resealing).keys).toBe(120);
      await resealer.close();
      for (const node of nodes) expect(await ask(node, issued[7] ?? '')).toBe(200);
      for (const node of nodes) await node.close();

      const after = await openNode(where, 'new.txt');
      expect(await ask(after, issued[9] ?? '')).toBe(200);
      await after.close();
      const refused: unknown = await openNode(where, 'old.txt').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConfigurationError);
      expect(refused instanceof ConfigurationError && refused.problems[0]).toMatchObject({
        code: 'STORE_KEY',
        message: expect.stringContaining('sallyport store reseal'),
      });
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-reseal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
describeChange('SQLite', () => `sqlite:${join(folder, 'store.db')}`);

const programs = postgresFolder();
describe.skipIf(programs === null)('with a real PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
  });
  afterAll(() => postgres.remove());
  describeChange('PostgreSQL', () => postgres.createDatabase());
});
