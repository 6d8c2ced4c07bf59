import { deny, PROBLEM_TYPE, renderProblem, type Code, type Denial } from '@sallyport/core';
import type { Duplex } from 'node:stream';

const CODES: Readonly<Record<string, Code>> = {
  HPE_HEADER_OVERFLOW: 'HTTP_HEAD_TOO_LARGE',
  HPE_INVALID_VERSION: 'HTTP_VERSION_UNSUPPORTED',
  HPE_PAUSED_H2_UPGRADE: 'HTTP_VERSION_UNSUPPORTED',
  ERR_HTTP_REQUEST_TIMEOUT: 'HTTP_HEAD_TIMEOUT',
  SALLYPORT_CONNECT: 'METHOD_UNKNOWN',
};

/** The denial for bytes that Node's parser refused. The parser's code is for the operator. */
export function malformedDenial(error: Error & { code?: string }): Denial {
  const parserCode = error.code ?? 'unknown';
  const code = CODES[parserCode] ?? 'HTTP_MALFORMED';
  return deny(code, 'head', { facts: { parser: parserCode }, headers: code === 'METHOD_UNKNOWN' ? ['Allow', ''] : [] });
}

/** Answers on the bare socket and closes it: after a malformed head nobody knows where the next request begins. */
export function refuseMalformed(
  socket: Duplex,
  denial: Denial,
  requestId: string,
  ownHeaders: readonly string[],
): { readonly status: number; readonly bytes: number } {
  const { status, body } = renderProblem(denial, requestId);
  if (!socket.writable) {
    socket.destroy();
    return { status: 499, bytes: 0 };
  }
  const headers = [
    'Content-Type',
    PROBLEM_TYPE,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'X-Request-Id',
    requestId,
    ...denial.headers,
    ...ownHeaders,
    'Connection',
    'close',
  ];
  let head = `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Refused'}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.end(`${head}\r\n${body}`);
  // A peer that never reads must not hold the socket.
  socket.on('error', () => socket.destroy());
  setTimeout(() => socket.destroy(), 1_000).unref();
  return { status, bytes: body.length };
}
