import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import { childPointer, ownMember } from './located.ts';
import type { DocumentPlace, SchemaSource } from './model.ts';

const ONE = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
]);
const LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const MAP = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);

/** A step down from a schema; pointers are put together only where one is needed, which is almost never. */
interface Trail {
  readonly root: DocumentPlace;
  readonly parent: Trail | null;
  readonly tokens: readonly (string | number)[];
}

interface Visit {
  readonly node: JsonValue;
  readonly trail: Trail;
}

/**
 * Walks the schemas that operations use, through every reference. It brings in the files they stand in while reading is still allowed, and
 * warns of references that lead nowhere: those concern one schema, and that schema will not compile, so what needs it cannot be checked.
 */
export class SchemaReferences {
  readonly #reading: DocumentReading;
  readonly #seen = new Set<JsonObject>();

  constructor(reading: DocumentReading) {
    this.#reading = reading;
  }

  follow(source: SchemaSource): void {
    const pending: Visit[] = [{ node: source.node, trail: { root: source, parent: null, tokens: [] } }];
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) this.#visit(visit, pending);
  }

  #visit({ node, trail }: Visit, pending: Visit[]): void {
    // An explicit stack: a chain of references may be longer than the call stack is deep.
    if (!isObject(node) || this.#seen.has(node)) return;
    this.#seen.add(node);
    const reference = ownMember(node, '$ref');
    if (typeof reference === 'string') {
      this.#reference(trail, '$ref', reference, pending);
      if (!this.#readsSiblings(trail)) return;
    }
    const dynamic = ownMember(node, '$dynamicRef');
    if (typeof dynamic === 'string') this.#reference(trail, '$dynamicRef', dynamic, pending);
    for (const key of Object.keys(node)) {
      const value = node[key] as JsonValue;
      if (MAP.has(key) && isObject(value))
        for (const name of Object.keys(value)) pending.push(visit(trail, [key, name], value[name] as JsonValue));
      else if (LIST.has(key) && Array.isArray(value))
        for (let index = 0; index < value.length; index++)
          pending.push(visit(trail, [key, index], value[index] as JsonValue));
      else if (ONE.has(key)) pending.push(visit(trail, [key], value));
      else if (key === 'discriminator' && isObject(value)) this.#mapping(trail, value, pending);
    }
  }

  /** 2.0 and 3.0 ignore whatever stands beside a `$ref`. */
  #readsSiblings(trail: Trail): boolean {
    const dialect = this.#reading.files.dialectOf(trail.root.file) ?? this.#reading.dialect;
    return dialect === 'json-schema-2020-12';
  }

  #mapping(trail: Trail, discriminator: JsonObject, pending: Visit[]): void {
    const at = (tokens: readonly string[]): Trail => ({ root: trail.root, parent: trail, tokens });
    this.#mapped(at(['discriminator']), 'defaultMapping', ownMember(discriminator, 'defaultMapping'), pending);
    const mapping = ownMember(discriminator, 'mapping');
    if (mapping === undefined || !isObject(mapping)) return;
    for (const name of Object.keys(mapping))
      this.#mapped(at(['discriminator', 'mapping']), name, mapping[name], pending);
  }

  /** A bare name means a schema of the components, all of which are walked; such names may hold dots. */
  #mapped(trail: Trail, key: string, target: JsonValue | undefined, pending: Visit[]): void {
    if (typeof target !== 'string') return;
    const isName = /^[A-Za-z0-9._-]+$/.test(target);
    if (isName && this.#reading.files.resolve(placeOf(trail), `#/components/schemas/${target}`).ok) return;
    if (!isName || /\.(?:json|ya?ml)$/i.test(target))
      return this.#reference(trail, key, target, pending, 'what is mapped to it chooses no schema');
    const { file, pointer } = placeOf(trail);
    this.#reading.warn(
      'DOCUMENT_REFERENCE_BROKEN',
      { file, pointer: childPointer(pointer, key) },
      `there is no schema ${target} among the components; what is mapped to it chooses no schema`,
    );
  }

  #reference(
    trail: Trail,
    key: string,
    reference: string,
    pending: Visit[],
    consequence = 'the schema cannot be compiled, so what needs it cannot be checked',
  ): void {
    const place = placeOf(trail);
    const resolution = this.#reading.files.resolve(place, reference);
    if (resolution.ok)
      pending.push({ node: resolution.at.node, trail: { root: resolution.at, parent: null, tokens: [] } });
    else
      this.#reading.warn(
        resolution.code,
        { file: place.file, pointer: childPointer(place.pointer, key) },
        `${resolution.message}; ${consequence}`,
      );
  }
}

function visit(parent: Trail, tokens: readonly (string | number)[], node: JsonValue): Visit {
  return { node, trail: { root: parent.root, parent, tokens } };
}

function placeOf(trail: Trail): DocumentPlace {
  const steps: Trail[] = [];
  for (let each: Trail | null = trail; each !== null; each = each.parent) steps.push(each);
  let pointer = trail.root.pointer;
  for (const step of steps.toReversed()) for (const token of step.tokens) pointer = childPointer(pointer, token);
  return { file: trail.root.file, pointer };
}
