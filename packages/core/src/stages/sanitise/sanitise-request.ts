import type { Exchange } from '../../exchange.ts';
import { DEFAULT_SANITISE_POLICY, type SanitisePolicy } from '../../policy/sanitise-policy.ts';
import type { Operation } from '../../openapi/model.ts';
import { deny, type Denial, type FieldError } from '../../verdict/denial.ts';
import type { BodyPlaces } from '../data/body-places.ts';
import { dataIndex } from '../data/data-index.ts';
import { listMarked } from '../data/marked-nodes.ts';
import { ADDRESS, readMarks, TEXT } from '../data/marks.ts';
import { readBody } from '../data/read-body.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import type { CompileContext, DataStage } from '../stage.ts';
import { cleanText, isForbidden, mayHoldForbidden, visitTexts } from './clean-values.ts';
import { isCsv, mayBeCsv } from './csv-type.ts';
import { hasFormula, neutraliseCsv } from './neutralise-csv.ts';
import { hasMarkup } from './text-rules.ts';

/** What the texts of an operation's requests may hold. */
export interface TextRule {
  readonly id: string;
  readonly policy: SanitisePolicy;
  /** Null where no text of the body is marked. */
  readonly places: BodyPlaces | null;
  /** Nothing of the body but addresses is marked. */
  readonly addressesOnly: boolean;
  readonly csv: boolean;
  /** Query parameters that are addresses. */
  readonly addresses: ReadonlySet<string>;
}

const MAX_ERRORS = 20;
const MAX_LINES = 50;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Cleans HTML and escapes markup in the texts that are marked so, and refuses markup in those that must not hold any, addresses with schemes that run
 * something, and tables with formulas. Bodies of a form in which texts cannot be told apart are refused.
 */
export const sanitiseRequest: DataStage<TextRule> = {
  name: 'sanitise',
  compile(operation, context) {
    const policy = context.policy.sanitise ?? DEFAULT_SANITISE_POLICY;
    const places = dataIndex(context).request(operation, TEXT | ADDRESS);
    const csv = policy.csv.uploads !== 'pass' && mayBeCsv(operation.requestBody?.content ?? []);
    const addresses = addressParameters(operation, context);
    if (places === null && !csv && addresses.size === 0) return null;
    const addressesOnly = dataIndex(context).request(operation, TEXT) === null;
    return { id: operation.id, policy, places, addressesOnly, csv, addresses };
  },
  readsBody: (rule) => rule.places !== null || rule.csv,
  decide(rule, exchange) {
    return decideQuery(rule, exchange) ?? decideBody(rule, exchange);
  },
  observe(rule, exchange) {
    const denial = decideQuery(rule, exchange) ?? decideBody(rule, exchange);
    if (denial !== null) return denial;
    const errors: FieldError[] = [];
    visitBody(rule, exchange, (pointer, text, cleaned) => {
      if (cleaned !== text) errors.push(errorAt(pointer, 'markup', 'would be cleaned'));
    });
    return errors.length === 0
      ? null
      : deny('TEXT_MARKUP_REFUSED', 'sanitise', { rule: rule.id, errors: errors.slice(0, MAX_ERRORS) });
  },
  edit(rule, exchange) {
    const { body } = exchange;
    if (body === null) return;
    const type = parseMediaType(exchange.headers.contentType ?? '');
    if (rule.csv && isCsv(type)) {
      const table = decoder.decode(body);
      const neutral = neutraliseCsv(table);
      if (neutral !== table) exchange.body = new TextEncoder().encode(neutral);
      return;
    }
    const edited = visitBody(rule, exchange, (_, text, cleaned, replace) => {
      if (cleaned !== text) replace(cleaned);
    });
    if (edited !== null && type !== null && bodyFormat(type) !== 'json') exchange.body = edited;
  },
  describe(rule) {
    const lines = listMarked(rule.places?.all ?? null, MAX_LINES)
      .filter(({ marks }) => marks.texts.length > 0)
      .map(({ pointer, marks }) => `${pointer === '' ? 'the body' : pointer}: ${marks.texts.join(', ')}`);
    if (rule.addresses.size > 0) lines.push(`addresses in the query: ${[...rule.addresses].join(', ')}`);
    if (rule.csv) lines.push(`formulas in CSV: ${rule.policy.csv.uploads}`);
    return lines;
  },
};

function addressParameters(operation: Operation, context: CompileContext): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { in: where, name, schema } of operation.parameters) {
    if (where !== 'query' || schema === null) continue;
    let texts = readMarks(schema.node, () => undefined)?.texts ?? [];
    const node = schema.node as { readonly $ref?: unknown };
    if (texts.length === 0 && typeof node === 'object' && node !== null && typeof node.$ref === 'string')
      texts = readMarks(context.document.resolveSchema(schema, node.$ref)?.node ?? null, () => undefined)?.texts ?? [];
    if (texts.includes('uri')) found.add(name);
  }
  return found;
}

function decideQuery(rule: TextRule, exchange: Exchange): Denial | null {
  if (rule.addresses.size === 0 || exchange.query === null) return null;
  const errors: FieldError[] = [];
  for (const pair of exchange.query.split('&')) {
    const equals = pair.indexOf('=');
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true);
    if (name === null || !rule.addresses.has(name)) continue;
    const value = decodePercent(equals < 0 ? '' : pair.slice(equals + 1), true);
    if (value !== null && isForbidden(value, rule.policy) && errors.length < MAX_ERRORS)
      errors.push({
        in: 'query',
        name,
        pointer: '',
        schema: null,
        keyword: 'scheme',
        message: 'must not have this scheme',
      });
  }
  return errors.length === 0 ? null : deny('TEXT_ADDRESS_REFUSED', 'sanitise', { rule: rule.id, errors });
}

function decideBody(rule: TextRule, exchange: Exchange): Denial | null {
  const { body } = exchange;
  if (body === null || body.length === 0) return null;
  const { policy } = rule;
  const type = parseMediaType(exchange.headers.contentType ?? '');
  if (rule.csv && policy.csv.uploads === 'refuse' && isCsv(type) && hasFormula(decoder.decode(body)))
    return deny('TEXT_FORMULA_REFUSED', 'sanitise', { rule: rule.id });
  const place = rule.places?.select(type) ?? null;
  if (place === null || (rule.addressesOnly && isJson(type) && !mayHoldForbidden(body, policy))) return null;
  const read = type === null ? null : readBody(body, type, () => exchange.json);
  // Many a schema has an address somewhere: that alone is no reason to refuse XML, which `check` says is not looked into.
  if (read === null) return rule.addressesOnly ? null : deny('TEXT_BODY_UNREADABLE', 'sanitise', { rule: rule.id });
  const addresses: FieldError[] = [];
  const markup: FieldError[] = [];
  visitTexts(read, place, (leaf, text, kinds) => {
    if (kinds.includes('uri') && isForbidden(text, policy))
      addresses.push(errorAt(leaf.pointer, 'scheme', 'must not have this scheme'));
    else if (kinds.includes('plain') && policy.plain === 'refuse' && hasMarkup(text))
      markup.push(errorAt(leaf.pointer, 'markup', 'must not hold markup'));
  });
  if (addresses.length > 0)
    return deny('TEXT_ADDRESS_REFUSED', 'sanitise', { rule: rule.id, errors: addresses.slice(0, MAX_ERRORS) });
  return markup.length === 0
    ? null
    : deny('TEXT_MARKUP_REFUSED', 'sanitise', { rule: rule.id, errors: markup.slice(0, MAX_ERRORS) });
}

/** The body with what was replaced; null where nothing of it is marked or it cannot be read. */
function visitBody(
  rule: TextRule,
  exchange: Exchange,
  visit: (pointer: string, text: string, cleaned: string, replace: (text: string) => void) => void,
): Uint8Array | null {
  const { body } = exchange;
  const type = parseMediaType(exchange.headers.contentType ?? '');
  const place = rule.places?.select(type) ?? null;
  // Addresses were decided over; there is nothing to clean of them.
  if (rule.addressesOnly || body === null || body.length === 0 || place === null || type === null) return null;
  const read = readBody(body, type, () => exchange.json);
  if (read === null) return null;
  visitTexts(read, place, (leaf, text, kinds) =>
    visit(leaf.pointer, text, cleanText(text, kinds, rule.policy), (cleaned) => leaf.replace(cleaned)),
  );
  return read.bytes();
}

function isJson(type: ParsedMediaType | null): boolean {
  return type !== null && bodyFormat(type) === 'json';
}

function errorAt(pointer: string, keyword: string, message: string): FieldError {
  return { in: 'body', name: null, pointer, schema: null, keyword, message };
}
