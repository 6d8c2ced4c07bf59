import { createHash, randomBytes } from 'node:crypto';
import { brotliCompressSync, crc32, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';

const ATTACK = "x' or '7'='7";
const schema = { type: 'object', properties: { text: { type: 'string' } } };
const answers = { responses: { 200: { description: 'ok' } } };
const bodies = (...types: readonly string[]): object => ({
  requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema }])) },
});
const TEXT = { 'text/plain': { schema: { type: 'string' } } };
const coded = [{ name: 'Content-Encoding', in: 'header', schema: { enum: ['gzip', 'identity'] } }];
const FORM = 'application/x-www-form-urlencoded';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1' },
  paths: {
    '/notes': {
      post: {
        operationId: 'write',
        ...bodies('application/json', 'application/x-ndjson', 'application/xml', FORM),
        ...answers,
      },
    },
    '/plain': { post: { operationId: 'plain', requestBody: { content: TEXT }, ...answers } },
    '/coded': { post: { operationId: 'coded', parameters: coded, requestBody: { content: TEXT }, ...answers } },
    '/files': { post: { operationId: 'file', requestBody: { content: { 'image/png': {} } }, ...answers } },
  },
};
const CODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  'X-GZip': (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  br: (text) => brotliCompressSync(text),
  zstd: (text) => zstdCompressSync(text),
  'identity, gzip, br': (text) => brotliCompressSync(gzipSync(text)),
};
const JSON_TYPE = 'application/json';
const honest = JSON.stringify({ text: "O'Brien & Ann; 5 > 3, or so (see {notes})" });
const attack = JSON.stringify({ text: ATTACK });

let door: Door;
beforeAll(async () => {
  door = await openDoor({ document: DOCUMENT, policy: 'modes: { body: observe }\nrequests: { maxBodyBytes: 2MiB }' });
});
afterAll(() => door.close());

const send = (body: Buffer, encoding: string, type = JSON_TYPE, path = '/notes'): Promise<Response> =>
  fetch(door.url + path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': type, 'Content-Encoding': encoding },
  });
const codeOf = async (answer: Response): Promise<string> =>
  answer.status === 200 ? 'passed' : ((await answer.json()) as { code: string }).code;
const sent = async (...request: Parameters<typeof send>): Promise<string> => codeOf(await send(...request));

describe('where bodies are only observed', () => {
  it.each(Object.entries(CODINGS))('one in %s is looked into, and goes on as it came', async (encoding, compress) => {
    const body = compress(honest);
    expect(await sent(body, encoding)).toBe('passed');
    expect(door.seen.at(-1)).toMatchObject({ body, headers: { 'content-encoding': encoding } });
    expect(await sent(compress(attack), encoding)).toBe('THREAT_DETECTED');
  });

  it('so is one whose bytes are deflate without the header that belongs to it', async () => {
    expect(await sent(deflateRawSync(honest), 'deflate')).toBe('passed');
    expect(await sent(deflateRawSync(attack), 'deflate')).toBe('THREAT_DETECTED');
  });

  it('so are lines of JSON, and XML', async () => {
    const lines = gzipSync(`${honest}\n`.repeat(3));
    expect(await sent(lines, 'gzip', 'application/x-ndjson')).toBe('passed');
    expect(await sent(gzipSync(`${honest}\n${attack}\n`), 'gzip', 'application/x-ndjson')).toBe('THREAT_DETECTED');
    const xml = '<note>Ann &amp; Bob</note>';
    expect(await sent(gzipSync(xml), 'gzip', 'application/xml')).toBe('passed');
    const entity = `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]>${xml}`;
    expect(await sent(gzipSync(entity), 'gzip', 'application/xml')).toBe('THREAT_DETECTED');
  });

  it.each([
    ['breaks off', gzipSync(honest).subarray(0, -3), 'gzip'],
    ['has bytes behind its end', Buffer.concat([deflateSync(honest), Buffer.from(attack)]), 'deflate'],
    ['has zeros behind its end', Buffer.concat([gzipSync(honest), Buffer.alloc(4)]), 'gzip'],
    ['is not what it says', Buffer.from(honest), 'gzip'],
    ['is in a coding that nobody knows', gzipSync(honest), 'compress'],
    ['is compressed three times', gzipSync(gzipSync(gzipSync(honest))), 'gzip, gzip, gzip'],
    ['is larger inflated than a body may be', gzipSync(randomBytes(1_048_577).toString('hex')), 'gzip'],
    ['is larger inflated than honest texts get', brotliCompressSync(Buffer.alloc(65_537, 0x20)), 'br'],
  ])('one that %s is refused: nobody can tell what it holds', async (_what, body, encoding) => {
    expect(await sent(body, encoding)).toBe('THREAT_DETECTED');
  });

  it('one of few bytes may be 64 KiB inflated, and one of many as large as any body', async () => {
    const padded = (size: number): string => honest + ' '.repeat(size - honest.length);
    expect(await sent(brotliCompressSync(padded(65_536)), 'br')).toBe('passed');
    const hex = createHash('shake256', { outputLength: 1_000_000 }).update('words').digest('hex');
    const words = JSON.stringify({ text: hex });
    expect(await sent(gzipSync(words), 'gzip')).toBe('passed');
  });

  it('several members of gzip, and several frames of zstd, are one text, and the first alone is one too', async () => {
    const [before, behind] = ['{"text":"1 or 7 like 7"}', ' '];
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      const parts = (...texts: readonly string[]): Buffer => Buffer.concat(texts.map((text) => compress(text)));
      expect(await sent(parts(honest.slice(0, 5), honest.slice(5)), encoding)).toBe('passed');
      expect(await sent(parts(attack.slice(0, 15), attack.slice(15)), encoding)).toBe('THREAT_DETECTED');
      expect(await sent(parts(before, behind), encoding)).toBe('THREAT_DETECTED');
    }
  });

  it('a declared file is passed on, compressed or not', async () => {
    expect(await sent(gzipSync(attack), 'gzip', 'image/png', '/files')).toBe('passed');
  });

  it('a form is not inflated, as most servers do not either and find fields in the bytes', async () => {
    const hidden = Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.from(`&text=${ATTACK}&\0`)]);
    const member = Buffer.concat([hidden, gzipSync('text=1').subarray(10)]);
    expect(await sent(member, 'gzip', FORM)).toBe('THREAT_DETECTED');
    expect(await sent(gzipSync('text=1'), 'gzip', FORM)).toBe('THREAT_DETECTED');
  });

  it('nor is a plain text, unless the document declares Content-Encoding', async () => {
    expect(await sent(gzipSync('load 0.64'), 'gzip', 'text/plain', '/plain')).toBe('THREAT_DETECTED');
    expect(await sent(gzipSync('load 0.64'), 'gzip', 'text/plain', '/coded')).toBe('passed');
    expect(await sent(gzipSync(ATTACK), 'gzip', 'text/plain', '/coded')).toBe('THREAT_DETECTED');
  });

  it('what a reader that passes the coding over makes of the bytes is looked at as well', async () => {
    const stored = (text: string): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt16LE(text.length, 0);
      length.writeUInt16LE(text.length ^ 0xffff, 2);
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(crc32(text), 0);
      trailer.writeUInt32LE(text.length, 4);
      return Buffer.concat([Buffer.from('01', 'hex'), length, Buffer.from(text), trailer]);
    };
    const named = (name: string): Buffer =>
      Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.from(`${name}\0`), stored('{}')]);
    expect(await sent(named('notes.ndjson'), 'gzip', 'application/x-ndjson')).toBe('passed');
    expect(await sent(named(`\n${attack}\n`), 'gzip', 'application/x-ndjson')).toBe('THREAT_DETECTED');
  });
});

it('a compressed body goes on without a look where an exception says so', async () => {
  const policy = "modes: { body: observe }\nthreats: { exceptions: [{ field: 'body:', categories: [xml] }] }";
  const open = await openDoor({ document: DOCUMENT, policy });
  const headers = { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' };
  const request = { method: 'POST', body: new Uint8Array(gzipSync('a note')), headers };
  expect((await fetch(`${open.url}/plain`, request)).status).toBe(200);
  await open.close();
});
