import { oncePer } from '@sallyport/core';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * SHA-256 of the DER of the certificate that a client proved on this connection, in base64url without padding (RFC 8705, section 3.1): what a
 * token's `cnf.x5t#S256` is held against. Null without TLS, without a certificate, and where the handshake did not accept it.
 */
export const certificateThumbprint = oncePer((socket: Duplex) =>
  isTls(socket) && socket.authorized ? read(socket) : null,
);

function isTls(socket: Duplex): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

function read(socket: TLSSocket): string | null {
  const hex = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '') ?? '';
  return hex === '' ? null : Buffer.from(hex, 'hex').toString('base64url');
}
