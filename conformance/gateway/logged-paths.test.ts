import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';

const ok = { 200: { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } } };
const documentOf = (...servers: readonly string[]): object => ({
  openapi: '3.1.0',
  info: { title: 'Based', version: '1' },
  servers: servers.map((url) => ({ url })),
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'thing',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: ok,
      },
    },
  },
});

let door: Door;
afterEach(() => door.close());

async function logged(paths: readonly string[]): Promise<unknown[]> {
  for (const path of paths) await fetch(door.url + path);
  await until(() => door.log.length === paths.length);
  return door.log.map((line) => (line['url'] as { path: string }).path);
}

describe('the path of a record', () => {
  it('is the one that was asked for, base path and all, whether or not something matched', async () => {
    door = await openDoor({ document: documentOf('/v1') });
    expect(await logged(['/v1/things/7', '/v1/nothing', '/v1/things'])).toEqual([
      '/v1/things/{id}',
      '/v1/nothing',
      '/v1/things',
    ]);
  });

  it('has the base path that the request came by, where there are several', async () => {
    door = await openDoor({ document: documentOf('/', '/api', '/api/v2') });
    expect(await logged(['/things/7', '/api/v2/things/7', '/api/things/7', '/things/8'])).toEqual([
      '/things/{id}',
      '/api/v2/things/{id}',
      '/api/things/{id}',
      '/things/{id}',
    ]);
  });
});
