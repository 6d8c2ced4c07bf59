import { readFileSync } from 'node:fs';
import type { ConfigurationProblem, Policy } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import type { UpstreamTls } from '../wire/http1-upstream.ts';

/** Reads PEM files and remembers them: a certificate that is renewed on disk is loaded again. */
export interface PemReader {
  readonly files: string[];
  readonly problems: ConfigurationProblem[];
  read(path: string, setting: string): string;
}

export function createPemReader(): PemReader {
  const files: string[] = [];
  const problems: ConfigurationProblem[] = [];
  return {
    files,
    problems,
    read(path, setting) {
      files.push(path);
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        problems.push({
          code: 'POLICY_UNREADABLE',
          file: path,
          line: 0,
          column: 0,
          path: '',
          message: `${setting} cannot be read: ${fileReason(error)}`,
          hint: 'Name a PEM file that this process may read.',
        });
        return '';
      }
    },
  };
}

/** What TLS towards the upstream needs, of its files. */
export function readUpstreamTls(policy: Policy, pem: PemReader): UpstreamTls {
  const { ca, certificate, key } = policy.upstream.tls;
  return {
    ca: ca === null ? null : pem.read(ca, 'upstream.tls.ca'),
    certificate: certificate === null ? null : pem.read(certificate, 'upstream.tls.certificate'),
    key: typeof key === 'string' ? pem.read(key, 'upstream.tls.key') : (key?.reveal() ?? null),
  };
}
