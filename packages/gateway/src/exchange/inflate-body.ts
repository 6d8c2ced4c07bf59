import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  constants,
  gunzip,
  type InputType,
  inflate,
  inflateRaw,
  zstdDecompress,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib';
import type { ContentCoding, Inflated, InflatePort } from '@sallyport/core';

/** Frames of a body in zstd, as long as it is one text to those that read more than the first. */
const MAX_FRAMES = 64;
/** The largest window that a sender may ask a receiver to keep: 8 MiB (RFC 9659). */
const MAX_WINDOW_LOG = 23;
const GZIP_HEADER_BYTES = 10;

/** What zlib gives where it is asked what it has read. */
interface Read {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
type Inflate = (bytes: InputType, options: ZlibOptions & ZstdOptions) => Promise<Read>;

const inflates = (run: unknown): Inflate => promisify(run as Parameters<typeof promisify>[0]) as unknown as Inflate;
const GZIP = inflates(gunzip);
const ZLIB = inflates(inflate);
const RAW = inflates(inflateRaw);
const BROTLI = inflates(brotliDecompress);
const ZSTD = inflates(zstdDecompress);

/**
 * Inflates compressed bodies in the threads of zlib, never to more than the bytes that it was given leave for. Where readers of a coding differ, each reading is given: `deflate`
 * is with zlib's header (RFC 9110, section 8.4.1.2) or without, and of several members of gzip (RFC 1952, section 2.2), or frames of zstd, some read the first alone.
 */
export const inflater: InflatePort = {
  async inflate(body, codings, maxBytes) {
    let readings: readonly Uint8Array[] = [body];
    for (const coding of codings.toReversed()) {
      const next: Uint8Array[] = [];
      for (const reading of readings) {
        const inflated = await INFLATERS[coding](reading, maxBytes);
        if (typeof inflated === 'string') return inflated;
        next.push(...inflated);
      }
      readings = next;
    }
    return readings;
  },
};

const INFLATERS: Readonly<Record<ContentCoding, (bytes: Uint8Array, maxBytes: number) => Promise<Inflated>>> = {
  async gzip(bytes, maxBytes) {
    const whole = await inflateWhole(GZIP, bytes, maxBytes);
    if (typeof whole === 'string' || lengthOfLast(bytes) === whole.length) return asReadings(whole);
    const header = headerLength(bytes);
    const first = header === null ? 'broken' : await inflateFirst(RAW, bytes.subarray(header), maxBytes);
    return typeof first === 'string' ? first : [whole, first.bytes];
  },
  async deflate(bytes, maxBytes) {
    const readings = await Promise.all([ZLIB, RAW].map((read) => inflateWhole(read, bytes, maxBytes)));
    if (readings.includes('too-large')) return 'too-large';
    const read = readings.filter((one) => typeof one !== 'string');
    return read.length === 0 ? 'broken' : read;
  },
  br: async (bytes, maxBytes) => asReadings(await inflateWhole(BROTLI, bytes, maxBytes)),
  async zstd(bytes, maxBytes) {
    const frames: Buffer[] = [];
    let left = maxBytes;
    for (let rest = bytes; frames.length === 0 || rest.length > 0; ) {
      const frame = frames.length === MAX_FRAMES ? 'broken' : await inflateFirst(ZSTD, rest, left);
      if (typeof frame === 'string') return frame;
      frames.push(frame.bytes);
      left -= frame.bytes.length;
      rest = rest.subarray(frame.read);
    }
    const whole = Buffer.concat(frames);
    const [first = whole] = frames;
    // Some senders end a stream with a frame of nothing.
    return first.length === whole.length ? [first] : [whole, first];
  },
};

function asReadings(whole: Uint8Array | 'too-large' | 'broken'): Inflated {
  return typeof whole === 'string' ? whole : [whole];
}

/** All of it, without a byte behind its end. */
async function inflateWhole(
  run: Inflate,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Buffer | 'too-large' | 'broken'> {
  const first = await inflateFirst(run, bytes, maxBytes);
  if (typeof first === 'string') return first;
  return first.read === bytes.length ? first.bytes : 'broken';
}

/** What ends first, and how many bytes of it that was. */
async function inflateFirst(
  run: Inflate,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly read: number } | 'too-large' | 'broken'> {
  try {
    const { buffer, engine } = await run(bytes, {
      // Of nothing, one byte is too much all the same.
      maxOutputLength: Math.max(maxBytes, 1),
      info: true,
      ...(run === ZSTD ? { params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } } : {}),
    });
    return buffer.length > maxBytes ? 'too-large' : { bytes: buffer, read: engine.bytesWritten };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken';
  }
}

/** The length that the last member of gzip says it is inflated to: that of all of it, where it is the only one. */
function lengthOfLast(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(bytes.length - 4);
}

/** Length of the header of a member of gzip (RFC 1952, section 2.3); null where it breaks off. */
function headerLength(bytes: Uint8Array): number | null {
  const flags = bytes[3] ?? 0;
  let at = GZIP_HEADER_BYTES;
  if ((flags & 4) !== 0) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  for (const text of [8, 16])
    if ((flags & text) !== 0) {
      const end = bytes.indexOf(0, at);
      if (end < 0) return null;
      at = end + 1;
    }
  return (flags & 2) === 0 ? at : at + 2;
}
