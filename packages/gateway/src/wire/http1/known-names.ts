import { interned } from '@sallyport/core';

/** What a field says of the message's frame or of its connection. */
export type FramingField = 'content-length' | 'transfer-encoding' | 'connection' | 'keep-alive' | 'expect';

const FRAMING_FIELDS: ReadonlyMap<string, FramingField> = new Map(
  (['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'expect'] as const).map((name) => [name, name]),
);

interface KnownName {
  /** Our own string, whose hash is known, and not a piece of the head. */
  readonly name: string;
  readonly framing: FramingField | null;
  readonly bytes: Uint8Array;
}

/** Names as clients and upstreams usually write them: no need to look at each of their characters again. */
const NAMES = [
  'Date Server Content-Type Content-Length Connection Keep-Alive Transfer-Encoding Cache-Control ETag Vary Last-Modified Location Set-Cookie Expires X-Powered-By',
  'Host User-Agent Accept Accept-Encoding Accept-Language Authorization Cookie Origin Referer If-None-Match X-Request-Id Traceparent DPoP X-API-Key',
  'Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-Dest X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host',
].flatMap((names) => names.split(' ').map(interned));

const MAX_LENGTH = 31;
/** By length and the low five bits of the first letter, which are the same in either case. */
const TABLE: (KnownName[] | undefined)[] = new Array<undefined>((MAX_LENGTH + 1) * 32).fill(undefined);
for (const name of NAMES.flatMap((each) => [each, interned(each.toLowerCase())])) {
  const known = { name, framing: framingField(name), bytes: Buffer.from(name, 'latin1') };
  (TABLE[name.length * 32 + (known.bytes.readUInt8(0) & 31)] ??= []).push(known);
}

/** The field of this name, in any case, that frames a message or tells of its connection; null for all others. */
export function framingField(name: string): FramingField | null {
  const { length } = name;
  // The framing fields have no other lengths.
  return length === 10 || length === 14 || length === 17 || length === 6
    ? (FRAMING_FIELDS.get(name.toLowerCase()) ?? null)
    : null;
}

/** The name that stands in `bytes[from, to)`, where it is one that is usual; undefined says nothing of it. */
export function knownName(bytes: Uint8Array, from: number, to: number): KnownName | undefined {
  const length = to - from;
  if (length < 1 || length > MAX_LENGTH) return undefined;
  const candidates = TABLE[length * 32 + ((bytes[from] as number) & 31)];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (isSame(candidate.bytes, bytes, from)) return candidate;
  return undefined;
}

function isSame(name: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + i]) return false;
  return true;
}
