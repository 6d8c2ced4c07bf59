import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { curl, answerOf, hasProgram } from './tls-clients.ts';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';
import { createMemoryCounters, loadApi, startGateway } from '@sallyport/gateway';

let door: Door;
afterEach(() => door.close());

const POLICY = `${SMALL_POLICY}listen: { tls: self-signed }\n`;

describe.skipIf(!hasProgram('curl'))('listen.tls: self-signed', () => {
  it('serves localhost, 127.0.0.1 and ::1 with a certificate that curl verifies, and leaves no key to others', async () => {
    door = await openDoor({ document: SMALL_API, policy: POLICY });
    const file = door.gateway.selfSigned?.file ?? '';
    expect(file).toBe(join(door.folder, '.sallyport', 'certificate.pem'));
    const { port } = door.gateway;
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const answer = await curl(`https://${host}:${port}/fast`, [
        '--cacert',
        file,
        '--connect-to',
        `::127.0.0.1:${port}`,
      ]);
      expect([host, answerOf(answer).status]).toEqual([host, 200]);
      // It would make every port of localhost unreachable without TLS, for two years.
      expect(answer.text.toLowerCase()).not.toContain('strict-transport-security');
    }
    expect(
      (await curl(`https://other.example:${port}/fast`, ['--cacert', file, '--connect-to', `::127.0.0.1:${port}`]))
        .code,
    ).toBe(60);
    for (const name of ['certificate.pem', 'key.pem'])
      expect(statSync(join(door.folder, '.sallyport', name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(door.folder, '.sallyport', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is made once', async () => {
    door = await openDoor({ document: SMALL_API, policy: POLICY });
    const made = readFileSync(door.gateway.selfSigned?.file ?? '', 'utf8');
    const again = await startGateway({
      policyFile: join(door.folder, 'sallyport.yaml'),
      overrides: { port: 0 },
      environment: () => undefined,
      watch: false,
      logLine: () => undefined,
    });
    await again.close();
    expect(readFileSync(again.selfSigned?.file ?? '', 'utf8')).toBe(made);
  });

  it('writes nothing for who only looks', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const api = loadApi(
      {
        policyFile: join(door.folder, 'sallyport.yaml'),
        policyText: `api: openapi.json\nupstream: http://127.0.0.1:1\n${POLICY}`,
        overrides: {},
        environment: () => undefined,
      },
      createMemoryCounters(),
    );
    await api.identity.close();
    await api.upstream.close();
    expect(api.listenTls?.certificates[0]?.names[0]).toBe('localhost');
    expect(existsSync(join(door.folder, '.sallyport'))).toBe(false);
  });

  it('tells in the metrics when it ends', async () => {
    door = await openDoor({ document: SMALL_API, policy: POLICY });
    const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    const expiry = Number(
      /^sallyport_tls_certificate_expiry_timestamp_seconds\{name="localhost"\} (\d+)/m.exec(metrics)?.[1],
    );
    expect(expiry * 1000).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  });
});
