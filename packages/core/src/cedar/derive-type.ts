import type { ApiDocument, SchemaSource } from '../openapi/model.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { type CedarType, type MemberType, recordType, STRING } from './cedar-type.ts';

/** How deep a body is looked into. Records of Cedar have no recursive types, and conditions rarely look deeper. */
const MAX_DEPTH = 5;
/** A record of more members is cut off: a schema that names thousands would make one of each for every operation. */
const MAX_MEMBERS = 500;

/**
 * The type of Cedar that holds the values of a schema; null where none does: no type, several types, a map, a recursion, more than
 * five levels down. Numbers are decimals, which hold four digits after the point; texts in a format of Cedar have its type: `date` and
 * `date-time` are datetime, `ipv4` and `ipv6` are ipaddr. What may be null may be missing. Branches of `oneOf` and `anyOf` are
 * laid over each other: a member that not all of them require may be missing, and one whose types differ is left out.
 */
export function deriveType(source: SchemaSource, document: ApiDocument): CedarType | null {
  return derive(source, document, 0)?.type ?? null;
}

/** A type, and whether a value of it may be null instead. */
interface Derived {
  readonly type: CedarType;
  readonly nullable: boolean;
}

function derive(from: SchemaSource, document: ApiDocument, depth: number): Derived | null {
  const source = follow(from, document);
  if (source === null || depth > MAX_DEPTH) return null;
  const node = source.node as JsonObject;
  const own = deriveOwn(source, node, document, depth);
  const parts: (Derived | null)[] = own === undefined ? [] : [own];
  for (const part of listOf(node['allOf'])) {
    const derived = derive({ ...source, node: part }, document, depth);
    // A part that says nothing of the type only narrows it.
    if (derived !== null) parts.push(derived);
  }
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const branches = listOf(node[keyword]).filter((branch) => !isNullOnly(branch));
    if (branches.length > 0) {
      const joined = joinBranches(branches.map((branch) => derive({ ...source, node: branch }, document, depth)));
      if (joined !== null || parts.length === 0) parts.push(joined);
    }
    if (branches.length < listOf(node[keyword]).length) parts.push(...parts.splice(0).map(orNull));
  }
  return joinParts(parts);
}

function orNull(derived: Derived | null): Derived | null {
  return derived === null ? null : { ...derived, nullable: true };
}

/** What the node itself says; undefined where it says nothing of the type. */
function deriveOwn(
  source: SchemaSource,
  node: JsonObject,
  document: ApiDocument,
  depth: number,
): Derived | null | undefined {
  const types = typesOf(node);
  const nullable = types.includes('null') || node['nullable'] === true;
  const [name, more] = types.filter((type) => type !== 'null');
  if (name === undefined) return undefined;
  if (more !== undefined) return null;
  const type = typeNamed(name, source, node, document, depth);
  return type === null ? null : { type, nullable };
}

function typeNamed(
  name: string,
  source: SchemaSource,
  node: JsonObject,
  document: ApiDocument,
  depth: number,
): CedarType | null {
  switch (name) {
    case 'boolean':
      return { kind: 'Boolean' };
    case 'integer':
      return { kind: 'Long' };
    case 'number':
      return { kind: 'decimal' };
    case 'string':
      return typeOfText(node['format']);
    case 'array': {
      const items = node['items'];
      const of = items === undefined ? null : derive({ ...source, node: items }, document, depth + 1);
      return of === null || of.nullable ? null : { kind: 'Set', of: of.type };
    }
    case 'object':
      return deriveRecord(source, node, document, depth);
    default:
      return null;
  }
}

function typeOfText(format: JsonValue | undefined): CedarType {
  if (format === 'date' || format === 'date-time') return { kind: 'datetime' };
  if (format === 'ipv4' || format === 'ipv6') return { kind: 'ipaddr' };
  return STRING;
}

function deriveRecord(source: SchemaSource, node: JsonObject, document: ApiDocument, depth: number): CedarType {
  const required = new Set(listOf(node['required']));
  const properties = node['properties'];
  const members: [string, MemberType][] = [];
  for (const [name, schema] of isObject(properties) ? Object.entries(properties).slice(0, MAX_MEMBERS) : []) {
    const member: SchemaSource = { ...source, node: schema };
    const target = follow(member, document);
    // A request may not have it.
    if (target === null || (target.node as JsonObject)['readOnly'] === true) continue;
    const derived = derive(member, document, depth + 1);
    if (derived !== null)
      members.push([name, { type: derived.type, required: required.has(name) && !derived.nullable }]);
  }
  return recordType(members);
}

/** `allOf`: what all of them say. Members of records add up; required by one is required. */
function joinParts(parts: readonly (Derived | null)[]): Derived | null {
  let joined: Derived | null = null;
  for (const part of parts) {
    if (part === null) return null;
    if (joined === null) {
      joined = part;
      continue;
    }
    if (joined.type.kind !== part.type.kind) return null;
    const nullable: boolean = joined.nullable && part.nullable;
    if (joined.type.kind !== 'Record' || part.type.kind !== 'Record') {
      joined = { type: part.type, nullable };
      continue;
    }
    const members: Map<string, MemberType> = new Map(joined.type.members);
    for (const [name, member] of part.type.members) {
      const before = members.get(name);
      members.set(name, { type: member.type, required: member.required || before?.required === true });
    }
    joined = { type: { kind: 'Record', members }, nullable };
  }
  return joined;
}

/** `oneOf` and `anyOf`: one of them holds, and nobody knows which. */
function joinBranches(branches: readonly (Derived | null)[]): Derived | null {
  let joined: Derived | null = null;
  for (const branch of branches) {
    if (branch === null) return null;
    joined = joined === null ? branch : joinTwo(joined, branch);
    if (joined === null) return null;
  }
  return joined;
}

function joinTwo(left: Derived, right: Derived): Derived | null {
  const nullable = left.nullable || right.nullable;
  const type = eitherType(left.type, right.type);
  return type === null ? null : { type, nullable };
}

function eitherType(left: CedarType, right: CedarType): CedarType | null {
  if (left.kind === 'Record' && right.kind === 'Record') {
    const members: [string, MemberType][] = [];
    for (const name of new Set([...left.members.keys(), ...right.members.keys()])) {
      const one = left.members.get(name);
      const other = right.members.get(name);
      if (one === undefined || other === undefined) {
        members.push([name, { type: (one ?? other)?.type ?? STRING, required: false }]);
        continue;
      }
      const type = eitherType(one.type, other.type);
      if (type !== null) members.push([name, { type, required: one.required && other.required }]);
    }
    return recordType(members);
  }
  if (left.kind === 'Set' && right.kind === 'Set') {
    const of = eitherType(left.of, right.of);
    return of === null ? null : { kind: 'Set', of };
  }
  return left.kind === right.kind ? left : null;
}

/** The schema that a chain of references ends at; null where it ends nowhere or is no object. */
function follow(source: SchemaSource, document: ApiDocument): SchemaSource | null {
  let at: SchemaSource | null = source;
  for (let steps = 0; at !== null && steps < 32; steps++) {
    const node: JsonValue = at.node;
    if (!isObject(node)) return null;
    const reference: JsonValue | undefined = node['$ref'];
    if (typeof reference !== 'string') return at;
    at = document.resolveSchema(at, reference);
  }
  return null;
}

function typesOf(node: JsonObject): readonly string[] {
  const { type } = node;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((name) => typeof name === 'string');
  if (isObject(node['properties'])) return ['object'];
  if (node['items'] !== undefined) return ['array'];
  const values = Array.isArray(node['enum']) ? node['enum'] : node['const'] === undefined ? [] : [node['const']];
  return [...new Set(values.map(typeOfValue))];
}

function typeOfValue(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function isNullOnly(branch: JsonValue): boolean {
  return isObject(branch) && (branch['type'] === 'null' || branch['const'] === null);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
