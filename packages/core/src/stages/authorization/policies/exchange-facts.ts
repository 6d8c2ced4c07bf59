import type { Exchange } from '../../../exchange.ts';
import type { Parameter } from '../../../openapi/model.ts';
import { ANONYMOUS, type Principal } from '../../../principal.ts';
import { isJsonType, type OperationModel, type ParameterPlace } from '../../../cedar/api-model.ts';
import { hourOf, weekdayOf } from '../../../cedar/calendar.ts';
import type { CedarType } from '../../../cedar/cedar-type.ts';
import { DateTime } from '../../../cedar/date-time.ts';
import { parseIpRange } from '../../../cedar/ip-range.ts';
import type { RequestFacts } from '../../../cedar/policy-request.ts';
import { valueOfNode, valueOfText } from '../../../cedar/read-value.ts';
import { CedarSet, type CedarValue, recordOf } from '../../../cedar/value.ts';
import { canonicalAddress } from '../../head/ip-address.ts';
import type { TrustedProxies } from '../../head/client-address.ts';
import { trimField } from '../../validation/header-parameters.ts';
import { announcesBody } from '../../validation/body.ts';
import { decodePercent } from '../../validation/percent-decoding.ts';
import { textStyle, toItemTexts, toScalarText } from '../../validation/text-style.ts';

/** Who tells the country of a client. */
export interface CountryHeader {
  /** In lower case. */
  readonly name: string;
  readonly proxies: TrustedProxies;
}

/**
 * What an exchange tells policies. Parameters and body are read as the document declares them, whether or not their own rules are on; what
 * stands twice, or is not written as declared, is there and cannot be read.
 */
export class ExchangeFacts implements RequestFacts {
  readonly #exchange: Exchange;
  readonly #model: OperationModel;
  readonly #country: CountryHeader | null;
  readonly principal: Principal;
  readonly rolesKnown: boolean;

  constructor(exchange: Exchange, model: OperationModel, country: CountryHeader | null) {
    this.#exchange = exchange;
    this.#model = model;
    this.#country = country;
    this.principal = exchange.principal ?? ANONYMOUS;
    this.rolesKnown = exchange.grantsKnown;
  }

  get path(): string {
    return this.#exchange.path;
  }

  hasParameter(place: ParameterPlace, name: string): boolean {
    return this.#texts(place, name).length > 0;
  }

  readParameter(place: ParameterPlace, name: string, type: CedarType): CedarValue | null {
    const parameter = this.#model.parameters[place].get(name)?.parameter;
    const texts = this.#texts(place, name);
    if (parameter === undefined || texts.includes(null)) return null;
    return readTexts(texts as readonly string[], parameter, type);
  }

  hasBody(): boolean {
    const { body } = this.#exchange;
    return body === null ? announcesBody(this.#exchange) : body.length > 0;
  }

  readBody(type: CedarType): CedarValue | null {
    const { contentType } = this.#exchange.headers;
    const json = contentType !== null && isJsonType(contentType) ? this.#exchange.json : null;
    return json === null ? null : valueOfNode(json, json.root, type);
  }

  hasContext(name: string): boolean {
    switch (name) {
      case 'country':
        return this.#countries().length > 0;
      case 'certificate':
        return this.#certificate() !== null;
      case 'userAgent':
        return headerValues(this.#exchange.rawHeaders, 'user-agent').length > 0;
      case 'origin':
        return this.#exchange.headers.origin !== null;
      default:
        return true;
    }
  }

  readContext(name: string): CedarValue | null {
    const exchange = this.#exchange;
    switch (name) {
      case 'ip':
        return parseIpRange(exchange.clientAddress);
      case 'time':
        return new DateTime(exchange.nowMs);
      case 'hour':
        return hourOf(exchange.nowMs);
      case 'weekday':
        return weekdayOf(exchange.nowMs);
      case 'secure':
        return exchange.clientScheme === 'https';
      case 'host':
        return exchange.clientHost;
      case 'method':
        return exchange.method;
      case 'path':
        return exchange.path;
      case 'origin':
        return exchange.headers.origin;
      case 'userAgent':
        return only(headerValues(exchange.rawHeaders, 'user-agent'));
      case 'country': {
        const country = only(this.#countries())?.toUpperCase() ?? '';
        return /^[A-Z][A-Z0-9]$/.test(country) ? country : null;
      }
      case 'certificate':
        return this.#certificate();
      default:
        return null;
    }
  }

  /** The decoded texts of a parameter; null for one that cannot be decoded. */
  #texts(place: ParameterPlace, name: string): readonly (string | null)[] {
    const exchange = this.#exchange;
    if (place === 'header') return headerValues(exchange.rawHeaders, name.toLowerCase());
    if (place === 'query') return queryValues(exchange.query, name);
    const index = templateNames(this.#model.operation.path).indexOf(name);
    const raw = exchange.pathValues[index];
    return raw === undefined || raw === '' ? [] : [decodePercent(raw, false)];
  }

  /** Only what a trusted proxy sent: anybody can write the header. */
  #countries(): readonly string[] {
    if (this.#country === null) return [];
    const peer = canonicalAddress(this.#exchange.peerAddress, true);
    if (peer === null || !this.#country.proxies.includes(peer)) return [];
    return headerValues(this.#exchange.rawHeaders, this.#country.name);
  }

  #certificate(): CedarValue | null {
    for (const fact of this.#exchange.credentials) {
      if (fact.state !== 'proved' || fact.principal.kind !== 'certificate') continue;
      const { subject, attributes } = fact.principal;
      const { serialNumber, fingerprint256, names } = attributes;
      const members: [string, CedarValue][] = [
        ['subject', subject],
        ['names', new CedarSet(Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [])],
      ];
      if (typeof serialNumber === 'string') members.push(['serialNumber', serialNumber]);
      if (typeof fingerprint256 === 'string') members.push(['fingerprint', fingerprint256]);
      return recordOf(members);
    }
    return null;
  }
}

function only(values: readonly string[]): string | null {
  return values.length === 1 ? (values[0] ?? null) : null;
}

function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as string;
    if (raw.length === name.length && raw.toLowerCase() === name)
      values.push(trimField(rawHeaders[index + 1] as string));
  }
  return values;
}

function queryValues(query: string | null, name: string): (string | null)[] {
  const values: (string | null)[] = [];
  for (const pair of query === null || query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    if (decodePercent(equals < 0 ? pair : pair.slice(0, equals), true) !== name) continue;
    values.push(decodePercent(equals < 0 ? '' : pair.slice(equals + 1), true));
  }
  return values;
}

function templateNames(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map((expression) => expression[1] as string);
}

/** By style and type, as the check of parameters reads them: what the two could read differently is not read here. */
function readTexts(texts: readonly string[], parameter: Parameter, type: CedarType): CedarValue | null {
  const { name, style, explode } = parameter;
  if (type.kind !== 'Set') {
    const [text, more] = texts;
    const scalar =
      text === undefined || more !== undefined ? null : toScalarText(textStyle(name, style, explode, false), text);
    return scalar === null ? null : valueOfText(scalar, type);
  }
  const items = listOf(texts, parameter)?.map((text) => valueOfText(text, type.of));
  return items === undefined || items.includes(null) ? null : new CedarSet(items as CedarValue[]);
}

function listOf(texts: readonly string[], parameter: Parameter): readonly string[] | undefined {
  const { name, style, explode } = parameter;
  if (parameter.in === 'query' && explode) return texts;
  const header = parameter.in === 'header';
  if (!header && texts.length !== 1) return undefined;
  return toItemTexts(textStyle(name, style, explode, header), texts.join(',')) ?? undefined;
}
