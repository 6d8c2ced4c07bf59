import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type {
  CertificatePart,
  CertificatePolicy,
  CertificatePort,
  CredentialResult,
  Policy,
  Principal,
} from '@sallyport/core';
import type { ClientStatuses } from './ocsp/client-statuses.ts';
import { checkClientCertificate, questionsAbout, type ClientTrust, type TrustResult } from './client-trust.ts';
import { readCertificate } from './read-certificate.ts';
import type { CertificateFields } from './certificate-fields.ts';
import { certificateNames } from './certificate-names.ts';
import type { Revocations } from '../identity/revocations/revocations.ts';
import { ForwardedCertificate } from './forwarded-certificate.ts';
import { readPemBlocks } from './pem.ts';

/** The certificate that a client showed. What it sent along is not looked at. */
export interface ShownCertificate {
  readonly leaf: X509Certificate;
  /** Why OpenSSL did not believe it in the handshake; null where it did. */
  readonly handshakeError: string | null;
}

/** A connection that nobody opened, for `sallyport explain`: it shows the first certificate of a PEM text. */
export class ImaginedConnection {
  readonly shown: ShownCertificate;

  constructor(pem: string) {
    const [leaf] = readPemBlocks(pem, 'CERTIFICATE').map((der) => new X509Certificate(der));
    if (leaf === undefined) throw new Error('there is no certificate in it');
    this.shown = { leaf, handshakeError: null };
  }
}

/** What was shown on a connection; null for nothing. */
function shownOn(connection: object | null): ShownCertificate | null {
  if (connection instanceof ImaginedConnection) return connection.shown;
  if (connection instanceof ForwardedCertificate)
    return connection.leaf === null ? null : { leaf: connection.leaf, handshakeError: null };
  if (!(connection instanceof TLSSocket)) return null;
  const leaf = connection.getPeerX509Certificate();
  if (leaf === undefined) return null;
  const error = connection.authorizationError as unknown;
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return { leaf, handshakeError: connection.authorized ? null : reason };
}

/** Checks what is shown on connections against one set of authorities and lists; a connection is looked at again when time may have changed the answer. */
export class CertificateChecker {
  readonly #trust: ClientTrust;
  readonly #known = new WeakMap<object, TrustResult>();

  constructor(trust: ClientTrust) {
    this.#trust = trust;
  }

  /** Whom it believes. */
  get trust(): ClientTrust {
    return this.#trust;
  }

  /** The answers of responders that this is decided by; null where none is asked. */
  get statuses(): ClientStatuses | null {
    return this.#trust.statuses ?? null;
  }

  /** Has what a responder says of the certificate of this connection ready for `check`; at once where none is asked. Never rejects. */
  async prepare(connection: object, nowMs: number): Promise<void> {
    const { statuses } = this;
    const shown = statuses === null ? null : shownOn(connection);
    if (statuses === null || shown === null || shown.handshakeError !== null) return;
    await Promise.all(
      questionsAbout(this.#trust, shown.leaf, nowMs).map(({ certificate, issuer }) =>
        statuses.refresh(certificate, issuer, nowMs),
      ),
    );
  }

  /** Null where nothing was shown. */
  check(connection: object | null, nowMs: number): (ShownCertificate & { readonly result: TrustResult }) | null {
    const shown = shownOn(connection);
    if (shown === null || connection === null) return null;
    let result = this.#known.get(connection);
    if (result === undefined || nowMs > result.untilMs) {
      result = checkClientCertificate(this.#trust, shown.leaf, nowMs);
      // OpenSSL knows more than the check here does, such as name constraints; what it refused is refused.
      if (result.code === null && shown.handshakeError !== null)
        result = { ...result, code: 'AUTHN_CERTIFICATE_UNTRUSTED' };
      this.#known.set(connection, result);
    }
    return { ...shown, result };
  }
}

/** What ports ask of a checker. */
export type CertificateChecks = Pick<CertificateChecker, 'check' | 'statuses'>;

/** Holds certificates that a proxy passed on to other authorities than those of handshakes; null where only the one or the other is asked for. */
export function chooseChecker(
  direct: CertificateChecker | null,
  forwarded: CertificateChecker | null,
): CertificateChecks | null {
  if (direct === null || forwarded === null) return direct ?? forwarded;
  return {
    get statuses() {
      return direct.statuses;
    },
    check: (connection, nowMs) =>
      (connection instanceof ForwardedCertificate ? forwarded : direct).check(connection, nowMs),
  };
}

/** The ports of all schemes that prove by certificate. */
export function createCertificatePorts(
  policy: Pick<Policy, 'authentication'>,
  checker: CertificateChecks,
  revocations: Revocations | null = null,
): ReadonlyMap<string, CertificatePort> {
  const ports = new Map<string, CertificatePort>();
  for (const [scheme, entry] of policy.authentication)
    if (entry.kind === 'certificate') ports.set(scheme, createPort(scheme, entry, checker, revocations));
  return ports;
}

function createPort(
  scheme: string,
  entry: CertificatePolicy,
  checker: CertificateChecks,
  revocations: Revocations | null,
): CertificatePort {
  const principals = new WeakMap<object, CredentialResult>();
  return {
    check(connection, nowMs) {
      if (connection instanceof ForwardedCertificate && connection.leaf === null)
        return { ok: false, code: 'AUTHN_CERTIFICATE_UNTRUSTED', facts: { forwarded: 'the header is malformed' } };
      const shown = checker.check(connection, nowMs);
      if (shown === null || connection === null) return null;
      const { code, facts } = shown.result;
      if (code !== null)
        return {
          ok: false,
          code,
          facts: shown.handshakeError === null ? (facts ?? {}) : { handshake: shown.handshakeError },
        };
      let mapped = principals.get(connection);
      if (mapped === undefined) {
        mapped = toPrincipal(scheme, entry, shown.leaf);
        principals.set(connection, mapped);
      }
      if (!mapped.ok || revocations === null) return mapped;
      return (
        revocations.refuseCertificate(connection, () => certificateNames(shown.leaf), nowMs) ??
        revocations.refusePrincipal(mapped.principal, shown.leaf.validFromDate.getTime(), nowMs) ??
        mapped
      );
    },
  };
}

const NAMES: Readonly<Record<CertificatePart, (fields: CertificateFields) => readonly string[]>> = {
  CN: ({ commonNames }) => commonNames,
  O: ({ organisations }) => organisations,
  OU: ({ units }) => units,
  'SAN:URI': ({ uris }) => uris,
  'SAN:email': ({ emails }) => emails,
  'SAN:dns': ({ dnsNames }) => dnsNames,
};

/** Maps a believed certificate to a principal. Of several names none is taken: which one counts would be for the client to choose. */
function toPrincipal(scheme: string, entry: CertificatePolicy, leaf: X509Certificate): CredentialResult {
  const read = readCertificate(leaf);
  const names = read === null ? [] : NAMES[entry.subject](read.fields);
  const [subject] = names;
  const refuse = (reason: string): CredentialResult => ({
    ok: false,
    code: 'AUTHN_CERTIFICATE_SUBJECT',
    facts: { reason },
  });
  if (read === null || subject === undefined || subject === '')
    return refuse(`the certificate has no ${entry.subject}`);
  if (names.length > 1) return refuse(`the certificate has more than one ${entry.subject}`);
  const own = entry.allowed?.get(subject);
  if (entry.allowed !== null && own === undefined) return refuse('the subject is not among those allowed');
  const principal: Principal = Object.freeze({
    kind: 'certificate',
    subject,
    issuer: scheme,
    scopes: new Set([...entry.scopes, ...(own?.scopes ?? [])]),
    roles: [...new Set([...entry.roles, ...(own?.roles ?? []), ...mappedRoles(entry, read.fields)])],
    attributes: Object.freeze({
      serialNumber: leaf.serialNumber,
      fingerprint256: leaf.fingerprint256,
      expires: leaf.validToDate.toISOString(),
      names: Object.freeze([
        ...(read?.fields.dnsNames ?? []),
        ...(read?.fields.uris ?? []),
        ...(read?.fields.emails ?? []),
      ]),
    }),
    schemes: [scheme],
    keyId: leaf.serialNumber,
  });
  return { ok: true, principal };
}

/** The roles that the certificate's parts stand for; a part that stands several times counts each time, as the authority vouches for all of it. */
function mappedRoles({ rolesFrom }: CertificatePolicy, fields: CertificateFields): string[] {
  return [...(rolesFrom ?? [])].flatMap(([part, byValue]) =>
    NAMES[part](fields).flatMap((value) => byValue.get(value) ?? []),
  );
}
