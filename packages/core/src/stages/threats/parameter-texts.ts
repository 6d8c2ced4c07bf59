import type { Exchange } from '../../exchange.ts';
import type { Operation, Parameter } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import { interned } from '../../interned.ts';
import { headerName } from '../head/header-name.ts';
import { trimField } from '../validation/header-parameters.ts';
import { contentReading } from '../validation/parameter-check.ts';
import { plusAsSpace } from '../validation/plus-as-space.ts';
import { upstreamQuery } from '../validation/upstream-query.ts';
import { CleanTexts } from './clean-texts.ts';
import { decodePercents } from './decode-layers.ts';
import { type JsonTextVisitor, visitJsonTexts } from './json-texts.ts';
import { isNameWorthALook, isWorthALook } from './inspect-text.ts';
import { compileTextPlace, type DocumentPlaces, placesOf } from './document-places.ts';
import { SpreadCookies } from './spread-cookies.ts';
import { ParameterUris } from './parameter-uris.ts';
import { ANYWHERE } from './text-place.ts';
import { type TextLocation, WHOLE } from './threat-judge.ts';

/** A declared parameter, as far as its texts go. */
interface ParameterText {
  readonly name: string;
  readonly confined: string | null;
  readonly uri: boolean;
  readonly json: boolean;
}

/** Told of each text of a request that is looked into. */
export type TextVisitor = (text: string, uri: boolean, location: TextLocation) => void;

/** Fields whose syntax HTTP itself lays down, or that are proved, counted or replaced by other stages. */
const PROTOCOL_HEADERS = new Set(
  (
    'host connection content-length content-type content-encoding content-language transfer-encoding te trailer upgrade keep-alive ' +
    'accept accept-encoding accept-language accept-charset cache-control pragma expect authorization proxy-authorization cookie date ' +
    'range age via origin dnt dpop traceparent tracestate priority max-forwards upgrade-insecure-requests'
  )
    .split(' ')
    .map(interned),
);
const encoder = new TextEncoder();

/** The texts of the parameters of one operation, and of what goes upstream beside them undeclared. */
export class ParameterTexts {
  readonly #path: readonly (ParameterText | null)[];
  readonly #query: ReadonlyMap<string, ParameterText>;
  readonly #headers: ReadonlyMap<string, ParameterText>;
  readonly #cookies: ReadonlyMap<string, ParameterText>;
  readonly #spreadCookies: SpreadCookies;
  readonly #enforced: boolean;
  readonly #credentials: ReadonlySet<string>;
  readonly #otherHeaders: boolean;
  readonly #otherCookies: boolean;
  readonly #places: DocumentPlaces;
  readonly #clean = new CleanTexts();
  /** Null where none is declared. */
  readonly #uris: ParameterUris | null;
  readonly #all: readonly (ParameterText & { readonly in: string })[];

  /** `enforced`: whether what the schemas say of parameters holds by the time that this looks. */
  constructor(operation: Operation, context: CompileContext, enforced: boolean, headers: boolean) {
    this.#places = placesOf(context.schemas);
    const uris = new ParameterUris(operation, context, enforced);
    this.#uris = uris.isEmpty ? null : uris;
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
    this.#spreadCookies = new SpreadCookies(operation, context);
    this.#enforced = enforced;
    const { requests } = context.policy;
    this.#otherCookies = (requests.unknownCookies ?? requests.unknownParameters) === 'pass';
    this.#otherHeaders = headers;
    this.#credentials = new Set(
      [...context.document.securitySchemes.values()].flatMap((scheme) =>
        scheme.type === 'apiKey'
          ? [`${scheme.in} ${scheme.in === 'header' ? scheme.parameter.toLowerCase() : scheme.parameter}`]
          : [],
      ),
    );
  }

  visit(exchange: Exchange, told: TextVisitor): void {
    this.#places.beginRequest();
    const visit = this.#uris?.beside(told) ?? told;
    for (let index = 0; index < exchange.pathValues.length; index += 1) {
      const text = this.#path[index];
      if (text?.confined === null || text === null || text === undefined)
        visit(
          decodePercents(exchange.pathValues[index] as string),
          text?.uri ?? false,
          at('path', text?.name ?? String(index)),
        );
    }
    const query = upstreamQuery(exchange);
    if (query !== null && query !== '') this.#visitQuery(query, visit);
    this.#visitHeaders(exchange.rawHeaders, visit);
    const { cookie } = exchange.headers;
    if (cookie !== null && (this.#cookies.size > 0 || this.#otherCookies)) this.#visitCookies(cookie, visit);
  }

  #visitQuery(query: string, visit: TextVisitor): void {
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
      if (this.#credentials.has(`query ${name}`)) continue;
      const declared = this.#query.get(name);
      if (declared === undefined) {
        const bracket = name.indexOf('[');
        const owner = bracket < 0 ? undefined : this.#query.get(name.slice(0, bracket));
        // `user[$ne]=` is an operator to whoever makes objects of brackets.
        visit(`${name}=`, false, { in: 'query', name: owner?.name ?? null, tokens: WHOLE });
      }
      if (equals < 0 || (declared !== undefined && declared.confined !== null)) continue;
      const text = decodeForm(pair.slice(equals + 1));
      if (declared?.json === true) visitJson(text, at('query', name), visit);
      // Where nothing holds it to be JSON, it may be any text.
      if (declared?.json !== true || !this.#enforced)
        visit(text, declared?.uri ?? false, at('query', declared === undefined ? name.slice(0, 64) : name));
    }
  }

  #visitHeaders(rawHeaders: readonly string[], visit: TextVisitor): void {
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const sent = rawHeaders[index] as string;
      const name = headerName(sent)?.lower ?? sent.toLowerCase();
      const declared = this.#headers.get(name);
      if (declared === undefined) {
        if (!this.#otherHeaders || PROTOCOL_HEADERS.has(name) || name.startsWith('sec-') || name.startsWith('if-'))
          continue;
        if (this.#credentials.has(`header ${name}`)) continue;
      } else if (declared.confined !== null) continue;
      const text = rawHeaders[index + 1] as string;
      // Clients send the same few texts with every request; what is nothing elsewhere may be a URI here.
      if (this.#uris?.has('header', name) !== true && this.#clean.has(text)) continue;
      let found = false;
      visit(text, declared?.uri ?? false, {
        in: 'header',
        name,
        tokens: () => {
          found = true;
          return WHOLE();
        },
      });
      if (!found) this.#clean.add(text);
    }
  }

  #visitCookies(cookie: string, visit: TextVisitor): void {
    for (const pair of cookie.split(';')) {
      const equals = pair.indexOf('=');
      if (equals < 0) continue;
      const name = trimField(pair.slice(0, equals));
      if (this.#credentials.has(`cookie ${name}`)) continue;
      const declared = this.#cookies.get(name) ?? this.#memberCookie(name);
      if (declared === undefined ? this.#otherCookies : declared.confined === null)
        visit(
          decodePercents(trimField(pair.slice(equals + 1))),
          declared?.uri ?? false,
          at('cookie', name.slice(0, 64)),
        );
    }
  }

  #memberCookie(name: string): Pick<ParameterText, 'confined' | 'uri'> | undefined {
    const place = this.#spreadCookies.place(name);
    return place === null ? undefined : { confined: this.#enforced ? place.whole() : null, uri: place.uri };
  }

  describe(): readonly string[] {
    const looked = this.#all.filter(({ confined }) => confined === null);
    const lines =
      looked.length === 0
        ? []
        : [`looked into: ${looked.map((one) => `${one.in} ${one.name}${one.uri ? ' (a URI)' : ''}`).join(', ')}`];
    for (const one of this.#all)
      if (one.confined !== null) lines.push(`not looked into: ${one.in} ${one.name}, ${one.confined}`);
    return lines;
  }
}

function at(place: 'path' | 'query' | 'cookie', name: string): TextLocation {
  return { in: place, name, tokens: WHOLE };
}

function visitJson(text: string, location: TextLocation, visit: TextVisitor): void {
  const visitor: JsonTextVisitor = {
    wants: isWorthALook,
    wantsName: isNameWorthALook,
    value: (value, tokens) => visit(value, false, { ...location, tokens }),
    name: (name, tokens) => visit(`${name}:`, false, { ...location, tokens }),
  };
  visitJsonTexts(encoder.encode(text), visitor, ANYWHERE);
}

function decodeForm(text: string): string {
  return decodePercents(plusAsSpace(text));
}

function textOf(parameter: Parameter, context: CompileContext, enforced: boolean): ParameterText {
  const { name } = parameter;
  const schema = parameter.schema ?? parameter.content?.schema ?? null;
  const reading = parameter.content === null ? 'text' : contentReading(parameter.content);
  const json = reading === 'json';
  if (schema === null) return { name, confined: null, uri: false, json };
  const place = compileTextPlace(schema, context.schemas);
  // What is not held to its schema is confined by nothing.
  const confined = enforced && reading === 'text' ? place.whole() : null;
  return { name, confined, uri: place.uri || place.anyItem.uri, json };
}
