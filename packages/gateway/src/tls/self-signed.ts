import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileReason } from '../file-reason.ts';
import { signOwnCertificate } from './sign-own-certificate.ts';
import type { TlsFileProblems } from './tls-file-problems.ts';
import { writeWhole } from '../write-whole.ts';
import { makePrivateFolder } from './private-folder.ts';

/** A certificate for development, with its key. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
const CERTIFICATE = 'certificate.pem';
const KEY = 'key.pem';

/** Where the certificate for development of a policy is kept: beside the policy. */
export function selfSignedFile(folder: string): string {
  return join(folder, '.sallyport', CERTIFICATE);
}

/**
 * The certificate for development that is kept in `folder/.sallyport`, or a new one where there is none, it has expired, is for another
 * machine, or its key is not there. With `keep` a new one is written, for nobody else to read. Throws the system's error where that fails.
 */
export function takeSelfSigned(folder: string, nowMs: number, keep: boolean): SelfSigned {
  const names = ['localhost', ...hostName()];
  const place = join(folder, '.sallyport');
  const kept = readKept(place, names, nowMs);
  if (kept !== null) return kept;
  const made = makeSelfSigned(names, nowMs);
  if (!keep) return made;
  makePrivateFolder(place);
  writeWhole(join(place, KEY), made.key);
  writeWhole(join(place, CERTIFICATE), made.certificate);
  return made;
}

/** The certificate for development, or a problem where it cannot be kept: who trusted it would have to trust another after each start. */
export function takeOrTell(
  options: { readonly folder: string; readonly nowMs: number; readonly makesFiles: boolean },
  found: TlsFileProblems,
): SelfSigned | null {
  try {
    return takeSelfSigned(options.folder, options.nowMs, options.makesFiles);
  } catch (error) {
    found.add(
      selfSignedFile(options.folder),
      `the certificate for development cannot be written: ${fileReason(error)}`,
      'Let this process write beside the policy, or name a certificate and its key under listen.tls.',
    );
    return null;
  }
}

/** This machine's name where it is one that a certificate can have. */
function hostName(): string[] {
  const name = hostname().toLowerCase();
  return name !== 'localhost' &&
    /^(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.){0,20}[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?$/.test(name)
    ? [name]
    : [];
}

function readKept(place: string, names: readonly string[], nowMs: number): SelfSigned | null {
  try {
    const certificate = readFileSync(join(place, CERTIFICATE), 'utf8');
    const key = readFileSync(join(place, KEY), 'utf8');
    const x509 = new X509Certificate(certificate);
    const fits =
      x509.checkPrivateKey(createPrivateKey(key)) && names.every((name) => x509.checkHost(name) !== undefined);
    return fits && nowMs >= x509.validFromDate.getTime() && nowMs < x509.validToDate.getTime() - DAY_MS
      ? { certificate, key }
      : null;
  } catch {
    return null;
  }
}

/** Makes a certificate with a new P-256 key for these DNS names and the loopback addresses. */
export function makeSelfSigned(names: readonly string[], nowMs: number): SelfSigned {
  return signOwnCertificate({
    commonName: 'Sallyport development',
    dnsNames: names,
    addresses: [Buffer.from([127, 0, 0, 1]), Buffer.from([...Array<number>(15).fill(0), 1])],
    fromMs: nowMs - DAY_MS,
    toMs: nowMs + VALID_DAYS * DAY_MS,
  });
}
