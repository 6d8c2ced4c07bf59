import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '@sallyport/core';
import { openDoor, until, type Door } from '../door.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';

let door: Door | null = null;
afterEach(async () => {
  await door?.close();
  door = null;
});

/** A door whose upstream is, from now on, what `upstream` makes of its own port. */
async function turnAround(upstream: (port: number) => string, settings = ''): Promise<Door> {
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY + settings,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  const { gateway, folder } = door;
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    `api: openapi.json\nupstream: ${upstream(gateway.port)}\nadmin: { port: 0 }\n${SMALL_POLICY}${settings}`,
  );
  expect(await gateway.reload()).toBeNull();
  return door;
}

describe('an upstream that is the door itself', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('at %s keeps it from starting', async (host) => {
    const listen = host === '[::1]' ? "listen: { host: '::1' }\n" : '';
    const starting = openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY + listen,
      port: 8443,
      upstreamUrl: `'http://${host}:8443'`,
    });
    const error = await starting.then(
      (opened) => opened.close().then(() => null),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    const { problems, warnings } = error as ConfigurationError;
    expect(problems).toMatchObject([{ code: 'POLICY_UPSTREAM_LOOP', line: 2, path: '/upstream' }]);
    expect(warnings.map(({ code }) => code)).not.toContain('POLICY_UPSTREAM_LOOP');
  });

  it.each(['http://api.example', 'https://api.example', 'http://127.0.0.1'])(
    'is found when the connection to %s stands: UPSTREAM_LOOP, and the request comes in once',
    async (origin) => {
      const { url, log } = await turnAround((port) => `${origin}:${port}`);
      const response = await fetch(`${url}/fast`);
      expect([response.status, await response.json()]).toMatchObject([508, { code: 'UPSTREAM_LOOP' }]);
      const exchanges = (): Record<string, unknown>[] =>
        log.filter((line) => line['event.dataset'] === 'sallyport.access');
      await until(() => exchanges().length > 0);
      expect(exchanges().map((line) => detailOf(line)['code'])).toEqual(['UPSTREAM_LOOP']);
      expect(detailOf(exchanges()[0])['facts']).toMatchObject({
        cause: expect.stringMatching(/:\d+ is where the door itself listens$/),
      });
    },
  );

  it('is found where all addresses of the machine are listened at', async () => {
    const { gateway } = await turnAround(
      (port) => `http://api.example:${port}`,
      "listen: { host: '0.0.0.0', tls: off }\n",
    );
    expect((await fetch(`http://127.0.0.1:${gateway.port}/fast`)).status).toBe(508);
  });
});
