import type { EditableJson } from '../../json/editable-json.ts';
import { bodyFormat } from '../validation/body-format.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';
import { readFormValues } from './form-values.ts';
import { readJsonItems } from './json-items.ts';
import { JsonValues } from './json-values.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { MarkedValue, ReadBody, ValueVisitor } from './marked-value.ts';
import { readMultipartValues } from './multipart-values.ts';

/**
 * Reads a body as what its Content-Type says. `json` is the tree of a JSON body, where stages share one. Null where properties cannot be told apart:
 * JSON or a form that is malformed, XML, streams of events. A text or a file is one value.
 */
export function readBody(bytes: Uint8Array, type: ParsedMediaType, json: () => EditableJson | null): ReadBody | null {
  const format = bodyFormat(type);
  switch (format) {
    case 'json': {
      const tree = json();
      return tree === null ? null : new JsonValues(tree);
    }
    case 'json-lines':
      return readJsonItems(bytes, 0x0a, 0);
    case 'json-sequence':
      return readJsonItems(bytes, 0x1e, 1);
    case 'form':
      return readFormValues(bytes);
    case 'multipart':
      return readMultipartValues(bytes, type);
    case 'text':
      return new WholeValue(bytes, true);
    case 'binary':
      return new WholeValue(bytes, false);
    case 'xml':
    case 'event-stream':
      return null;
  }
}

/** True of a form and of a multipart body: fields with names, whose texts may be more than texts. */
export function hasFields(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'form' || format === 'multipart';
}

/** A body that is one value. */
class WholeValue implements ReadBody {
  readonly keeps = false;
  readonly #bytes: Uint8Array;
  readonly #isText: boolean;
  #replaced: Uint8Array | null = null;

  constructor(bytes: Uint8Array, isText: boolean) {
    this.#bytes = bytes;
    this.#isText = isText;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    const marks = place?.marks ?? null;
    if (marks === null) return;
    const value: MarkedValue = {
      marks,
      pointer: '',
      text: () => (this.#isText ? new TextDecoder().decode(this.#bytes) : null),
      raw: () => (this.#isText ? JSON.stringify(new TextDecoder().decode(this.#bytes)) : null),
      replaceRaw: (text) => {
        const plain: unknown = JSON.parse(text);
        value.replace(typeof plain === 'string' ? plain : text);
      },
      member: '',
      beside: () => null,
      hasRoomBeside: () => false,
      setBeside: () => {
        throw new TypeError('there is nothing beside the whole');
      },
      remove: () => false,
      replace: (text) => {
        this.#replaced = new TextEncoder().encode(text);
      },
      leaves: () => (this.#isText ? [value] : []),
    };
    visit(value);
  }

  /** What is marked below it cannot be told apart. */
  isDoubtful(place: MarkedPlace): boolean {
    return place.marks === null;
  }

  mayName(): boolean {
    return false;
  }

  bytes(): Uint8Array {
    return this.#replaced ?? this.#bytes;
  }
}
