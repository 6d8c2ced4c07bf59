import type { ServerResponse } from 'node:http';

/** Bodies up to this size go out as a string in the same write as the head: one system call instead of two. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Writes a whole reply: head and body at once. `headers` are names and values in turn and hold no length. */
export function writeWhole(response: ServerResponse, status: number, headers: string[], body: Uint8Array | null): void {
  if (body === null) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  headers.push('Content-Length', String(body.length));
  response.writeHead(status, headers);
  if (body.length === 0) response.end();
  // latin1 maps bytes to characters one to one, so the body stays byte for byte.
  else if (body.length <= ONE_WRITE_BYTES) response.end(asBuffer(body).toString('latin1'), 'latin1');
  else response.end(body);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
