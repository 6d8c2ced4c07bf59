import { interned } from '@sallyport/core';
import { ByteTable } from './byte-table.ts';

/** What a field says of the message's frame or of its connection. */
export type FramingField = 'content-length' | 'transfer-encoding' | 'connection' | 'keep-alive' | 'expect';

const FRAMING_FIELDS: ReadonlyMap<string, FramingField> = new Map(
  (['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'expect'] as const).map((name) => [name, name]),
);

interface KnownName {
  /** Our own string, whose hash is known, and not a piece of the head. */
  readonly name: string;
  readonly framing: FramingField | null;
}

/** Names as clients and upstreams usually write them: no need to look at each of their characters again. */
const NAMES = [
  'Date Server Content-Type Content-Length Connection Keep-Alive Transfer-Encoding Cache-Control ETag Vary Last-Modified Location Set-Cookie Expires X-Powered-By',
  'Host User-Agent Accept Accept-Encoding Accept-Language Authorization Cookie Origin Referer If-None-Match X-Request-Id Traceparent DPoP X-API-Key',
  'Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-Dest X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host',
].flatMap((names) => names.split(' ').map(interned));

/** Values that stand in many heads, and in nobody's in particular. */
const VALUES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'application/problem+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/plain; charset=utf-8',
  'text/html; charset=utf-8',
  '*/*',
  'keep-alive',
  'close',
  'identity',
  'chunked',
  'gzip',
  'gzip, deflate',
  'gzip, deflate, br',
  'no-store',
  'no-cache',
  'nginx',
].map(interned);

const KNOWN_NAMES = new ByteTable(
  NAMES.flatMap((each) => [each, interned(each.toLowerCase())]).map((name): [string, KnownName] => [
    name,
    { name, framing: framingField(name) },
  ]),
);
const KNOWN_VALUES = new ByteTable(VALUES.map((value): [string, string] => [value, value]));

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
  return KNOWN_NAMES.find(bytes, from, to);
}

/** Our own string of the value that stands in `bytes[from, to)`, where it is one that is usual; undefined says nothing of it. */
export function knownValue(bytes: Uint8Array, from: number, to: number): string | undefined {
  return KNOWN_VALUES.find(bytes, from, to);
}
