import { Buffer } from 'node:buffer';
import type { OutgoingBytes } from './outgoing-bytes.ts';

const NAME = Buffer.from('Content-Length: ');

/** The line that says how long a body is (RFC 9112, section 6.2). */
export function writeLength(length: number, out: OutgoingBytes): void {
  out.addBytes(NAME);
  out.addText(`${length}\r\n`);
}
