import type { Exchange } from '../../exchange.ts';
import type { FieldError } from '../../verdict/denial.ts';
import type { Parameter } from '../../openapi/model.ts';
import type { RequestPolicy } from '../../policy/policy.ts';
import { fieldError, MAX_FIELD_ERRORS } from './field-errors.ts';
import { trimField } from './header-parameters.ts';
import type { ParameterCheck } from './parameter-check.ts';
import { decodePercent } from './percent-decoding.ts';
import { checkGathered, compileSlots, gather, sentTwice, type Gathered, type SlotTable } from './slots.ts';
import { undeclaredError } from './undeclared-parameters.ts';

/** Pairs of one Cookie header, at most. */
const MAX_COOKIES = 1000;

export interface CookieRule {
  readonly table: SlotTable;
  readonly unknown: RequestPolicy['unknownParameters'];
  readonly credentials: ReadonlySet<string>;
}

/** Null where nothing about cookies has to be checked. */
export function compileCookieParameters(
  parameters: readonly Parameter[],
  unknown: RequestPolicy['unknownParameters'],
  credentials: ReadonlySet<string>,
  compile: (parameter: Parameter) => ParameterCheck,
): CookieRule | null {
  if (parameters.length === 0 && unknown === 'pass') return null;
  return { table: compileSlots(parameters, compile), unknown, credentials };
}

/**
 * Checks the Cookie header (RFC 6265, section 4.2.1). Names are compared exactly and never decoded; values are percent-decoded once in style
 * `form` and taken as they are in style `cookie`. A declared cookie that stands twice is refused: browsers send both when a
 * parent domain set one, and servers differ over which one counts (cookie tossing).
 */
export function checkCookieParameters(rule: CookieRule, exchange: Exchange, errors: FieldError[]): void {
  const header = exchange.headers.cookie;
  const gathered: Gathered = [];
  if (header !== null && !gatherCookies(rule, exchange, header, gathered, errors)) return;
  checkGathered(rule.table, gathered, errors);
}

function gatherCookies(
  rule: CookieRule,
  exchange: Exchange,
  header: string,
  gathered: Gathered,
  errors: FieldError[],
): boolean {
  const parts = header.split(';');
  if (parts.length > MAX_COOKIES) {
    errors.push(fieldError('cookie', null, 'maxItems', `must not have more than ${MAX_COOKIES} cookies`));
    return false;
  }
  const kept: string[] = [];
  let stripped = false;
  for (const part of parts) {
    const pair = trimField(part);
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = trimField(equals < 0 ? pair : pair.slice(0, equals));
    const slot = rule.table.byName.get(name) ?? rule.table.rest;
    if (slot !== null) {
      const raw = equals < 0 ? '' : trimField(pair.slice(equals + 1));
      const value = slot.parameter.style === 'cookie' ? raw : decodePercent(raw, false);
      if (value === null)
        errors.push(fieldError('cookie', slot.parameter.name, 'syntax', 'must be UTF-8, percent-encoded once'));
      else if (!gather(gathered, slot, name, value)) errors.push(sentTwice(slot.parameter));
    } else if (!rule.credentials.has(name) && !exchange.credentialCookies.includes(name)) {
      if (rule.unknown === 'refuse') errors.push(undeclaredError('cookie', equals < 0 ? null : name, rule.table));
      if (rule.unknown === 'strip') {
        stripped = true;
        continue;
      }
    }
    if (errors.length >= MAX_FIELD_ERRORS) return false;
    kept.push(pair);
  }
  if (stripped) exchange.rewrittenCookie = kept.join('; ');
  return true;
}
