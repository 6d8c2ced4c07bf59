import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { openDoor } from '../door.ts';

/** What a public scanner says of the door's own answers. Installed by the test run; without it this is left out. */
const scanner = join(import.meta.dirname, 'node_modules/@mdn/mdn-http-observatory');
const authority = existsSync(scanner) ? createTestAuthority() : null;
afterAll(() => authority?.close());

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Graded', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: { '/': { get: { operationId: 'root', security: [{ key: [] }], responses: { 200: { description: 'ok' } } } } },
};
const POLICY = `listen: { tls: { certificate: cert.pem, key: key.pem }, redirect: 0 }
authentication: { key: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] } }
`;

describe.skipIf(authority === null)('the HTTP Observatory', () => {
  if (authority === null) return;
  it('grades the door, its redirect included, with A+ and nothing that did not pass', async () => {
    const pair = authority.issue('localhost');
    const files = { 'cert.pem': pair.certificate, 'key.pem': pair.key, 'ca.pem': authority.certificate };
    const door = await openDoor({ document: DOCUMENT, policy: POLICY, files });
    try {
      // Browsers' list of preloaded hosts: the scanner fetches it from the network, and none of them is localhost.
      for (const list of ['hsts-preload.json', 'tld-list.json']) {
        const file = join(scanner, 'conf', list);
        if (!existsSync(file)) writeFileSync(file, list === 'tld-list.json' ? '[]' : '{}');
      }
      const ports = [String(door.gateway.redirectPort), String(door.gateway.port)];
      const graded = await run(ports, join(door.folder, 'ca.pem'));
      expect(graded.findings.filter(({ pass }) => !pass)).toEqual([]);
      expect([graded.grade, graded.score]).toEqual(['A+', expect.any(Number)]);
      expect(graded.score).toBeGreaterThanOrEqual(130);
    } finally {
      await door.close();
    }
  });
});

interface Graded {
  readonly grade: string;
  readonly score: number;
  readonly findings: readonly { readonly pass: boolean; readonly result: string }[];
}

function run(ports: readonly string[], ca: string): Promise<Graded> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'grade.ts'), ...ports], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [text, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text) as Graded) : reject(new Error(errors))));
  });
}
