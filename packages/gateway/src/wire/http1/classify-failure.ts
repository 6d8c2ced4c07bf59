import { EgressError } from '../../egress/egress.ts';
import { fileReason } from '../../file-reason.ts';
import type { UpstreamFailure } from '../upstream-port.ts';

const TIMEOUTS = new Set(['ETIMEDOUT']);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'ENOENT',
  'EACCES',
  'EHOSTDOWN',
  'ENETDOWN',
]);

/** What an error of a socket means for the exchange: the upstream could not be reached, took too long, or broke off. */
export function classifyFailure(error: Error): UpstreamFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const cause = code === '' ? error.message : `${code}: ${adviceFor(code, error) ?? error.message}`;
  if (TIMEOUTS.has(code)) return { code: 'UPSTREAM_TIMEOUT', cause };
  if (UNREACHABLE.has(code) || isOfConnecting(error) || error instanceof EgressError || isTlsFailure(code))
    return { code: 'UPSTREAM_UNREACHABLE', cause };
  return { code: 'UPSTREAM_BROKEN', cause };
}

/** What Node and OpenSSL say of these helps those who run Node, and here nobody. */
function adviceFor(code: string, error: Error): string | null {
  if (code.includes('SELF_SIGNED') || code.startsWith('UNABLE_TO_'))
    return 'no authority that is trusted vouches for the certificate of the upstream; name its own under upstream.tls.ca';
  if (code === 'EMFILE' || code === 'ENFILE')
    return `${fileReason(error)}; raise the limit of open files (ulimit -n, LimitNOFILE)`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'what listens there does not speak TLS; where that is meant, the upstream is http://…';
  return null;
}

/** The upstream has not heard of the request: its name was not looked up, or no socket was there to connect with. */
function isOfConnecting(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

/** OpenSSL's verification results and Node's own TLS errors. */
function isTlsFailure(code: string): boolean {
  return (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.includes('CERT') ||
    code.startsWith('UNABLE_TO') ||
    code === 'EPROTO' ||
    code === 'HOSTNAME_MISMATCH'
  );
}
