import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrometheus } from './prometheus-text.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { startGateway, type Gateway } from '@sallyport/gateway';
import { until } from '../door.ts';
import type { AddressInfo } from 'node:net';

let folder: string;
let gateway: Gateway | null;
let troubles: string[];
const upstream = createServer((_request, response) =>
  response.setHeader('Content-Type', 'application/json').end('{"ok":true}'),
);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'));
  gateway = null;
  troubles = [];
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await gateway?.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function start(destination: string): Promise<Gateway> {
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(SMALL_API));
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    `api: openapi.json\nupstream: http://127.0.0.1:${(upstream.address() as AddressInfo).port}\nadmin: { port: 0 }\nlog: { destination: ${destination} }\n${SMALL_POLICY}`,
  );
  return startGateway({
    policyFile: join(folder, 'sallyport.yaml'),
    overrides: { port: 0 },
    environment: () => undefined,
    watch: false,
    onLogTrouble: (message) => troubles.push(message),
  });
}

async function dropped(of: Gateway): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${of.admin?.port}/metrics`)).text();
  return readPrometheus(text).find(({ name }) => name === 'sallyport_log_lines_dropped_total')?.value ?? -1;
}

describe('where log lines go', () => {
  it('a file in a folder that does not exist refuses to start', async () => {
    await expect(start('nowhere/access.log')).rejects.toMatchObject({
      problems: [
        {
          code: 'LOG_FILE_UNWRITABLE',
          file: join(folder, 'sallyport.yaml'),
          line: 4,
          message: `the log cannot be written to ${join(folder, 'nowhere/access.log')}: there is no such folder`,
        },
      ],
    });
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk stops no exchange, and is said outside the log', async () => {
    gateway = await start('/dev/full');
    for (let i = 0; i < 20; i++) expect((await fetch(`${gateway.url}/fast`)).status).toBe(200);
    await until(() => troubles.length > 0);
    expect((await fetch(`${gateway.url}/fast`)).status).toBe(200);
    expect(troubles).toEqual([
      'the log cannot be written: /dev/full: no space is left; lines wait in 16 MiB of memory at most, and those past it are lost',
    ]);
    expect(await dropped(gateway)).toBe(0);
  });

  it('a file that was moved away is let go at a reload', async () => {
    gateway = await start('access.log');
    const file = join(folder, 'access.log');
    await fetch(`${gateway.url}/fast`);
    await until(() => readFileSync(file, 'utf8').includes('"fast"'));
    renameSync(file, `${file}.1`);
    expect(await gateway.reload()).toBeNull();
    await fetch(`${gateway.url}/empty`);
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('"empty"'));
    expect(readFileSync(`${file}.1`, 'utf8')).not.toContain('"empty"');
  });
});
