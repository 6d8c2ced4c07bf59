import { isObject } from '../json/json-value.ts';
import { memberAt, textsOf } from './declared-member.ts';
import { referenceChain } from '../schema/schema-reference.ts';
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
 * that is called like the parameter, or `id` for a parameter that ends so, beside the owner, or outside of the object that is the owner. Null where nothing says it.
 */
export function answerIdOf(
  document: ApiDocument,
  { answerId, test }: OwnedResource,
  read: { readonly operation: Operation; readonly parameter: string } | null,
): AnswerId | null {
  if (answerId === 'none') return null;
  if (answerId !== null) return { tokens: answerId, required: true };
  if (read === null || test.kind !== 'owner') return null;
  const owners = test.matches.map(({ tokens }) => tokens);
  const owner = owners[0] ?? [];
  const star = owner.indexOf('*');
  const beside = owner.slice(0, Math.max((star < 0 ? owner.length : star) - 1, 0));
  const { operation, parameter } = read;
  const given = operation.parameters.find((one) => one.in === 'path' && one.name === parameter)?.schema ?? null;
  const names = namesOf(operation, parameter);
  for (const schema of answersOf(operation))
    for (let at = beside.length, isOwners = true; at >= 0 && isOwners; at--) {
      isOwners = false;
      for (const name of names) {
        const tokens = [...beside.slice(0, at), name];
        // The id of the owner, in an object of its own: that of what is owned stands outside.
        if (owners.some((one) => isSame(one, tokens))) isOwners = true;
        else {
          const found = memberAt(document, schema, tokens);
          if (
            found !== null &&
            mayBeOne(kindOf(document, found.schema), given === null ? null : kindOf(document, given))
          )
            return { tokens, required: found.required };
        }
      }
    }
  return null;
}

/** What the member may be called: `id` only where the path ends with the parameter, as that of `/accounts/{accountId}/settings` is of the settings. */
function namesOf({ path }: Operation, parameter: string): readonly string[] {
  const isLast = path.replace(/\/$/, '').endsWith(`/{${parameter}}`);
  if (isLast && /^[iI][dD]$|[-_.](?:id|ID)$|[a-z0-9]I[dD]$/.test(parameter)) return [parameter, 'id'];
  return isLast || !/^id$/i.test(parameter) ? [parameter] : [];
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((token, at) => token === right[at]);
}

/** Schemas of good answers in JSON. */
function answersOf({ responses }: Operation): readonly SchemaSource[] {
  return responses
    .filter(({ status }) => /^(?:20[0-3]|2XX)$/i.test(status))
    .flatMap(({ content }) => content)
    .flatMap(({ range, schema }) => (schema !== null && /[/+]json(?:;|$)/.test(range) ? [schema] : []));
}

interface Kind {
  readonly types: readonly string[];
  /** Anything but a bare type: `format`, `pattern`. */
  readonly isShaped: boolean;
}

function kindOf(document: ApiDocument, schema: SchemaSource): Kind {
  const nodes = [...referenceChain(document, schema)].map(({ node }) => node).filter(isObject);
  return {
    types: nodes.flatMap((node) => textsOf(node['type'])),
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
