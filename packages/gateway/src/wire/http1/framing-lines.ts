import { Buffer } from 'node:buffer';
import type { OutgoingBytes } from './outgoing-bytes.ts';

/** The lines of a head that say where its body ends (RFC 9112, section 6). */
export const NO_BODY = Buffer.from('Content-Length: 0\r\n');
export const IN_CHUNKS = Buffer.from('Transfer-Encoding: chunked\r\n');
const LENGTH = Buffer.from('Content-Length: ');

export function writeLength(length: number, out: OutgoingBytes): void {
  out.addBytes(LENGTH);
  out.addText(`${length}\r\n`);
}
