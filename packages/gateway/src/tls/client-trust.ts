import type { X509Certificate } from 'node:crypto';
import type { Code } from '@sallyport/core';
import { CERTIFICATE_SIGN, CLIENT_PURPOSE, DIGITAL_SIGNATURE } from './certificate-fields.ts';
import type { ClientStatuses, KnownStatus } from './ocsp/client-statuses.ts';
import { counts, type IssuerLists } from './issuer-lists.ts';
import { keyName, nameOf, readCertificate, type ReadCertificate } from './read-certificate.ts';
import type { RevocationList } from './revocation-list.ts';

/** Whom to believe. */
export interface ClientTrust {
  readonly authorities: readonly ReadCertificate[];
  /** The lists of each authority, by its public key; null where revocation is not asked for. */
  readonly lists: ReadonlyMap<string, IssuerLists> | null;
  /** What responders said of clients' certificates; null or absent where none is asked. */
  readonly statuses?: ClientStatuses | null;
}

/** Null: the certificate may be believed until `untilMs`. A code holds until `untilMs` too. */
export interface TrustResult {
  readonly code: Code | null;
  readonly untilMs: number;
  /** Why nobody can tell whether it was revoked, of the list and of the responder; for the operator. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** The certificate, its issuer and those above, as far as they are named; or why it is not believed whatever was revoked. */
type Examined = { readonly path: readonly [ReadCertificate, ReadCertificate, ...ReadCertificate[]] } | TrustResult;

/** How many authorities above the issuer are looked at, each vouching for the one before. */
const MAX_ABOVE = 8;

/**
 * Checks a client's certificate (RFC 5280, section 6): issued by one of the authorities, with signature, validity and key usage that hold; then
 * purpose, validity and revocation. The issuer must be named itself: what clients send along with their certificate is not looked at, so there
 * is always a list to look it up in. Name constraints and policies are not looked at: the handshake does.
 */
export function checkClientCertificate(trust: ClientTrust, leaf: X509Certificate, nowMs: number): TrustResult {
  const examined = examine(trust, leaf, nowMs);
  return 'path' in examined ? checkRevocation(trust, examined.path, nowMs, nextChange(examined.path, nowMs)) : examined;
}

/** The certificates of a path that a responder is to be asked about, each with its issuer; none for a certificate that is not good whatever was revoked. */
export function questionsAbout(
  trust: ClientTrust,
  leaf: X509Certificate,
  nowMs: number,
): readonly { readonly certificate: X509Certificate; readonly issuer: ReadCertificate }[] {
  const examined = examine(trust, leaf, nowMs);
  if (!('path' in examined)) return [];
  const { path } = examined;
  return path.slice(1).flatMap((issuer, i) => {
    const certificate = (path[i] as ReadCertificate).x509;
    return i === 0 || trust.statuses?.asksAbout(certificate) === true ? [{ certificate, issuer }] : [];
  });
}

function examine(trust: ClientTrust, leaf: X509Certificate, nowMs: number): Examined {
  const first = readCertificate(leaf);
  const issuer = first === null || first.fields.unknownCritical ? null : issuerOf(first, trust.authorities, nowMs);
  if (first === null || issuer === null)
    return { code: 'AUTHN_CERTIFICATE_UNTRUSTED', untilMs: nextChange(trust.authorities, nowMs) };
  const { purposes, keyUsage } = first.fields;
  // A certificate of an authority signs certificates: as a client it would be everybody whom it could name.
  if (
    leaf.ca ||
    (purposes !== null && !purposes.includes(CLIENT_PURPOSE)) ||
    (keyUsage !== null && (keyUsage & DIGITAL_SIGNATURE) === 0)
  )
    return { code: 'AUTHN_CERTIFICATE_PURPOSE', untilMs: nextChange([issuer], nowMs) };
  const begins = leaf.validFromDate.getTime();
  if (nowMs < begins) return { code: 'AUTHN_CERTIFICATE_NOT_YET_VALID', untilMs: begins };
  if (nowMs > leaf.validToDate.getTime())
    return { code: 'AUTHN_CERTIFICATE_EXPIRED', untilMs: nextChange([issuer], nowMs) };
  return { path: [first, issuer, ...above(issuer, trust.authorities, nowMs)] };
}

/** Every certificate but the last is looked up in the list of the one after it, and what a responder said counts as well: of the first, and of each authority that names one. */
function checkRevocation(
  { lists, statuses = null }: ClientTrust,
  path: readonly [ReadCertificate, ReadCertificate, ...ReadCertificate[]],
  nowMs: number,
  untilMs: number,
): TrustResult {
  let until = untilMs;
  let facts: Record<string, string> | null = null;
  for (const [i, issuer] of path.slice(1).entries()) {
    const { x509, fields } = path[i] as ReadCertificate;
    const status = statuses !== null && (i === 0 || statuses.asksAbout(x509)) ? statuses.of(x509, nowMs) : null;
    if (status?.state === 'revoked') return { code: 'AUTHN_CERTIFICATE_REVOKED', untilMs: status.untilMs };
    if (status?.state === 'unknown') facts ??= { responder: 'it does not know the certificate' };
    const listed = lists?.get(keyName(issuer.x509));
    if (listed?.isRevoked(fields.serial, nowMs) === true)
      return { code: 'AUTHN_CERTIFICATE_REVOKED', untilMs: Infinity };
    const list = listed?.at(nowMs);
    if (listed !== undefined && list !== undefined && counts(list, nowMs))
      until = Math.min(until, list.nextUpdateMs, listed.nextBeginMs(nowMs));
    else if (status?.state === 'good') until = Math.min(until, status.untilMs);
    else if (status !== null && statuses?.policy.policy === 'soft') until = nowMs;
    else if (lists !== null || status !== null) facts ??= whyUnknown(lists !== null, list, issuer, status);
  }
  return facts === null ? { code: null, untilMs: until } : { code: 'AUTHN_REVOCATION_UNKNOWN', untilMs: nowMs, facts };
}

/** Every refused request would find out anew, so it is told with each: what the list lacks, and what came of asking. */
function whyUnknown(
  listed: boolean,
  list: RevocationList | undefined,
  { x509 }: ReadCertificate,
  status: KnownStatus | null,
): Record<string, string> {
  const of = nameOf(x509);
  return {
    ...(listed && list === undefined ? { list: `there is none of ${of}` } : {}),
    ...(list === undefined
      ? {}
      : { list: `that of ${of} counts from ${timeOf(list.thisUpdateMs)} to ${timeOf(list.nextUpdateMs)}` }),
    ...(status === null ? {} : { responder: status.failure ?? 'it has not answered yet' }),
  };
}

/** When the validity of one of them begins or ends next. */
function nextChange(certificates: readonly ReadCertificate[], nowMs: number): number {
  const times = certificates.flatMap(({ x509 }) => [x509.validFromDate.getTime(), x509.validToDate.getTime()]);
  return Math.min(...times.filter((time) => time >= nowMs), Infinity);
}

/** Those above an authority as far as they are named too: what they have revoked is not to be believed because it is named. */
function above(issuer: ReadCertificate, authorities: readonly ReadCertificate[], nowMs: number): ReadCertificate[] {
  const found: ReadCertificate[] = [];
  let current = issuer;
  while (found.length < MAX_ABOVE && current.fields.subject !== current.fields.issuer) {
    const next = issuerOf(current, authorities, nowMs);
    if (next === null) break;
    found.push(next);
    current = next;
  }
  return found;
}

/** The authority that issued a certificate, or null. Several may have one name; the signature tells them apart. */
function issuerOf(
  issued: ReadCertificate,
  authorities: readonly ReadCertificate[],
  nowMs: number,
): ReadCertificate | null {
  const isIssuer = ({ x509, fields }: ReadCertificate): boolean =>
    fields.subject === issued.fields.issuer &&
    (fields.keyUsage === null || (fields.keyUsage & CERTIFICATE_SIGN) !== 0) &&
    nowMs >= x509.validFromDate.getTime() &&
    nowMs <= x509.validToDate.getTime() &&
    issued.x509.checkIssued(x509) &&
    issued.x509.verify(x509.publicKey);
  return authorities.find(isIssuer) ?? null;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
