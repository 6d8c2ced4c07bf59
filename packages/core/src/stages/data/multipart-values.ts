import { parseContentDisposition } from '../validation/content-disposition.ts';
import { bodyFormat, isReadableCharset } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { isBoundary, parseMultipart, type Part } from '../validation/multipart-parser.ts';
import { Undecodable } from '../validation/undecodable.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { isDoubtful, isMarkedAlone, mayName, type NamedSlot, visitNamed } from './named-values.ts';
import type { ReadBody, ValueVisitor } from './marked-value.ts';
import { bodyText } from './body-text.ts';
import type { StepBudget } from './step-budget.ts';

/** Texts of fields are no longer; what is, is a file. */
const MAX_TEXT_BYTES = 1_048_576;
/** Of Western Europe: the WHATWG reads them as one (Encoding Standard, section 4.2). */
const CODE_PAGES = new Set(['iso-8859-1', 'latin1', 'windows-1252']);
const CRLF = new Uint8Array([13, 10]);
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads `multipart/*`: each part with a name is a property, the others are items. Null where it is malformed. */
export function readMultipartValues(bytes: Uint8Array, type: ParsedMediaType): ReadBody | null {
  return readParts(bytes, type);
}

/** The same, part by part. */
export function readParts(bytes: Uint8Array, type: ParsedMediaType): MultipartValues | null {
  const boundary = type.parameters.get('boundary');
  if (!isBoundary(boundary)) return null;
  const parts = parseMultipart(bytes, boundary);
  if (parts instanceof Undecodable) return null;
  const slots: PartSlot[] = [];
  const added: Uint8Array[] = [];
  for (const part of parts) {
    const header = part.headers.get('content-disposition');
    const disposition = header === undefined ? null : parseContentDisposition(header);
    if (disposition instanceof Undecodable) return null;
    slots.push(new PartSlot(bytes, part, disposition?.name ?? null, disposition?.filename ?? null, added));
  }
  return new MultipartValues(bytes, boundary, slots, added);
}

/** A multipart body, part by part. */
export class MultipartValues implements ReadBody {
  readonly keeps = false;
  readonly #bytes: Uint8Array;
  readonly #boundary: string;
  readonly slots: readonly PartSlot[];
  /** Headers and contents of parts that come behind. */
  readonly #added: readonly Uint8Array[];

  constructor(bytes: Uint8Array, boundary: string, slots: readonly PartSlot[], added: readonly Uint8Array[]) {
    this.#added = added;
    this.#bytes = bytes;
    this.#boundary = boundary;
    this.slots = slots;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    if (place === null) return;
    for (const slot of this.slots) visitNamed(slot.isNamed ? place : asMember(place), slot, visit);
  }

  isDoubtful(place: MarkedPlace, steps: StepBudget): boolean {
    return this.slots.some((slot) => {
      if (slot.isNamed) return isDoubtful(place, slot, slot.isPlain, steps);
      // To some readers a part without a name is the body itself.
      if (place.item(0) === null) return !slot.isPlain || isMarkedAlone(place, slot, steps);
      return isDoubtful(asMember(place), slot, slot.isPlain, steps);
    });
  }

  mayName(place: MarkedPlace, steps: StepBudget): boolean {
    return this.slots.some((slot) => slot.isWrapped || mayName(slot.isNamed ? place : asMember(place), slot, steps));
  }

  bytes(): Uint8Array {
    if (this.#added.length === 0 && !this.slots.some(({ edited }) => edited)) return this.#bytes;
    const pieces = this.slots.filter(({ removed }) => !removed).flatMap((slot) => [...slot.render(), CRLF]);
    const delimiter = Buffer.from(`--${this.#boundary}\r\n`, 'latin1');
    for (const part of this.#added) pieces.push(delimiter, part, CRLF);
    return Buffer.concat([...pieces, Buffer.from(`--${this.#boundary}--\r\n`, 'latin1')]);
  }
}

/** A part without a name is an item of the array that the body is. */
function asMember(place: MarkedPlace): MarkedPlace {
  const item = place.item(0);
  return { marks: null, member: () => item, item: () => null, declared: () => [] };
}

/** One part. */
export class PartSlot implements NamedSlot {
  readonly name: string;
  readonly isNamed: boolean;
  /** Null where it is no file. */
  readonly fileName: string | null;
  readonly #bytes: Uint8Array;
  readonly #part: Part;
  readonly #added: Uint8Array[];
  #replaced: string | null = null;
  removed = false;

  constructor(bytes: Uint8Array, part: Part, name: string | null, fileName: string | null, added: Uint8Array[]) {
    this.#added = added;
    this.#bytes = bytes;
    this.#part = part;
    this.name = name ?? '0';
    this.isNamed = name !== null;
    this.fileName = fileName;
  }

  get isFile(): boolean {
    return this.fileName !== null;
  }

  get contentType(): string | null {
    return this.#part.headers.get('content-type') ?? null;
  }

  get contentId(): string | null {
    return this.#part.headers.get('content-id') ?? null;
  }

  /** What stands in it is what its readers read, and in UTF-8. */
  get isPlain(): boolean {
    const type = parseMediaType(this.contentType ?? 'text/plain');
    return !this.isWrapped && type !== null && isReadableCharset(type, bodyFormat(type));
  }

  /** Its readers take something else out of it: it is transfer-encoded, or multipart itself, as far as its type can be told. */
  get isWrapped(): boolean {
    const encoding = this.#part.headers.get('content-transfer-encoding') ?? '7bit';
    return !/^(?:binary|8bit|7bit)$/i.test(encoding) || /^multipart/i.test(this.contentType ?? '');
  }

  /** All of it as a text, whatever its size: what is no UTF-8 is replaced. */
  content(): string {
    return this.#replaced ?? lenient.decode(this.#bytes.subarray(this.#part.start, this.#part.end));
  }

  decoded(): string {
    return bodyText(this.#bytes.subarray(this.#part.start, this.#part.end));
  }

  inCodePage(): string | null {
    if (this.#part.headers.has('content-transfer-encoding')) return null;
    const type = parseMediaType(this.contentType ?? '');
    const charset = type?.type === 'text' ? type.parameters.get('charset')?.toLowerCase() : undefined;
    if (charset === undefined || !CODE_PAGES.has(charset)) return null;
    return new TextDecoder('windows-1252').decode(this.#bytes.subarray(this.#part.start, this.#part.end));
  }

  get edited(): boolean {
    return this.removed || this.#replaced !== null;
  }

  text(): string | null {
    if (this.#replaced !== null) return this.#replaced;
    const { start, end } = this.#part;
    if (end - start > MAX_TEXT_BYTES) return null;
    try {
      return decoder.decode(this.#bytes.subarray(start, end));
    } catch {
      return null;
    }
  }

  remove(): void {
    this.removed = true;
  }

  replace(text: string): void {
    this.#replaced = text;
  }

  add(name: string, text: string): void {
    // Names are those of the policy and of parts that were read: a quote or a line end in one would write another header.
    const quoted = name.replaceAll(/["\r\n]/g, (one) => encodeURIComponent(one));
    this.#added.push(Buffer.from(`Content-Disposition: form-data; name="${quoted}"\r\n\r\n${text}`, 'utf8'));
  }

  /** The delimiter and headers as they came, then the content. A length that is stated would no longer be true and is left out. */
  render(): readonly Uint8Array[] {
    const { from, start, end } = this.#part;
    if (this.#replaced === null) return [this.#bytes.subarray(from, end)];
    const head = Buffer.from(this.#bytes.subarray(from, start)).toString('latin1');
    return [
      Buffer.from(head.replace(/\r\ncontent-length:[^\r\n]*/i, ''), 'latin1'),
      Buffer.from(this.#replaced, 'utf8'),
    ];
  }
}
