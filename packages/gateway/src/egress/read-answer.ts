const MIB = 1024 * 1024;

/** Reads the body of an answer whole. Rejects where it is larger than `maxBytes`; what is left of it is then not read. */
export async function readAnswer(body: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${sizeOf(maxBytes)}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sizeOf(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes / 1024} KiB`;
}
