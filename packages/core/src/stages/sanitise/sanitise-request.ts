import type { Exchange } from '../../exchange.ts';
import { DEFAULT_SANITISE_POLICY, type SanitisePolicy } from '../../policy/sanitise-policy.ts';
import { deny, type Denial, type FieldError } from '../../verdict/denial.ts';
import type { BodyPlaces } from '../data/body-places.ts';
import { dataIndex } from '../data/data-index.ts';
import { listMarked } from '../data/marked-nodes.ts';
import { ADDRESS, TEXT } from '../data/marks.ts';
import { readBody } from '../data/read-body.ts';
import { unreadRanges } from '../data/unread-ranges.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import type { DataStage } from '../stage.ts';
import { AddressParameters } from './address-parameters.ts';
import { cleanText, isForbidden, mayHoldForbidden, visitTexts } from './clean-values.ts';
import { mayHoldTables, readTables } from './csv-parts.ts';
import { isCsv, mayBeCsv, mayHaveTables } from './csv-type.ts';
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
  /** Parts of a multipart body may be tables. */
  readonly parts: boolean;
  readonly addresses: AddressParameters;
  /** Ranges of declared types in which texts are marked and that are not looked into. */
  readonly unread: readonly string[];
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
    const content = operation.requestBody?.content ?? [];
    const csv = policy.csv.uploads !== 'pass' && mayBeCsv(content);
    const parts = policy.csv.uploads !== 'pass' && mayHaveTables(content);
    const addresses = new AddressParameters(operation, context);
    if (places === null && !csv && !parts && addresses.isEmpty) return null;
    const addressesOnly = dataIndex(context).request(operation, TEXT) === null;
    const unread = unreadRanges(content, places);
    return { id: operation.id, policy, places, addressesOnly, csv, parts, addresses, unread };
  },
  readsBody: (rule) => rule.places !== null || rule.csv || rule.parts,
  decide(rule, exchange) {
    return decideParameters(rule, exchange) ?? decideBody(rule, exchange);
  },
  observe(rule, exchange) {
    const denial = decideParameters(rule, exchange) ?? decideBody(rule, exchange);
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
    if (rule.parts && mayHoldTables(body, type)) neutraliseParts(exchange, body, type);
    const edited = visitBody(rule, exchange, (_, text, cleaned, replace) => {
      if (cleaned !== text) replace(cleaned);
    });
    if (edited !== null && type !== null && bodyFormat(type) !== 'json') exchange.body = edited;
  },
  describe(rule) {
    const lines = listMarked(rule.places?.all ?? null, MAX_LINES)
      .filter(({ marks }) => marks.texts.length > 0)
      .map(({ pointer, marks }) => `${pointer === '' ? 'the body' : pointer}: ${marks.texts.join(', ')}`);
    lines.push(...rule.addresses.describe());
    if (rule.csv) lines.push(`formulas in CSV: ${rule.policy.csv.uploads}`);
    if (rule.parts) lines.push(`formulas in CSV parts: ${rule.policy.csv.uploads}`);
    if (rule.unread.length > 0)
      lines.push(
        `${rule.addressesOnly ? 'addresses are not looked for' : 'refused, for texts cannot be told apart'} in ${rule.unread.join(', ')}`,
      );
    return lines;
  },
};

function decideParameters({ id, policy, addresses }: TextRule, exchange: Exchange): Denial | null {
  if (addresses.isEmpty) return null;
  const errors = addresses.forbidden(exchange, policy, MAX_ERRORS);
  return errors.length === 0 ? null : deny('TEXT_ADDRESS_REFUSED', 'sanitise', { rule: id, errors });
}

function decideBody(rule: TextRule, exchange: Exchange): Denial | null {
  const { body } = exchange;
  if (body === null || body.length === 0) return null;
  const { policy } = rule;
  const type = parseMediaType(exchange.headers.contentType ?? '');
  if (rule.csv && policy.csv.uploads === 'refuse' && isCsv(type) && hasFormula(decoder.decode(body)))
    return deny('TEXT_FORMULA_REFUSED', 'sanitise', { rule: rule.id });
  if (rule.parts && mayHoldTables(body, type)) {
    const parts = readTables(body, type);
    if (parts === null) return deny('TEXT_BODY_UNREADABLE', 'sanitise', { rule: rule.id });
    if (policy.csv.uploads === 'refuse' && parts.tables.some((part) => hasFormula(part.content())))
      return deny('TEXT_FORMULA_REFUSED', 'sanitise', { rule: rule.id });
  }
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

function neutraliseParts(exchange: Exchange, body: Uint8Array, type: ParsedMediaType): void {
  const parts = readTables(body, type);
  if (parts === null) throw new Error('a multipart body that was accepted cannot be read');
  for (const part of parts.tables) {
    const table = part.content();
    const neutral = neutraliseCsv(table);
    if (neutral !== table) part.replace(neutral);
  }
  exchange.body = parts.bytes();
}

function isJson(type: ParsedMediaType | null): boolean {
  return type !== null && bodyFormat(type) === 'json';
}

function errorAt(pointer: string, keyword: string, message: string): FieldError {
  return { in: 'body', name: null, pointer, schema: null, keyword, message };
}
