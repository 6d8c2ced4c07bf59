/** Why a handshake came to nothing, in a few words: a label of a metric, so none of them is a client's. */
export type HandshakeFailure =
  | 'timeout'
  | 'protocol'
  | 'cipher'
  | 'plain-http'
  | 'client-certificate'
  | 'no-certificate'
  | 'refused-by-client'
  | 'closed'
  | 'other';

const CODES: Readonly<Record<string, HandshakeFailure>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'protocol',
  ERR_SSL_VERSION_TOO_LOW: 'protocol',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'protocol',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'protocol',
  ERR_SSL_INAPPROPRIATE_FALLBACK: 'protocol',
  ERR_SSL_NO_SHARED_CIPHER: 'cipher',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'cipher',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'cipher',
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: 'cipher',
  ERR_SSL_HTTP_REQUEST: 'plain-http',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'plain-http',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'client-certificate',
  ERR_SSL_CERTIFICATE_VERIFY_FAILED: 'client-certificate',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ETIMEDOUT: 'closed',
};

/** Sorts what Node says of a failed handshake. */
export function handshakeFailure(error: Error & { readonly code?: string }): HandshakeFailure {
  const code = error.code ?? '';
  return CODES[code] ?? (/^ERR_SSL_(?:TLSV1|SSLV3|TLSV13)_ALERT_/.test(code) ? 'refused-by-client' : 'other');
}
