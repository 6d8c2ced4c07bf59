import { isObject } from '../json/json-value.ts';
import { listedSchemas, mappedSchemas, placeOf, referenceChain } from '../schema/schema-reference.ts';
import type { ApiDocument, Operation, SchemaSource } from '../openapi/model.ts';
import type { OwnedResource } from './ownership-policy.ts';

/** Where the answer of a read names the object that it is of. */
export interface AnswerId {
  readonly tokens: readonly string[];
  /** False: an answer without it is believed, one with another is not. */
  readonly required: boolean;
}

/**
 * Where the answer of whoever is asked for an object must name it: where the policy says, and otherwise where the document declares a member of the answer
 * that is called like the parameter, or `id` for a parameter that ends so, beside the owner. Null where nothing says it.
 */
export function answerIdOf(
  document: ApiDocument,
  { answerId, test }: OwnedResource,
  read: { readonly operation: Operation; readonly parameter: string } | null,
): AnswerId | null {
  if (answerId === 'none') return null;
  if (answerId !== null) return { tokens: answerId, required: true };
  if (read === null || test.kind !== 'owner') return null;
  const owner = test.matches[0]?.tokens ?? [];
  const star = owner.indexOf('*');
  const beside = owner.slice(0, Math.max((star < 0 ? owner.length : star) - 1, 0));
  const { operation, parameter } = read;
  const given = operation.parameters.find((one) => one.in === 'path' && one.name === parameter)?.schema ?? null;
  const names = /^[iI][dD]$|[-_.](?:id|ID)$|[a-z0-9]I[dD]$/.test(parameter) ? [parameter, 'id'] : [parameter];
  for (const schema of answersOf(operation))
    for (const name of names) {
      const tokens = [...beside, name];
      const found = memberAt(document, schema, tokens, new Set());
      if (found !== null && mayBeOne(kindOf(document, found.schema), given === null ? null : kindOf(document, given)))
        return { tokens, required: found.required };
    }
  return null;
}

/** Schemas of good answers in JSON. */
function answersOf({ responses }: Operation): readonly SchemaSource[] {
  return responses
    .filter(({ status }) => /^(?:20[0-3]|2XX)$/i.test(status))
    .flatMap(({ content }) => content)
    .flatMap(({ range, schema }) => (schema !== null && /[/+]json(?:;|$)/.test(range) ? [schema] : []));
}

interface Member {
  readonly schema: SchemaSource;
  readonly required: boolean;
}

const MAX_SCHEMAS = 10_000;

/** The member at a place of a schema, null where none is declared: of alternatives, one that only some of them have is not required. */
export function memberAt(
  document: ApiDocument,
  from: SchemaSource,
  tokens: readonly string[],
  seen: Set<string>,
): Member | null {
  const [name, ...rest] = tokens;
  if (name === undefined) return null;
  for (const source of referenceChain(document, from)) {
    const key = `${tokens.length} ${placeOf(source)}`;
    if (seen.has(key) || seen.size > MAX_SCHEMAS) return null;
    seen.add(key);
    for (const [property, schema] of mappedSchemas(source, 'properties')) {
      if (property !== name) continue;
      const required = isObject(source.node) && asList(source.node['required']).includes(name);
      if (rest.length === 0) return { schema, required };
      const found = memberAt(document, schema, rest, seen);
      return found === null ? null : { ...found, required: required && found.required };
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const one of listedSchemas(source, keyword)) {
        const found = memberAt(document, one, tokens, seen);
        if (found !== null) return keyword === 'allOf' ? found : { ...found, required: false };
      }
  }
  return null;
}

interface Kind {
  readonly types: readonly string[];
  /** Anything but a bare type: `format`, `pattern`. */
  readonly isShaped: boolean;
}

function kindOf(document: ApiDocument, schema: SchemaSource): Kind {
  const nodes = [...referenceChain(document, schema)].map(({ node }) => node).filter(isObject);
  return {
    types: nodes.flatMap((node) => asList(node['type'])),
    isShaped: nodes.some(({ type, format, pattern }) => type === 'string' && (format ?? pattern) !== undefined),
  };
}

/** Whether a member can be what the parameter is: a text or a number, and no number where the other is a UUID. */
function mayBeOne(member: Kind, parameter: Kind | null): boolean {
  if (member.types.some((type) => !SCALARS.has(type))) return false;
  if (parameter === null) return true;
  return !((member.isShaped && isNumber(parameter)) || (parameter.isShaped && isNumber(member)));
}

const SCALARS = new Set(['string', 'integer', 'number', 'null']);

function isNumber({ types }: Kind): boolean {
  return types.length > 0 && types.every((type) => type === 'integer' || type === 'number');
}

function asList(value: unknown): readonly string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string');
}
