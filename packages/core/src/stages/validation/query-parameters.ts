import type { Exchange } from '../../exchange.ts';
import type { FieldError } from '../../verdict/denial.ts';
import type { Parameter } from '../../openapi/model.ts';
import type { RequestPolicy } from '../../policy/policy.ts';
import { fieldError, MAX_FIELD_ERRORS } from './field-errors.ts';
import type { ParameterCheck } from './parameter-check.ts';
import { LooseNames } from './loose-names.ts';
import { decodePercent } from './percent-decoding.ts';
import {
  checkGathered,
  compileSlots,
  gather,
  missing,
  sentTwice,
  type Gathered,
  type Slot,
  type SlotTable,
} from './slots.ts';
import { undeclaredError } from './undeclared-parameters.ts';

/** Pairs of one query string, at most. */
const MAX_QUERY_PAIRS = 1000;

/** The whole query string as one value (`in: querystring`, OpenAPI 3.2). */
export interface WholeQuery {
  readonly parameter: Parameter;
  check(query: string): readonly FieldError[] | null;
}

export interface QueryRule {
  readonly table: SlotTable;
  readonly whole: WholeQuery | null;
  readonly unknown: RequestPolicy['unknownParameters'];
  /** Names that no other may pass for; null where undeclared ones never pass, or any may. */
  readonly loose: LooseNames | null;
  /** Names of API keys: the document's security schemes declare them. */
  readonly credentials: ReadonlySet<string>;
}

/** Null where nothing about the query has to be checked. */
export function compileQueryParameters(
  parameters: readonly Parameter[],
  whole: WholeQuery | null,
  unknown: RequestPolicy['unknownParameters'],
  lookalikes: 'refuse' | 'pass',
  credentials: ReadonlySet<string>,
  compile: (parameter: Parameter) => ParameterCheck,
): QueryRule | null {
  if (parameters.length === 0 && whole === null && unknown === 'pass') return null;
  const table = compileSlots(parameters, compile);
  const loose =
    unknown === 'pass' && lookalikes === 'refuse'
      ? new LooseNames([...table.byName.keys(), ...table.byBracket.keys(), ...credentials])
      : null;
  return { table, whole, unknown, loose, credentials };
}

/**
 * Checks the query string in one pass. A parameter that is no array and stands twice is refused; names are compared exactly, so that
 * `Id` is not `id`. What the operation does not declare is refused, passed, or left out of `exchange.rewrittenQuery`, as the policy says.
 */
export function checkQueryParameters(rule: QueryRule, exchange: Exchange, errors: FieldError[]): void {
  const query = exchange.query;
  if (rule.whole !== null) {
    checkWholeQuery(rule.whole, query, errors);
    return;
  }
  if (query === null || query === '') {
    if (rule.table.required) checkGathered(rule.table, [], errors);
    return;
  }
  const gathered: Gathered = [];
  if (gatherPairs(rule, exchange, query, gathered, errors)) checkGathered(rule.table, gathered, errors);
}

/** False where the query cannot be taken apart; what is missing from it is not worth telling then. */
function gatherPairs(
  rule: QueryRule,
  exchange: Exchange,
  query: string,
  gathered: Gathered,
  errors: FieldError[],
): boolean {
  let kept: string | null = null;
  let pairs = 0;
  const mixed = query.includes(';');
  let at = 0;
  while (at <= query.length) {
    const next = query.indexOf('&', at);
    const end = next < 0 ? query.length : next;
    if (end > at) {
      pairs += 1;
      if (pairs > MAX_QUERY_PAIRS) {
        errors.push(fieldError('query', null, 'maxItems', `must not have more than ${MAX_QUERY_PAIRS} parameters`));
        return false;
      }
      const equals = query.indexOf('=', at);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      const name = decodePercent(query.slice(at, nameEnd), true);
      if (name === null) {
        errors.push(fieldError('query', null, 'syntax', 'names must be UTF-8, percent-encoded once'));
        return false;
      }
      const slot = slotOf(rule.table, name);
      // `note=x;limit=500` is two parameters to Rack 2 and to Python before 3.9.2, and one that was checked as a text here.
      if (mixed && query.slice(at, end).includes(';') && slot?.parameter.allowReserved !== true) {
        errors.push(fieldError('query', slot?.parameter.name ?? null, 'syntax', 'must have `;` percent-encoded'));
        return false;
      }
      if (slot !== null) takePair(slot, name, nameEnd < end ? query.slice(nameEnd + 1, end) : '', gathered, errors);
      else if (!rule.credentials.has(name) && !exchange.credentialQuery.includes(name)) {
        if (rule.unknown === 'refuse' || rule.loose?.has(name) === true)
          errors.push(undeclaredError('query', nameEnd < end ? name : null, rule.table));
        else if (rule.unknown === 'strip') kept ??= query.slice(0, Math.max(at - 1, 0));
        if (rule.unknown === 'strip') {
          at = end + 1;
          continue;
        }
      }
      if (errors.length >= MAX_FIELD_ERRORS) return false;
    }
    if (kept !== null && end > at) kept = kept === '' ? query.slice(at, end) : `${kept}&${query.slice(at, end)}`;
    at = end + 1;
  }
  if (kept !== null) exchange.rewrittenQuery = kept;
  return true;
}

function takePair(slot: Slot, name: string, raw: string, gathered: Gathered, errors: FieldError[]): void {
  const value = decodePercent(raw, true);
  if (value === null)
    errors.push(fieldError('query', slot.parameter.name, 'syntax', 'must be UTF-8, percent-encoded once'));
  else if (!gather(gathered, slot, name, value)) errors.push(sentTwice(slot.parameter));
}

/** Whose name it is: declared as such, a member of a deepObject by what stands before the bracket, or left to a spread object. */
export function slotOf(table: SlotTable, name: string): Slot | null {
  const slot = table.byName.get(name);
  if (slot !== undefined) return slot;
  if (table.byBracket.size > 0) {
    const bracket = name.indexOf('[');
    const owner = table.byBracket.get(bracket < 0 ? name : name.slice(0, bracket));
    if (owner !== undefined) return owner;
  }
  return table.rest;
}

function checkWholeQuery(whole: WholeQuery, query: string | null, errors: FieldError[]): void {
  if (query === null || query === '') {
    if (whole.parameter.required) errors.push(missing(whole.parameter));
    return;
  }
  const found = whole.check(query);
  if (found !== null) errors.push(...found);
}
