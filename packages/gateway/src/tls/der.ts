/** One element of DER (X.690): where its contents stand in the bytes. */
export interface DerElement {
  readonly tag: number;
  /** Where the element itself begins. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export const DER = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** The bytes are no DER of the expected form. */
export class DerError extends Error {}

/**
 * Reads the element at `at`, which must end at or before `limit`. Only what DER allows: definite lengths in their shortest form, up to four
 * bytes, and single-byte tags. Throws `DerError`.
 */
export function readElement(bytes: Uint8Array, at: number, limit: number, expectedTag?: number): DerElement {
  if (at + 2 > limit) throw new DerError('it ends too early');
  const tag = bytes[at] as number;
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag is too long');
  if (expectedTag !== undefined && tag !== expectedTag) throw new DerError('an element is of another type');
  let length = bytes[at + 1] as number;
  let start = at + 2;
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size === 0 || size > 4 || start + size > limit) throw new DerError('a length is not allowed');
    length = 0;
    for (let i = 0; i < size; i += 1) length = length * 256 + (bytes[start + i] as number);
    if (length < 0x80 || length < 256 ** (size - 1)) throw new DerError('a length is not in its shortest form');
    start += size;
  }
  const end = start + length;
  if (end > limit) throw new DerError('it ends too early');
  return { tag, at, start, end };
}

/** Every element inside another. */
export function readChildren(bytes: Uint8Array, parent: DerElement): DerElement[] {
  const children: DerElement[] = [];
  for (let at = parent.start; at < parent.end; ) {
    const child = readElement(bytes, at, parent.end);
    children.push(child);
    at = child.end;
  }
  return children;
}

/** An object identifier in dotted form. */
export function readObjectIdentifier(bytes: Uint8Array, element: DerElement): string {
  const arcs: number[] = [];
  let arc = 0;
  for (let i = element.start; i < element.end; i += 1) {
    const byte = bytes[i] as number;
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError('an object identifier is too long');
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - first * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** UTCTime or GeneralizedTime as RFC 5280 (section 4.1.2.5) has them, in epoch milliseconds. */
export function readTime(bytes: Uint8Array, element: DerElement): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + element.start, element.end - element.start).toString(
    'latin1',
  );
  const short = element.tag === DER.UTC_TIME;
  if (!short && element.tag !== DER.GENERALIZED_TIME) throw new DerError('a time is of another type');
  const found = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  );
  if (found === null) throw new DerError('a time is not written as RFC 5280 wants it');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  return Date.UTC(short ? (year < 50 ? 2000 + year : 1900 + year) : year, month - 1, day, hour, minute, second);
}

/** Writes one element. */
export function writeElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 + length.length, ...length];
  return Buffer.concat([Buffer.from(head), body]);
}

/** Writes an object identifier given in dotted form. */
export function writeObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return writeElement(DER.OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** Writes a time as RFC 5280 wants it: two digits of the year until 2049. */
export function writeTime(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;
  return text < '2050'
    ? writeElement(DER.UTC_TIME, Buffer.from(text.slice(2)))
    : writeElement(DER.GENERALIZED_TIME, Buffer.from(text));
}
