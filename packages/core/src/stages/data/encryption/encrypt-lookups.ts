import type { Exchange } from '../../../exchange.ts';
import { foldCase } from '../../../json/fold-case.ts';
import type { Operation, Parameter } from '../../../openapi/model.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { modesFor } from '../../../policy/operation-policy.ts';
import { deny } from '../../../verdict/denial.ts';
import { decodePercent } from '../../validation/percent-decoding.ts';
import type { DataStage } from '../../stage.ts';
import { dataIndex } from '../data-index.ts';
import { sameValue } from '../marked-nodes.ts';
import { canIndex, keepIndexPort, lookupsOf } from './field-indexes.ts';

/** Which parameters of an operation look up encrypted fields. */
export interface LookupRule {
  readonly id: string;
  /** By name, case folded: `Email` reaches what takes it for `email`. */
  readonly query: ReadonlyMap<string, FieldIndex>;
  /** Declared ones that are lists, by name, case folded, with what divides their items; null where each item is a pair of its own. */
  readonly lists: ReadonlyMap<string, string | null>;
  /** By the position of the expression in the path. */
  readonly path: ReadonlyMap<number, FieldIndex>;
  readonly names: readonly string[];
}

const DIVIDERS: Readonly<Record<string, string>> = { form: ',', spaceDelimited: '%20', pipeDelimited: '%7C' };

/**
 * Replaces parameters of path and query that look up an encrypted field (`data.encrypt.indexes`) by the index of what they hold. A parameter that is
 * a list gets the indexes under every key, any other that under the key that is written. What the request proves and may do is decided over
 * what the client sent; headers and cookies are not looked at.
 */
export const encryptLookups: DataStage<LookupRule> = {
  name: 'data',
  compile(operation, context) {
    const indexes = context.policy.data?.encrypt?.indexes;
    if (indexes === undefined || indexes.size === 0) return null;
    const byName = new Map(
      [...indexes.values()].flatMap((index) => index.parameters.map((name) => [name, index] as const)),
    );
    const found = operation.parameters.filter((parameter) => byName.has(bareName(parameter.name)));
    const inPlace = (place: Parameter['in']): Parameter[] => found.filter((parameter) => parameter.in === place);
    // One that is declared as a whole may be sent in parts: filter[email].
    const asksQuery =
      context.policy.requests.unknownParameters === 'pass' ||
      modesFor(context.policy, operation).parameters !== 'enforce' ||
      operation.parameters.some((parameter) => parameter.in === 'query' || parameter.in === 'querystring');
    const path = pathPositions(operation, byName);
    if (!asksQuery && path.size === 0) return null;
    const { graph } = dataIndex(context);
    const lists = inPlace('query').filter(
      ({ schema }) => schema !== null && sameValue([graph.vertex(schema)]).some(({ items }) => items.length > 0),
    );
    return {
      id: operation.id,
      query: asksQuery ? byName : new Map(),
      lists: new Map(
        lists.map(({ name, explode, style }) => [bareName(name), explode ? null : (DIVIDERS[style] ?? ',')]),
      ),
      path,
      names: [...inPlace('query'), ...inPlace('path')].map((parameter) => `${parameter.in} ${parameter.name}`),
    };
  },
  readsBody: () => false,
  gather(_rule, exchange, { fieldIndex }) {
    keepIndexPort(exchange, fieldIndex);
    return undefined;
  },
  decide(rule, exchange) {
    return canIndex(exchange) ? null : deny('ENCRYPTED_KEY_UNAVAILABLE', 'data', { rule: rule.id });
  },
  edit(rule, exchange) {
    const query = exchange.rewrittenQuery ?? exchange.query;
    if (rule.query.size > 0 && query !== null && query !== '')
      exchange.rewrittenQuery = rewriteQuery(rule, query, exchange);
    if (rule.path.size > 0) rewritePath(rule, exchange);
  },
  describe: ({ names }) => names.map((name) => `${name}: replaced by the index of the encrypted field`),
};

/** PHP, Rails and qs take `email[]` and `email[0]` for items of `email`. */
function bareName(name: string): string {
  return foldCase(name.replace(/\[\d*\]$/, ''));
}

function pathPositions(operation: Operation, byName: ReadonlyMap<string, FieldIndex>): ReadonlyMap<number, FieldIndex> {
  const found = new Map<number, FieldIndex>();
  for (const [position, [, name = '']] of [...operation.path.matchAll(/\{([^{}]*)\}/g)].entries()) {
    const index = byName.get(foldCase(name));
    if (index !== undefined) found.set(position, index);
  }
  return found;
}

function rewriteQuery(rule: LookupRule, query: string, exchange: Exchange): string {
  // A link to the next page has an item once for each key, and would grow from page to page.
  const items = new Set<string>();
  const isNew = (item: string): boolean => items.size < items.add(item).size;
  const pairs = query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=');
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true);
    const folded = bareName(name ?? '');
    const index = rule.query.get(foldCase(name ?? '')) ?? rule.query.get(folded);
    if (index === undefined || equals < 0 || equals === pair.length - 1) return [pair];
    const written = pair.slice(0, equals + 1);
    const divider = rule.lists.get(folded);
    const raw = pair.slice(equals + 1);
    if (divider === undefined) return [written + (lookUp(raw, index, exchange)[0] ?? '')];
    if (divider === null)
      return lookUp(raw, index, exchange)
        .map((text) => written + text)
        .filter(isNew);
    // A divider may be written as it is or encoded.
    const texts = raw.split(new RegExp(divider === '%20' ? '%20|\\+' : divider === '%7C' ? '%7C|\\|' : ',|%2C', 'i'));
    return [written + [...new Set(texts.flatMap((text) => lookUp(text, index, exchange)))].join(divider)];
  });
  return pairs.join('&');
}

function lookUp(raw: string, index: FieldIndex, exchange: Exchange): readonly string[] {
  return lookupsOf(decodePercent(raw, true) ?? raw, index, exchange);
}

/** The path is filled in anew, so that the upstream sees the index wherever the value stood. */
function rewritePath(rule: LookupRule, exchange: Exchange): void {
  const { operation, path, pathValues } = exchange;
  if (operation === null) return;
  const { basePaths, path: template } = operation.operation;
  const base = basePaths.find((one) => one + fill(template, pathValues) === path);
  if (base === undefined) throw new Error('the path is none of the operation');
  const values = pathValues.map((value, position) => {
    const index = rule.path.get(position);
    if (index === undefined) return value;
    return lookupsOf(decodePercent(value, false) ?? value, index, exchange)[0] ?? '';
  });
  exchange.upstreamPathValues = values;
  exchange.upstreamPath = base + fill(template, values);
}

function fill(template: string, values: readonly string[]): string {
  let at = 0;
  return template.replaceAll(/\{[^{}]*\}/g, () => values[at++] ?? '');
}
