import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { DER, writeElement } from '../der.ts';
import { signOwnCertificate, writeExtension } from '../sign-own-certificate.ts';
import type { AcmeSettings } from './certificate-renewal.ts';

/** The protocol that an authority asks for in ALPN, and nobody else (RFC 8737, section 3). */
export const ACME_TLS = 'acme-tls/1';

const PATH = '/.well-known/acme-challenge/';
const DAY_MS = 86_400_000;

/** What is answered to a plain request for `target` (RFC 8555, section 8.3); null where that is no challenge under way. */
export function httpChallenge(acme: AcmeSettings | null, target: string): string | null {
  if (acme?.policy.challenge !== 'http-01' || !target.startsWith(PATH)) return null;
  const token = target.slice(PATH.length);
  return /^[\w-]{16,256}$/.test(token) ? (acme.storage.challenge('token', token)?.keyAuthorization ?? null) : null;
}

/**
 * The certificate that proves `name` to an authority (RFC 8737, section 3): self-signed, with the digest of what was agreed on. Null where no
 * challenge for that name is under way, so that strangers who ask for it cost nothing.
 */
export function tlsChallenge(acme: AcmeSettings | null, name: string): SecureContext | null {
  const domain = name.toLowerCase();
  if (acme?.policy.challenge !== 'tls-alpn-01' || !acme.policy.domains.includes(domain)) return null;
  const challenge = acme.storage.challenge('domain', domain);
  if (challenge === null) return null;
  const digest = createHash('sha256').update(challenge.keyAuthorization).digest();
  const nowMs = Date.now();
  const { certificate, key } = signOwnCertificate({
    commonName: 'Sallyport ACME challenge',
    dnsNames: [domain],
    addresses: [],
    fromMs: nowMs - DAY_MS,
    toMs: nowMs + DAY_MS,
    extensions: [writeExtension('1.3.6.1.5.5.7.1.31', true, writeElement(DER.OCTET_STRING, digest))],
  });
  return createSecureContext({ cert: certificate, key });
}
