import { randomBytes } from 'node:crypto';
import {
  brotliCompressSync,
  constants,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentCoding, Inflated } from '@sallyport/core';
import { inflater } from './inflate-body.ts';

const COMPRESS: Readonly<Record<ContentCoding, (bytes: Uint8Array | string) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};
const CODINGS = Object.keys(COMPRESS) as ContentCoding[];
const MIB = 1_048_576;

const inflate = async (body: Uint8Array, codings: readonly ContentCoding[], maxBytes = MIB): Promise<Inflated> =>
  inflater.inflate(body, codings, maxBytes);
const texts = async (body: Uint8Array, coding: ContentCoding): Promise<string | readonly string[]> => {
  const inflated = await inflate(body, [coding]);
  return typeof inflated === 'string' ? inflated : inflated.map((one) => Buffer.from(one).toString());
};

describe.each(CODINGS)('a body in %s', (coding) => {
  const compress = COMPRESS[coding];

  it('what_was_compressed_is_inflated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (bytes) => {
        expect(await inflate(compress(bytes), [coding])).toEqual([Buffer.from(bytes)]);
      }),
      { numRuns: 50 },
    );
  });

  it('what_is_cut_or_has_more_behind_it_is_broken', async () => {
    const body = compress('{"text":"a note, a note, a note"}');
    for (let end = 0; end < body.length; end += 1)
      expect(await inflate(body.subarray(0, end), [coding])).toBe('broken');
    for (const more of ['\0', '\0\0\0\0', 'x', '{"text":"another"}'])
      expect(await inflate(Buffer.concat([body, Buffer.from(more)]), [coding])).toBe('broken');
  });

  it('never_throws, whatever comes', async () => {
    const begun = compress('{"text":"a note"}');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.nat(begun.length), async (bytes, keep) => {
        const inflated = await inflate(Buffer.concat([begun.subarray(0, keep), bytes]), [coding]);
        expect(['string', 'object']).toContain(typeof inflated);
      }),
    );
  });

  it('is too large with one byte more than may be, and not before', async () => {
    for (const size of [0, 1, 5, 100_000]) {
      const body = compress(Buffer.alloc(size, 'a'));
      expect(await inflate(body, [coding], size)).toHaveLength(1);
      if (size > 0) expect(await inflate(body, [coding], size - 1)).toBe('too-large');
    }
    expect(await inflate(compress(Buffer.alloc(8 * MIB)), [coding])).toBe('too-large');
  });
});

describe('a body that readers take differently', () => {
  it('is given as each takes it: the first member of gzip alone, with names in its head or without', async () => {
    const named = Buffer.concat([Buffer.from('1f8b081c000000000003', 'hex'), Buffer.from([2, 0, 1, 2])]);
    const head = Buffer.concat([named, Buffer.from('a.json\0a comment\0')]);
    for (const first of [gzipSync('one'), Buffer.concat([head, gzipSync('one').subarray(10)])])
      expect(await texts(Buffer.concat([first, gzipSync(' two')]), 'gzip')).toEqual(['one two', 'one']);
    expect(await texts(Buffer.concat([gzipSync('one'), gzipSync(' two'), gzipSync('')]), 'gzip')).toEqual([
      'one two',
      'one',
    ]);
    expect(await texts(Buffer.concat([gzipSync(''), gzipSync('two')]), 'gzip')).toEqual(['two']);
  });

  it('the first frame of zstd alone, of 64 at most', async () => {
    const frames = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => zstdCompressSync('a')));
    expect(await texts(frames(2), 'zstd')).toEqual(['aa', 'a']);
    expect(await texts(frames(64), 'zstd')).toEqual(['a'.repeat(64), 'a']);
    expect(await texts(frames(65), 'zstd')).toBe('broken');
    expect(await inflate(frames(9), ['zstd'], 8)).toBe('too-large');
  });

  it('deflate without its header', async () => {
    expect(await texts(deflateRawSync('one'), 'deflate')).toEqual(['one']);
    expect(await texts(bothWays(), 'deflate')).toHaveLength(2);
  });
});

it('a body in two codings is inflated in turn, each to no more than may be', async () => {
  const body = brotliCompressSync(gzipSync('a note'));
  expect(await inflate(body, ['gzip', 'br'])).toEqual([Buffer.from('a note')]);
  expect(await inflate(body, ['br', 'gzip'])).toBe('broken');
  expect(await inflate(brotliCompressSync(gzipSync(randomBytes(MIB + 1))), ['gzip', 'br'])).toBe('too-large');
});

it('no window of more than 8 MiB is kept for a body in zstd', async () => {
  const withWindow = async (log: number): Promise<Buffer> => {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: log } });
    // Of a length that is not told: otherwise no window is larger than that.
    stream.write('one');
    stream.end(' two');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  expect(await texts(await withWindow(23), 'zstd')).toEqual(['one two']);
  expect(await texts(await withWindow(24), 'zstd')).toBe('broken');
});

/** Bytes that are whole with a header of zlib, and whole without one: blocks that are stored, one kind within those of the other. */
function bothWays(): Buffer {
  const stored = (length: number, isLast: boolean): Buffer => {
    const head = Buffer.from([isLast ? 1 : 0, 0, 0, 0, 0]);
    head.writeUInt16LE(length, 1);
    head.writeUInt16LE(length ^ 0xffff, 3);
    return head;
  };
  const [within, size] = [0x9c, 0xff63];
  // Its first byte is that of the block behind the header to one, and the second half of a length to the other.
  const body = Buffer.concat([Buffer.from([0x78, within]), stored(size, false), Buffer.alloc(size, ' ')]);
  const whole = Buffer.concat([body, stored(0, true), Buffer.alloc(4)]);
  const behind = 5 + within;
  stored(whole.length - behind - 5, true).copy(whole, behind);
  let [low, high] = [1, 0];
  for (const byte of whole.subarray(7, 7 + size)) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  whole.writeUInt16BE(high, whole.length - 4);
  whole.writeUInt16BE(low, whole.length - 2);
  return whole;
}
