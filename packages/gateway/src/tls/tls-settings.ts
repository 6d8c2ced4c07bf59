import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { CheckedCertificate } from './door-certificate.ts';
import type { DoorTls } from './load-door-tls.ts';

/** TLS 1.3, then TLS 1.2 with authenticated encryption and an ephemeral key exchange alone: what was recorded stays closed when a key is lost. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The first is the hybrid of X25519 with ML-KEM: what is recorded today is not for tomorrow's quantum computers to read. */
const GROUPS = 'X25519MLKEM768:X25519:P-256:P-384';

/** No SHA-1. */
const SIGNATURES = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'ed25519',
  'ed448',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
].join(':');

/** What a handshake with this certificate is made of. `authorities` (PEM) are those whose certificates are asked for. */
export function secureContextOptions(
  { certificate, key }: CheckedCertificate,
  authorities: string | null,
): SecureContextOptions {
  // A client that makes the server begin anew costs it more than itself (CVE-2011-1473); compression tells secrets by its length (CRIME).
  let secureOptions = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION;
  // A resumed session is believed on the word of an earlier handshake: who shows a certificate proves each time to have its key.
  if (authorities !== null) secureOptions |= constants.SSL_OP_NO_TICKET;
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
    sigalgs: SIGNATURES,
    honorCipherOrder: true,
    secureOptions,
    ...(authorities === null ? {} : { ca: authorities, allowPartialTrustChain: true }),
  };
}

/** The context of the first certificate, which is also where the settings of every connection come from. */
export function defaultContext({ certificates, clients }: DoorTls): SecureContextOptions {
  return secureContextOptions(certificates[0] as CheckedCertificate, clients?.authorities ?? null);
}
