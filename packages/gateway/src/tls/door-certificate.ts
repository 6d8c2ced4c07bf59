import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readCertificate } from './read-certificate.ts';
import { readPemBlocks } from './pem.ts';
import type { TlsFileProblems } from './tls-file-problems.ts';

/** A certificate that the door can show, checked. */
export interface CheckedCertificate {
  /** Host names in lower case; `*.` stands for one label. */
  readonly names: readonly string[];
  /** With its chain, in PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly expiresAtMs: number;
}

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;
const MIN_RSA_BITS = 2048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Checks that certificate and key are a pair that clients will accept: valid now, strong enough, with names. Null where they are not, and the
 * problem says why; a warning comes 30 days before the end. `wanted` names must stand in the certificate; null takes those in it.
 */
export function checkDoorCertificate(
  file: string,
  pem: { readonly certificate: string; readonly key: string },
  wanted: readonly string[] | null,
  nowMs: number,
  problems: TlsFileProblems,
): CheckedCertificate | null {
  const leaf = readLeaf(pem.certificate);
  const key = readKey(pem.key);
  if (leaf === null)
    problems.add(
      file,
      'there is no certificate in it',
      'Name a PEM file: the certificate first, then the chain up to the authority.',
    );
  if (key === null)
    problems.add(
      file,
      'the key that belongs to it is no private key without a passphrase',
      'Name the private key in PEM; decrypt it first where it has a passphrase.',
    );
  if (leaf === null || key === null) return null;
  const refuse = (message: string, hint: string): null => {
    problems.add(file, message, hint);
    return null;
  };
  if (!leaf.x509.checkPrivateKey(key))
    return refuse(
      'certificate and key do not belong together',
      'Name the certificate (with its chain) and the private key that belongs to it.',
    );
  const weakness = weaknessOf(key);
  if (weakness !== null) return refuse(weakness, 'Make a new key: RSA with 2048 bits or more, P-256 or P-384.');
  const expiresAtMs = leaf.x509.validToDate.getTime();
  if (nowMs > expiresAtMs) return refuse('the certificate has expired', 'Renew it.');
  if (nowMs < leaf.x509.validFromDate.getTime())
    return refuse('the certificate is not valid yet', 'Compare the clocks of the authority and of this machine.');
  const own = leaf.fields.dnsNames;
  for (const name of wanted ?? [])
    if (!own.some((has) => covers(has, name)))
      return refuse(`the certificate has no name ${name}`, `It has: ${own.slice(0, 10).join(', ') || 'no DNS name'}.`);
  try {
    createSecureContext({ cert: pem.certificate, key: pem.key });
  } catch {
    return refuse(
      'OpenSSL does not take it',
      'Look for a weak signature (SHA-1), a weak key, or a chain in the wrong order.',
    );
  }
  const days = Math.floor((expiresAtMs - nowMs) / DAY_MS);
  if (days < WARN_DAYS)
    problems.warn(
      file,
      `the certificate expires in ${days} ${days === 1 ? 'day' : 'days'}`,
      'Renew it; the new one is taken without a restart.',
    );
  return { names: wanted ?? own, certificate: pem.certificate, key: pem.key, expiresAtMs };
}

/** True where a name, wildcards included, stands for `host`: a wildcard for one label (RFC 9525, section 6.3), or for itself. */
export function covers(name: string, host: string): boolean {
  if (name === host) return true;
  return (
    name.startsWith('*.') &&
    !host.startsWith('*.') &&
    host.indexOf('.') > 0 &&
    host.slice(host.indexOf('.')) === name.slice(1)
  );
}

function readLeaf(pem: string): ReturnType<typeof readCertificate> {
  try {
    const [first] = readPemBlocks(pem, 'CERTIFICATE');
    return first === undefined ? null : readCertificate(new X509Certificate(first));
  } catch {
    return null;
  }
}

function readKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function weaknessOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss')
    return (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS
      ? `the key has less than ${MIN_RSA_BITS} bits`
      : null;
  if (asymmetricKeyType === 'ec')
    return CURVES.has(asymmetricKeyDetails?.namedCurve ?? '') ? null : 'the key is of a curve that clients do not take';
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448'
    ? null
    : 'the key is of a kind that clients do not take';
}
