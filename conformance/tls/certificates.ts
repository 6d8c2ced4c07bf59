import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of one test's own, made with openssl. */
export interface TestAuthority extends Pair {
  /** Issues for a DNS name or address; `days` may be negative, and then it has expired. */
  issue(name: string, days?: number): Pair;
  close(): void;
}

/** Null where there is no openssl. */
export function createTestAuthority(): TestAuthority | null {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-ca-'));
  const run = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const read = (name: string): Pair => ({
    certificate: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  try {
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    );
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  let serial = 0;
  return {
    ...read('ca'),
    issue(name, days = 90) {
      serial += 1;
      const file = `leaf${serial}`;
      const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS';
      writeFileSync(join(folder, 'ext'), `subjectAltName=${kind}:${name}\n`);
      run(
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.csr`,
        '-subj',
        `/CN=${name}`,
      );
      run(
        'x509',
        '-req',
        '-in',
        `${file}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-set_serial',
        String(serial),
        '-extfile',
        'ext',
        '-out',
        `${file}.pem`,
        '-days',
        String(days),
      );
      return read(file);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
