import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { isRule, shapeProblem } from './keyword-shapes.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { below, type ReferenceResolver, referenceOf, unresolved } from './schema-reference.ts';
import { translateDialect } from './translate-dialect.ts';

const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', 'dependentSchemas'];
const SINGLE = [
  ...['not', 'if', 'then', 'else', 'items', 'contains', 'propertyNames'],
  ...['additionalProperties', 'unevaluatedItems', 'unevaluatedProperties'],
];
/** More than a person reads at once. */
export const MAX_FAULTS = 100;

/**
 * Everything that keeps these schemas from being compiled, where compiling stops at the first of it: keywords with values they cannot have, references that
 * lead nowhere. At most 100, in the order of the text. Empty for schemas whose fault is of another kind.
 */
export function findSchemaFaults(
  document: ReferenceResolver,
  sources: Iterable<SchemaSource>,
): readonly SchemaCompileError[] {
  const faults: SchemaCompileError[] = [];
  const seen = new Set<JsonObject>();
  // An explicit stack: a chain of references may be longer than the call stack is deep.
  const pending = [...sources].reverse();
  for (let source = pending.pop(); source !== undefined && faults.length < MAX_FAULTS; source = pending.pop()) {
    const { node } = source;
    if (typeof node === 'boolean') continue;
    if (!isObject(node)) {
      faults.push(new SchemaCompileError(source, 'a schema is an object, true or false'));
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    const next: SchemaSource[] = [];
    const reference = referenceOf(node);
    if (reference !== null) {
      const target = document.resolveSchema(source, reference);
      if (target === null) faults.push(unresolved(document, source, reference));
      else next.push(target);
    }
    if (reference === null || source.dialect === 'json-schema-2020-12') visitKeywords(source, node, faults, next);
    // One by one: more than a call takes arguments may stand in one schema.
    for (let one = next.pop(); one !== undefined; one = next.pop()) pending.push(one);
  }
  return faults;
}

function visitKeywords(
  source: SchemaSource,
  node: JsonObject,
  faults: SchemaCompileError[],
  next: SchemaSource[],
): void {
  for (const [keyword, value] of Object.entries(translateDialect(node, source.dialect).keywords)) {
    if (!isRule(keyword)) continue;
    const problem = shapeProblem(keyword, value);
    if (problem !== null) faults.push(new SchemaCompileError(source, problem));
    for (const child of childrenOf(source, keyword, value)) if (isObject(child.node)) next.push(child);
  }
}

/** The schemas under a keyword, as far as its value holds any. */
function childrenOf(source: SchemaSource, keyword: string, value: JsonValue): SchemaSource[] {
  if (SINGLE.includes(keyword)) return [below(source, value, keyword)];
  if (LISTS.includes(keyword) && Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) => below(source, item, keyword, index));
  if (MAPS.includes(keyword) && isObject(value))
    return Object.entries(value as JsonObject).map(([name, item]) => below(source, item, keyword, name));
  return [];
}
