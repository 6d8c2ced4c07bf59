import { isObject, type JsonValue } from '../json/json-value.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import { childPointer } from './located.ts';

/** A schema that names itself: `$id` and `$self` give a URI reference, the anchors a fragment. */
export interface Identifier {
  readonly keyword: '$id' | '$anchor' | '$dynamicAnchor';
  readonly value: string;
  /** Where the schema stands that carries it. */
  readonly pointer: string;
}

export interface ValueFault {
  readonly code: 'DOCUMENT_TOO_LARGE' | 'DOCUMENT_KEY_FORBIDDEN' | 'DOCUMENT_INVALID';
  readonly pointer: string;
  readonly message: string;
}

export interface ValueSurvey {
  /** Members of all objects. */
  readonly members: number;
  readonly identifiers: readonly Identifier[];
  readonly faults: readonly ValueFault[];
}

/** Members below these are names that the author chose, not keywords. */
const MAPS_OF_NAMES = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependentSchemas',
  'schemas',
  'parameters',
  'responses',
  'requestBodies',
  'headers',
]);
/** What stands below these is data: a `$id` in an example names nothing. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value']);

/**
 * Walks a parsed document once: counts, collects what schemas call themselves, and finds what no document may hold. An alias bomb
 * and a value that contains itself are small as text and endless here: the walk stops at the bounds.
 */
export function surveyValue(root: JsonValue): ValueSurvey {
  const survey = new Survey();
  survey.walk(root, 0, false, false);
  return survey;
}

class Survey implements ValueSurvey {
  members = 0;
  readonly identifiers: Identifier[] = [];
  readonly faults: ValueFault[] = [];
  readonly #path: (string | number)[] = [];
  #values = 0;
  #stopped = false;

  walk(value: JsonValue, depth: number, names: boolean, data: boolean): void {
    if (++this.#values > DOCUMENT_BOUNDS.maxValues) {
      this.#stop(`the document has more than ${DOCUMENT_BOUNDS.maxValues} values once its aliases are expanded`);
      return;
    }
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) this.#fault('DOCUMENT_INVALID', 'this number is not finite, so JSON cannot hold it');
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > DOCUMENT_BOUNDS.maxDepth) {
      this.#stop(`the document nests deeper than ${DOCUMENT_BOUNDS.maxDepth} levels`);
      return;
    }
    if (Array.isArray(value)) this.#items(value, depth, data);
    else if (isObject(value)) this.#members(value, depth, names, data);
  }

  #items(value: readonly JsonValue[], depth: number, data: boolean): void {
    for (let index = 0; index < value.length && !this.#stopped; index++) {
      this.#path[depth] = index;
      this.#path.length = depth + 1;
      this.walk(value[index] as JsonValue, depth + 1, false, data);
    }
    this.#path.length = depth;
  }

  #members(value: { readonly [name: string]: JsonValue }, depth: number, names: boolean, data: boolean): void {
    for (const key of Object.keys(value)) {
      if (this.#stopped) return;
      this.members++;
      this.#path[depth] = key;
      this.#path.length = depth + 1;
      const member = value[key] as JsonValue;
      // A program that copies members by assignment would set the prototype instead: prototype pollution.
      if (key === '__proto__') this.#fault('DOCUMENT_KEY_FORBIDDEN', 'a member may not be named __proto__');
      if (
        !names &&
        !data &&
        typeof member === 'string' &&
        (key === '$id' || key === '$anchor' || key === '$dynamicAnchor')
      ) {
        this.identifiers.push({ keyword: key, value: member, pointer: this.#pointer(depth) });
      }
      this.walk(
        member,
        depth + 1,
        !names && MAPS_OF_NAMES.has(key),
        data || (!names && (DATA.has(key) || key.startsWith('x-'))),
      );
    }
    this.#path.length = depth;
  }

  #stop(message: string): void {
    if (!this.#stopped) this.faults.push({ code: 'DOCUMENT_TOO_LARGE', pointer: '', message });
    this.#stopped = true;
  }

  #fault(code: ValueFault['code'], message: string): void {
    if (this.faults.length < DOCUMENT_BOUNDS.maxProblems)
      this.faults.push({ code, pointer: this.#pointer(this.#path.length), message });
  }

  #pointer(depth: number): string {
    let pointer = '';
    for (let index = 0; index < depth; index++) pointer = childPointer(pointer, this.#path[index] ?? '');
    return pointer;
  }
}
