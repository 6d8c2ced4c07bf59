/** The blocks of one kind in a PEM text (RFC 7468), as DER. What stands around them is comment. */
export function readPemBlocks(text: string, label: string): Buffer[] {
  const blocks: Buffer[] = [];
  for (const part of text.split(`-----BEGIN ${label}-----`).slice(1)) {
    const end = part.indexOf(`-----END ${label}-----`);
    if (end < 0) throw new Error('a block has no end');
    blocks.push(Buffer.from(part.slice(0, end), 'base64'));
  }
  return blocks;
}

/** DER as one PEM block. */
export function writePem(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
