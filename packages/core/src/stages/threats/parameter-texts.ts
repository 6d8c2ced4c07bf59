import type { Exchange } from '../../exchange.ts';
import type { Operation, Parameter } from '../../openapi/model.ts';
import { modesFor } from '../../policy/operation-policy.ts';
import type { CompileContext } from '../stage.ts';
import { headerName } from '../head/header-name.ts';
import { trimField } from '../validation/header-parameters.ts';
import { contentReading } from '../validation/parameter-check.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import { upstreamQuery } from '../validation/upstream-query.ts';
import { type CleanTexts, cleanTextsOf } from './clean-texts.ts';
import { cookieReadings } from './cookie-readings.ts';
import { decodePercents } from './decode-layers.ts';
import { type DocumentPlaces, NOTHING_SAID, placesOf, saidOfTexts } from './document-places.ts';
import { bracketedNames, followNames } from './follow-brackets.ts';
import { decodeForm, visitForm } from './form-texts.ts';
import { inspectText } from './inspect-text.ts';
import { type Held, visitJsonValues } from './json-values.ts';
import { mayBeJson } from './may-be-json.ts';
import { type Listing, listingOf, listingsOf, NO_LISTINGS, visitListed } from './listed-texts.ts';
import { isOfProtocol, isRunByLoggers } from './protocol-headers.ts';
import { visitRawText } from './raw-text.ts';
import { type MemberText, SpreadMembers } from './spread-members.ts';
import { ANYWHERE, type TextPlace } from './text-place.ts';
import { type TextLocation, type TextVisitor, WHOLE } from './threat-judge.ts';
import { utf8Reading } from './utf8-reading.ts';
import { visitFieldName } from './visit-name.ts';

/** A declared parameter, or a member that is sent as one, as far as its texts go. */
interface ParameterText {
  readonly name: string;
  /** Why none of it needs a look. */
  readonly confined: string | null;
  readonly place: TextPlace;
  readonly held: Held;
  readonly json: boolean;
  /** Nothing stands in it but itself. */
  readonly isPlain: boolean;
  readonly listing: Listing | null;
}

const encoder = new TextEncoder();
/** As much of an undeclared name as a record is to hold. */
const MAX_NAME = 64;

/** The texts of the parameters of one operation, and of what goes upstream beside them undeclared. */
export class ParameterTexts {
  readonly #path: readonly (ParameterText | null)[];
  readonly #query: ReadonlyMap<string, ParameterText>;
  readonly #headers: ReadonlyMap<string, ParameterText>;
  readonly #cookies: ReadonlyMap<string, ParameterText>;
  /** The whole query as one value. */
  readonly #wholeQuery: ParameterText | null;
  /** Whether that is a form. */
  readonly #isForm: boolean;
  readonly #listings: ReadonlyMap<string, Listing>;
  readonly #spreadQuery: SpreadMembers;
  readonly #spreadCookies: SpreadMembers;
  readonly #enforced: boolean;
  readonly #credentials: ReadonlySet<string>;
  readonly #otherHeaders: boolean;
  readonly #otherCookies: boolean;
  readonly #places: DocumentPlaces;
  readonly #clean: CleanTexts;
  readonly #all: readonly (ParameterText & { readonly in: string })[];

  /** `enforced`: whether what the schemas say of parameters holds by the time that this looks. */
  constructor(operation: Operation, context: CompileContext, enforced: boolean, headers: boolean) {
    this.#places = placesOf(context.schemas);
    this.#clean = cleanTextsOf(context.schemas);
    const all = operation.parameters.map((parameter) => ({
      ...textOf(parameter, context, enforced),
      in: parameter.in,
    }));
    this.#all = all;
    const table = (place: string): Map<string, ParameterText> =>
      new Map(
        all
          .filter((one) => one.in === place)
          .map((one) => [place === 'header' ? one.name.toLowerCase() : one.name, one]),
      );
    const path = table('path');
    this.#path = [...operation.path.matchAll(/\{([^{}]*)\}/g)].map(
      (expression) => path.get(expression[1] as string) ?? null,
    );
    this.#query = table('query');
    this.#headers = table('header');
    this.#cookies = table('cookie');
    this.#wholeQuery = all.find((one) => one.in === 'querystring') ?? null;
    const form = operation.parameters.find(isForm)?.content ?? null;
    this.#isForm = form !== null;
    this.#listings = form === null ? NO_LISTINGS : listingsOf(form, context);
    this.#spreadQuery = new SpreadMembers(operation, 'query', context);
    this.#spreadCookies = new SpreadMembers(operation, 'cookie', context);
    this.#enforced = enforced;
    const { requests } = context.policy;
    this.#otherCookies = (requests.unknownCookies ?? requests.unknownParameters) === 'pass';
    this.#otherHeaders = headers;
    // Elsewhere nobody proves them, and nobody keeps them from going upstream.
    const isProved = modesFor(context.policy, operation).authentication === 'enforce';
    this.#credentials = new Set(
      [...(isProved ? context.document.securitySchemes.values() : [])].flatMap((scheme) =>
        scheme.type === 'apiKey'
          ? [`${scheme.in} ${scheme.in === 'header' ? scheme.parameter.toLowerCase() : scheme.parameter}`]
          : [],
      ),
    );
  }

  visit(exchange: Exchange, visit: TextVisitor): void {
    this.#places.beginRequest();
    for (let index = 0; index < exchange.pathValues.length; index += 1) {
      const declared = this.#path[index];
      if (typeof declared?.confined === 'string') continue;
      const text = decodePercents(exchange.pathValues[index] as string);
      if (declared === null || declared === undefined) visit(text, false, at('path', String(index)));
      else visitDeclared(text, declared, at('path', declared.name), visit);
    }
    const query = upstreamQuery(exchange);
    if (query !== null && query !== '') {
      if (this.#wholeQuery === null) this.#visitQuery(query, visit);
      else this.#visitWholeQuery(query, this.#wholeQuery, visit);
    }
    this.#visitHeaders(exchange.rawHeaders, visit);
    const { cookie } = exchange.headers;
    if (cookie !== null && (this.#cookies.size > 0 || this.#otherCookies))
      this.#visitCookies(cookie, exchange.credentialCookies, visit);
  }

  #visitWholeQuery(query: string, declared: ParameterText, visit: TextVisitor): void {
    const { place, held } = declared;
    if (this.#isForm) visitForm(query, place, held, this.#listings, ([owner = null]) => at('query', owner), visit);
    else visitDeclared(decodePercents(query), declared, at('query', declared.name), visit);
  }

  #visitQuery(query: string, visit: TextVisitor): void {
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
      const declared = this.#query.get(name);
      // Nobody proves what only has the name of a credential, but it does not go upstream either, unless the operation declares it. A name that is
      // no UTF-8 does, whatever it may be read as.
      if (declared === undefined && this.#credentials.has(`query ${name}`) && strictName(pair) === name) continue;
      if (declared === undefined)
        this.#visitUndeclared(name, equals < 0 ? null : decodeForm(pair.slice(equals + 1)), visit);
      else if (equals >= 0 && declared.confined === null)
        visitDeclared(decodeForm(pair.slice(equals + 1)), declared, at('query', name), visit);
    }
  }

  /** A pair under no parameter's own name: the member of an object, by its name or between brackets, or what nobody declares. */
  #visitUndeclared(name: string, text: string | null, visit: TextVisitor): void {
    const [before, ...rest] = bracketedNames(name);
    const owner = before === name ? undefined : this.#query.get(before);
    const spread = this.#spreadQuery;
    const member = spread.named(name) ?? (owner === undefined ? spread.other(name) : null);
    // `user[$ne]=` is an operator to whoever makes objects of brackets.
    if (member?.place.declared !== true)
      visitFieldName(name, { in: 'query', name: owner?.name ?? null, tokens: WHOLE }, visit);
    if (text === null) return;
    const location = at('query', name.slice(0, MAX_NAME));
    if (member !== null) visitDeclared(text, memberText(name, member, this.#enforced), location, visit);
    else if (owner === undefined) visitRawText(text, [ANYWHERE], UNKNOWN, location, visit);
    else visitRawText(text, [followNames(owner.place, rest)], owner.held, location, visit);
  }

  #visitHeaders(rawHeaders: readonly string[], visit: TextVisitor): void {
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const sent = rawHeaders[index] as string;
      const name = headerName(sent)?.lower ?? sent.toLowerCase();
      const text = rawHeaders[index + 1] as string;
      const declared = this.#headers.get(name) ?? null;
      if (declared === null ? this.#isLeftOut(name, text) : declared.confined !== null) continue;
      this.#visitHeader(name, text, declared, visit);
      const other = utf8Reading(text);
      if (other !== null) this.#visitHeader(name, other, declared, visit);
    }
  }

  /** Whether nothing of an undeclared header needs a look, in whatever way its bytes are read. */
  #isLeftOut(name: string, text: string): boolean {
    if (!this.#otherHeaders || (isOfProtocol(name) && !text.includes('{'))) return true;
    return this.#credentials.size > 0 && this.#credentials.has(`header ${name}`);
  }

  #visitHeader(name: string, text: string, declared: ParameterText | null, visit: TextVisitor): void {
    if (declared !== null && !declared.isPlain) {
      visitDeclared(text, declared, at('header', name), visit);
      return;
    }
    if (declared === null && isOfProtocol(name) && !isRunByLoggers(name, text)) return;
    // Clients send the same few texts with every request. What was found in one may have been excepted there, or one finding too many to be told of:
    // a text is clean only where there is nothing in it.
    if (this.#clean.has(text)) return;
    if (mayBeJson(text)) visitRawText(text, [ANYWHERE], UNKNOWN, at('header', name), visit);
    else if (inspectText(text).length === 0) this.#clean.add(text);
    else visit(text, false, at('header', name));
  }

  #visitCookies(cookie: string, proved: readonly string[], visit: TextVisitor): void {
    for (const pair of cookie.split(';')) {
      const equals = pair.indexOf('=');
      const name = trimField(equals < 0 ? pair : pair.slice(0, equals));
      if (name === '' && equals < 0) continue;
      if (proved.includes(name)) continue;
      const own = this.#cookies.get(name);
      const member = own === undefined ? (this.#spreadCookies.named(name) ?? this.#spreadCookies.other(name)) : null;
      if (own === undefined && this.#credentials.has(`cookie ${name}`)) continue;
      if (own === undefined && member === null && !this.#otherCookies) continue;
      if (own === undefined && member?.place.declared !== true)
        visitFieldName(name, { in: 'cookie', name: null, tokens: WHOLE }, visit);
      if (equals < 0) continue;
      const location = at('cookie', name.slice(0, MAX_NAME));
      const declared = own ?? (member === null ? null : memberText(name, member, this.#enforced));
      for (const text of cookieReadings(trimField(pair.slice(equals + 1))))
        if (declared === null) visitRawText(text, [ANYWHERE], UNKNOWN, location, visit);
        else visitDeclared(text, declared, location, visit);
    }
  }

  describe(): readonly string[] {
    const looked = this.#all.filter(({ confined }) => confined === null);
    const lines =
      looked.length === 0
        ? []
        : [`looked into: ${looked.map((one) => `${one.in} ${one.name}${isUri(one) ? ' (a URI)' : ''}`).join(', ')}`];
    for (const one of this.#all)
      if (one.confined !== null) lines.push(`not looked into: ${one.in} ${one.name}, ${one.confined}`);
    return lines;
  }
}

const UNKNOWN: Held = { enforced: false, hasUris: false };

/** As it is known to whoever takes credentials out. */
function strictName(pair: string): string | null {
  return decodePercent(/^[^=]*/.exec(pair)?.[0] ?? '', true);
}

function at(place: 'path' | 'query' | 'header' | 'cookie', name: string | null): TextLocation {
  return { in: place, name, tokens: WHOLE };
}

function isUri({ place, held: { enforced } }: ParameterText): boolean {
  return place.isUri(enforced) || place.anyItem.isUri(enforced);
}

function visitDeclared(text: string, declared: ParameterText, location: TextLocation, visit: TextVisitor): void {
  const { confined, place, held, json, isPlain, listing } = declared;
  if (confined !== null) return;
  if (isPlain) visit(text, false, location);
  else if (json && held.enforced) visitJsonValues(encoder.encode(text), place, held, location, visit);
  else visitRawText(text, [place], held, location, visit);
  if (listing !== null) visitListed(text, listing, place, held.enforced, location, visit);
}

function memberText(name: string, { place, hasUris }: MemberText, enforced: boolean): ParameterText {
  const confined = enforced ? place.whole() : null;
  return {
    name,
    confined,
    place,
    held: { enforced, hasUris },
    json: false,
    isPlain: enforced && !hasUris && place.isScalar,
    listing: null,
  };
}

function textOf(parameter: Parameter, context: CompileContext, enforced: boolean): ParameterText {
  const { name } = parameter;
  const schema = parameter.schema ?? parameter.content?.schema ?? null;
  const reading = parameter.content === null ? 'text' : contentReading(parameter.content);
  const json = reading === 'json';
  const said = schema === null ? NOTHING_SAID : saidOfTexts(schema, context.schemas);
  // What is not held to its schema is confined by nothing.
  const isHeld = schema !== null && (reading !== null || isForm(parameter));
  const place = isHeld ? said.place : said.place.unheld;
  const confined = enforced && isHeld && !json ? place.whole() : null;
  const held = { enforced: enforced && (isHeld || json), hasUris: said.hasUris };
  const isPlain = enforced && !json && !said.hasUris && place.isScalar;
  return { name, confined, place, held, json, isPlain, listing: listingOf(parameter, context) };
}

/** A whole query that is a form. */
function isForm({ in: where, content }: Parameter): boolean {
  return where === 'querystring' && content?.range.startsWith('application/x-www-form-urlencoded') === true;
}
