import { randomUUID, X509Certificate } from 'node:crypto';
import type { Policy } from '@sallyport/core';
import { certificateNames, issuerName } from '../../tls/certificate-names.ts';
import { readCertificateFields } from '../../tls/certificate-fields.ts';
import { readPemBlocks } from '../../tls/pem.ts';
import { revocationName, tokenRevocationName } from './revocation-name.ts';
import type { NewRevocation } from '../../store/store-port.ts';

/** What somebody wants to be revoked. */
export type RevocationRequest =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'jti' | 'subject'; readonly value: string; readonly issuer: string | null }
  /** `issuer`: the common name of one of `authorities`; null where there is one alone. */
  | { readonly kind: 'certificate'; readonly serial: string; readonly issuer: string | null }
  | { readonly kind: 'certificate'; readonly pem: string };

/** What a revocation is made against. */
export interface RevocationContext {
  readonly policy: Policy;
  /** The PEM text of the authorities that the policy names for certificates of clients (`readAuthorities`); null where it takes none. */
  readonly authorities: string | null;
  readonly nowMs: number;
  /** When nothing is left to be refused, where the caller knows; a token says it itself. */
  readonly expiresAtMs: number | null;
  readonly reason: string | null;
}

/** A request for a revocation that would take nothing away, or cannot tell what. The message holds no credential. */
export class RevocationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RevocationError';
  }
}

/** The largest clock tolerance of the policy: so long after its `exp` may a token be accepted. */
const TOLERANCE_MS = 300_000;
const MAX_LIFE_MS = 10 * 366 * 86_400_000;

/**
 * Makes the revocation that a request asks for. Throws `RevocationError` where it would take nothing away (an issuer or an authority that the
 * policy does not know: a typing error would leave the credential good without a word), and where no gateway would look.
 */
export function makeRevocation(request: RevocationRequest, context: RevocationContext): NewRevocation {
  const { policy, nowMs, reason } = context;
  if (!followsRevocations(policy))
    throw new RevocationError(
      'no gateway with this policy looks at revocations: write store: { revocations: on } into it',
    );
  const made = {
    id: `rev_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
    kind: request.kind,
    issuer: null,
    value: null,
    reason,
    atMs: nowMs,
    expiresAtMs: context.expiresAtMs,
  };
  if (request.kind === 'token') {
    if (request.token === '' || /[^\x21-\x7e]/.test(request.token))
      throw new RevocationError('the token is empty, or has characters that no token has');
    return {
      ...made,
      name: tokenRevocationName(request.token),
      expiresAtMs: context.expiresAtMs ?? expiryOf(request.token, policy, nowMs),
    };
  }
  if (request.kind === 'certificate') return { ...made, ...certificateOf(request, context) };
  const { kind, value, issuer } = request;
  if (value === '') throw new RevocationError('there is nothing named to revoke');
  const known = issuersOf(policy);
  if (issuer !== null && !known.includes(issuer))
    throw new RevocationError(`the policy has no such issuer; these are: ${known.join(', ')}`);
  return { ...made, issuer, value, name: revocationName(kind, issuer ?? '', value) };
}

/** True where gateways with this policy hold credentials against the revocations in the store. */
function followsRevocations({ store, authentication, admin }: Policy): boolean {
  return (
    store !== undefined &&
    store.revocations !== 'off' &&
    (store.revocations === 'on' ||
      admin?.api === 'on' ||
      [...authentication.values()].some(
        (entry) => entry.kind === 'login' || (entry.kind === 'api-key' && entry.keys.from === 'store'),
      ))
  );
}

/** Who vouches for principals: issuers of tokens, and security schemes for everything else. */
function issuersOf({ authentication }: Policy): readonly string[] {
  const issuers = new Set<string>();
  for (const [scheme, entry] of authentication)
    for (const one of entry.kind === 'issuers' ? entry.entries : [entry])
      issuers.add(
        (one.kind === 'jwt' || one.kind === 'introspection' || one.kind === 'login' ? one.issuer : null) ?? scheme,
      );
  return [...issuers];
}

/** When the token can no longer be accepted. Of an introspected one its issuer's answer decides, whatever stands in it. */
function expiryOf(token: string, { authentication }: Policy, nowMs: number): number | null {
  const introspects = [...authentication.values()].some(
    (entry) =>
      entry.kind === 'introspection' ||
      (entry.kind === 'issuers' && entry.entries.some(({ kind }) => kind === 'introspection')),
  );
  const parts = token.split('.', 4);
  if (introspects || parts.length !== 3) return null;
  try {
    const claims = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString()) as { readonly exp?: unknown } | null;
    const exp = claims?.exp;
    if (typeof exp !== 'number' || !(exp * 1000 < nowMs + MAX_LIFE_MS)) return null;
    return Math.max(exp * 1000, nowMs) + TOLERANCE_MS;
  } catch {
    return null;
  }
}

function certificateOf(
  request: Extract<RevocationRequest, { kind: 'certificate' }>,
  { authorities }: RevocationContext,
): Pick<NewRevocation, 'issuer' | 'value' | 'name'> {
  const leaf = 'pem' in request ? readLeaf(request.pem) : null;
  const serial = 'pem' in request ? '' : readSerialNumber(request.serial);
  if (authorities === null)
    throw new RevocationError(
      'the policy takes no certificate of a client: it names no authorities in listen.tls.clientCertificates, listen.forwardedCertificates or admin.tls.clientCertificates',
    );
  const found = readCertificates(authorities).map((x509) => {
    const { subject, commonNames } = readCertificateFields(x509.raw);
    return { x509, subject, name: commonNames[0] ?? shown(x509.subject) };
  });
  const names = [...new Set(found.map(({ name }) => name))].join(', ');
  if (leaf !== null) {
    // What nobody names is let in nowhere, so its revocation would never be looked up.
    if (!found.some(({ subject }) => subject === readCertificateFields(leaf.raw).issuer))
      throw new RevocationError(
        `the certificate in the file was issued by ${shown(leaf.issuer)}, which the policy does not name, so it is let in nowhere and its revocation would never count; named are: ${names}. Where another policy names its authority, run the command with that one`,
      );
    const of = certificateNames(leaf);
    return {
      issuer: shown(leaf.issuer),
      value: of.serial,
      name: revocationName('certificate', of.issuer, of.serial),
    };
  }
  const asked = 'issuer' in request ? request.issuer : null;
  const fitting = asked === null ? found : found.filter(({ name }) => name === asked);
  const subjects = new Set(fitting.map(({ subject }) => subject));
  const [only] = fitting;
  if (only === undefined || subjects.size > 1)
    throw new RevocationError(
      `${only === undefined ? 'no authority has this name' : 'several authorities issue certificates, and each counts for itself'}; name one of: ${names}`,
    );
  return {
    issuer: shown(only.x509.subject),
    value: serial,
    name: revocationName('certificate', issuerName(only.subject), serial),
  };
}

/** The first certificate of a file: one of a client, for no other is looked up in the revocations. */
function readLeaf(pem: string): X509Certificate {
  const [leaf] = readCertificates(pem);
  if (leaf === undefined) throw new RevocationError('there is no certificate in the file');
  if (leaf.ca)
    throw new RevocationError(
      `the certificate in the file, ${shown(leaf.subject)}, is one of an authority, and what counts here are those of clients: take it out of the file of authorities that the policy names, or put it into the revocation list of the authority above it`,
    );
  return leaf;
}

/** As DER has it: whole bytes, in upper case. */
function readSerialNumber(written: string): string {
  const serial = written
    .replaceAll(/^0x|[:\s]/gi, '')
    .replace(/^0+(?=.)/, '')
    .toUpperCase();
  if (!/^[0-9A-F]{1,64}$/.test(serial))
    throw new RevocationError('a serial number is written in hexadecimal, as openssl x509 -noout -serial prints it');
  return serial.length % 2 === 1 ? `0${serial}` : serial;
}

function readCertificates(pem: string): X509Certificate[] {
  try {
    return readPemBlocks(pem, 'CERTIFICATE').map((der) => new X509Certificate(der));
  } catch (cause) {
    throw new RevocationError('a certificate cannot be read', { cause });
  }
}

function shown(name: string): string {
  return name.replaceAll('\n', ', ');
}
