import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

const THUMBPRINTS = new WeakMap<Duplex, string | null>();

/**
 * SHA-256 of the DER of the certificate that a client proved on this connection, in base64url without padding (RFC 8705, section 3.1): what a
 * token's `cnf.x5t#S256` is held against. Null without TLS, without a certificate, and where the handshake did not accept it.
 */
export function certificateThumbprint(socket: Duplex): string | null {
  const known = THUMBPRINTS.get(socket);
  if (known !== undefined) return known;
  const thumbprint = isTls(socket) && socket.authorized ? read(socket) : null;
  THUMBPRINTS.set(socket, thumbprint);
  return thumbprint;
}

function isTls(socket: Duplex): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

function read(socket: TLSSocket): string | null {
  const hex = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '') ?? '';
  return hex === '' ? null : Buffer.from(hex, 'hex').toString('base64url');
}
