import type { JsonBounds } from '../schema/schema-compiler.ts';
import { escapeToken } from './json-pointer.ts';
import {
  DEPTH,
  DUPLICATE,
  FORBIDDEN_MEMBER,
  failureAt,
  type FailureKind,
  failureKind,
  failureOffset,
  isProtoName,
  KEYS,
  literalEnd,
  numberEnd,
  SYNTAX,
  spaceEnd,
  stringEnd,
  stringFacts,
  stringText,
} from './json-text.ts';
import { MemberNames } from './member-names.ts';

/** Why a text is not taken as JSON. Holds names of members, which a client chose, and no value. */
export interface JsonScanProblem {
  readonly keyword: FailureKind;
  /** Byte offset of the first thing wrong. */
  readonly offset: number;
  /** JSON Pointer of the place, each name cut at 64 characters and the whole near 1,000. */
  readonly pointer: string;
  readonly message: string;
}

const MESSAGES: Readonly<Record<FailureKind, string>> = {
  syntax: 'must be one JSON text (RFC 8259)',
  utf8: 'must be UTF-8 without surrogates',
  duplicate: 'must not have a member twice',
  depth: 'must not be nested more deeply',
  keys: 'must not have more members',
  'forbidden-member': 'must not have a member of this name',
};

const MAX_NAME = 64;
const MAX_POINTER = 1000;

const names = new MemberNames();
/** One entry for each open array or object: its index as `-1 - index`, or where its current name starts, or -1 before the first. */
let places = new Int32Array(64);
/** One entry for each open array or object: -1 for an array, else the base of the object's names. */
let bases = new Int32Array(64);
let open = 0;

/**
 * Checks that the bytes are one strict JSON text within bounds; null when they are, else the first problem.
 *
 * Stricter than `JSON.parse` of the decoded bytes in what parsers disagree on: no byte order mark, no invalid UTF-8 (RFC 3629: no overlong
 * form, no surrogate), no escape that is half a surrogate pair, no name twice in an object (compared unescaped), no `__proto__`
 * however it is escaped. `constructor` and `prototype` pass: as own members they are data like any other, and APIs use those names.
 * Numbers beyond double range pass, see `numberEnd`. Empty or blank bytes are a syntax problem.
 *
 * Depth above `maxDepth` and members above `maxKeys` in all objects together are problems. Linear in the bytes; no recursion, so no
 * input exhausts the stack, whatever the bounds are.
 */
export function scanJson(bytes: Uint8Array, bounds: JsonBounds): JsonScanProblem | null {
  names.open(bytes);
  open = 0;
  try {
    const end = scan(bytes, bounds);
    return end < 0 ? problem(bytes, end) : null;
  } finally {
    names.reset();
    if (places.length > 4096) {
      places = new Int32Array(64);
      bases = new Int32Array(64);
    }
  }
}

function scan(bytes: Uint8Array, bounds: JsonBounds): number {
  const end = bytes.length;
  const { maxDepth, maxKeys } = bounds;
  let keys = 0;
  let at = spaceEnd(bytes, 0, end);
  for (;;) {
    // A value starts at `at`.
    const byte = at < end ? (bytes[at] as number) : 0;
    if (byte === 0x22) {
      at = stringEnd(bytes, at + 1, end);
      if (at < 0) return at;
      at++;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (open >= maxDepth) return failureAt(DEPTH, at);
      enter(byte === 0x7b);
      at = spaceEnd(bytes, at + 1, end);
      if (at < end && bytes[at] === (byte === 0x7b ? 0x7d : 0x5d)) {
        leave();
        at++;
      } else {
        if (byte === 0x7b) {
          if (++keys > maxKeys) return failureAt(KEYS, at);
          at = memberValue(bytes, at, end);
          if (at < 0) return at;
        } else {
          places[open - 1] = -1;
        }
        continue;
      }
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      at = numberEnd(bytes, at, end);
      if (at < 0) return at;
    } else {
      at = literalEnd(bytes, at, end);
      if (at < 0) return at;
    }
    // After a value: closes what ends here, up to the next value or the end of the text.
    for (;;) {
      at = spaceEnd(bytes, at, end);
      if (open === 0) return at === end ? at : failureAt(SYNTAX, at);
      const isArray = bases[open - 1] === -1;
      const next = at < end ? (bytes[at] as number) : 0;
      if (next === 0x2c) {
        at = spaceEnd(bytes, at + 1, end);
        if (isArray) {
          places[open - 1] = (places[open - 1] as number) - 1;
        } else {
          if (++keys > maxKeys) return failureAt(KEYS, at);
          at = memberValue(bytes, at, end);
          if (at < 0) return at;
        }
        break;
      }
      if (next !== (isArray ? 0x5d : 0x7d)) return failureAt(SYNTAX, at);
      leave();
      at++;
    }
  }
}

/** Reads a name and its colon; gives where the value starts. */
function memberValue(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== 0x22) return failureAt(SYNTAX, at);
  const from = at + 1;
  const to = stringEnd(bytes, from, end);
  if (to < 0) return to;
  const level = open - 1;
  const { escaped } = stringFacts;
  places[level] = from;
  if (escaped ? stringText(bytes, from, to, true) === '__proto__' : isProtoName(bytes, from, to)) {
    return failureAt(FORBIDDEN_MEMBER, at);
  }
  if (!names.add(bytes, level, bases[level] as number, from, to, escaped)) return failureAt(DUPLICATE, at);
  const colon = spaceEnd(bytes, to + 1, end);
  if (colon >= end || bytes[colon] !== 0x3a) return failureAt(SYNTAX, colon);
  return spaceEnd(bytes, colon + 1, end);
}

function enter(isObject: boolean): void {
  if (open === places.length) {
    places = grown(places);
    bases = grown(bases);
  }
  places[open] = -1;
  bases[open] = isObject ? names.top : -1;
  open++;
}

function leave(): void {
  open--;
  const base = bases[open] as number;
  if (base !== -1) names.close(open, base);
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function problem(bytes: Uint8Array, failure: number): JsonScanProblem {
  const keyword = failureKind(failure);
  return { keyword, offset: failureOffset(failure), pointer: pointerToHere(bytes), message: MESSAGES[keyword] };
}

/** The pointer of the value or member that was being read. */
function pointerToHere(bytes: Uint8Array): string {
  let pointer = '';
  for (let level = 0; level < open; level++) {
    const place = places[level] as number;
    if (bases[level] === -1) pointer += `/${-1 - place}`;
    else if (place >= 0) pointer += `/${escapeToken(shortName(bytes, place))}`;
    if (pointer.length > MAX_POINTER) return `${pointer}/…`;
  }
  return pointer;
}

function shortName(bytes: Uint8Array, from: number): string {
  const to = stringEnd(bytes, from, bytes.length);
  const name = stringText(bytes, from, to, stringFacts.escaped);
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME).toWellFormed()}…`;
}
