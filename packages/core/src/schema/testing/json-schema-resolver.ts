import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { joinPointer, valueAt } from '../../json/json-pointer.ts';
import type { SchemaSource } from '../../openapi/model.ts';
import type { ReferenceResolver } from '../schema-reference.ts';

interface Resource {
  readonly uri: string;
  readonly file: string;
  readonly pointer: string;
}

const ONE = [
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAP = ['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas'];

/** Resolves references among JSON Schema documents by their URIs, as JSON Schema 2020-12 (core, 8.2 and 9) says. For tests. */
export class JsonSchemaResolver implements ReferenceResolver {
  readonly #files: Map<string, JsonValue>;
  readonly #resources: Map<string, Resource>;
  readonly #anchors: Map<string, SchemaSource>;

  /** Begins with what `known` has; what is added to either is none of the other's. */
  constructor(known?: JsonSchemaResolver) {
    this.#files = new Map(known === undefined ? [] : known.#files);
    this.#resources = new Map(known === undefined ? [] : known.#resources);
    this.#anchors = new Map(known === undefined ? [] : known.#anchors);
  }

  add(uri: string, root: JsonValue): SchemaSource {
    this.#files.set(uri, root);
    const source: SchemaSource = { file: uri, pointer: '', dialect: 'json-schema-2020-12', node: root };
    this.#resources.set(uri, { uri, file: uri, pointer: '' });
    this.#index(source, uri);
    return source;
  }

  #index(source: SchemaSource, base: string): void {
    const { node } = source;
    if (!isObject(node)) return;
    let uri = base;
    if (typeof node['$id'] === 'string') {
      uri = (URL.parse(node['$id'], base)?.href ?? base).replace(/#$/, '');
      this.#resources.set(uri, { uri, file: source.file, pointer: source.pointer });
    }
    for (const keyword of ['$anchor', '$dynamicAnchor'])
      if (typeof node[keyword] === 'string') this.#anchors.set(`${uri}#${node[keyword]}`, source);
    const child = (value: JsonValue, ...tokens: (string | number)[]): void =>
      this.#index({ ...source, pointer: joinPointer(source.pointer, ...tokens), node: value }, uri);
    for (const keyword of ONE) if (Object.hasOwn(node, keyword)) child(node[keyword] as JsonValue, keyword);
    for (const keyword of LIST)
      if (Array.isArray(node[keyword]))
        for (const [i, item] of (node[keyword] as readonly JsonValue[]).entries()) child(item, keyword, i);
    for (const keyword of MAP)
      if (isObject(node[keyword]))
        for (const [name, item] of Object.entries(node[keyword] as JsonObject)) child(item, keyword, name);
  }

  resolveSchema(from: SchemaSource, reference: string): SchemaSource | null {
    const absolute = URL.parse(reference, this.#base(from))?.href;
    if (absolute === undefined) return null;
    const [uri = '', fragment = ''] = absolute.split('#');
    const resource = this.#resources.get(uri);
    if (resource === undefined) return null;
    const name = decodeURIComponent(fragment);
    if (name !== '' && !name.startsWith('/')) return this.#anchors.get(`${uri}#${name}`) ?? null;
    const pointer = resource.pointer + name;
    const node = valueAt(this.#files.get(resource.file) ?? null, pointer);
    return node === undefined ? null : { file: resource.file, pointer, dialect: 'json-schema-2020-12', node };
  }

  #base(from: SchemaSource): string {
    let best: Resource | null = null;
    for (const resource of this.#resources.values()) {
      const inside =
        resource.file === from.file &&
        (from.pointer === resource.pointer || from.pointer.startsWith(`${resource.pointer}/`));
      // The same place may have two names, that of its file and its `$id`: the later one is the `$id`.
      if (inside && (best === null || resource.pointer.length >= best.pointer.length)) best = resource;
    }
    return best?.uri ?? from.file;
  }
}
