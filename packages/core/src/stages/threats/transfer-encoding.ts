/**
 * What a Content-Transfer-Encoding hides of a part (RFC 2045, section 6), as Go (quoted-printable) and Django (base64) read it. Null where it hides
 * nothing.
 */
export function decodeTransfer(content: Uint8Array, encoding: string): Uint8Array | null {
  const latin = (): string => Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(latin(), 'base64');
    case 'quoted-printable':
      return Buffer.from(
        latin()
          .replace(/=[ \t]{0,8}\r?\n/g, '')
          .replace(/=([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
    default:
      return null;
  }
}
