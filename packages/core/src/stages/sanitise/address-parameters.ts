import type { Exchange } from '../../exchange.ts';
import type { Operation, Parameter, SchemaSource } from '../../openapi/model.ts';
import type { SanitisePolicy } from '../../policy/sanitise-policy.ts';
import type { FieldError } from '../../verdict/denial.ts';
import { readMarks } from '../data/marks.ts';
import { trimField } from '../validation/header-parameters.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import type { CompileContext } from '../stage.ts';
import { isForbidden } from './clean-values.ts';

type Place = Parameter['in'];

/** A parameter that is an address, or a list of them. */
interface AddressParameter {
  readonly in: Place;
  readonly name: string;
  /** Which expression of the path's template it is; -1 elsewhere. */
  readonly index: number;
  /** What several addresses in one text are divided by; null where it is one. */
  readonly list: RegExp | null;
}

/** Parameters that are addresses, wherever they stand. */
export class AddressParameters {
  readonly #parameters: readonly AddressParameter[];

  constructor(operation: Operation, context: CompileContext) {
    const names = [...operation.path.matchAll(/\{([^{}]*)\}/g)].map((expression) => expression[1] as string);
    this.#parameters = operation.parameters.flatMap((parameter): AddressParameter[] => {
      const { in: where, name, schema, style } = parameter;
      if (schema === null) return [];
      const whole = isAddress(schema, context);
      if (!whole && !itemsOf(schema, context).some((items) => isAddress(items, context))) return [];
      return [
        {
          in: where,
          name,
          index: where === 'path' ? names.indexOf(name) : -1,
          list: whole ? null : style === 'spaceDelimited' ? / / : style === 'pipeDelimited' ? /\|/ : /[,;.]/,
        },
      ];
    });
  }

  get isEmpty(): boolean {
    return this.#parameters.length === 0;
  }

  describe(): string[] {
    const places = new Set(this.#parameters.map((one) => one.in));
    return [...places].map((place) => {
      const names = this.#parameters.filter((one) => one.in === place).map(({ name }) => name);
      return `addresses in the ${place}: ${names.join(', ')}`;
    });
  }

  /** The parameters that have a scheme which the policy forbids. */
  forbidden(exchange: Exchange, policy: SanitisePolicy, most: number): FieldError[] {
    const errors: FieldError[] = [];
    for (const parameter of this.#parameters) {
      if (!textsOf(parameter, exchange).some((text) => isForbiddenText(text, parameter, policy))) continue;
      const { in: where, name } = parameter;
      if (errors.length < most)
        errors.push({
          in: where === 'path' || where === 'header' || where === 'cookie' ? where : 'query',
          name,
          pointer: '',
          schema: null,
          keyword: 'scheme',
          message: 'must not have this scheme',
        });
    }
    return errors;
  }
}

/** A list is looked at as a whole too: an address may hold what divides it. */
function isForbiddenText(text: string, { in: where, name, list }: AddressParameter, policy: SanitisePolicy): boolean {
  if (isForbidden(text, policy)) return true;
  // In the path, a dot (label) or `;name=` (matrix) may stand before it.
  if (where === 'path') {
    if (text.startsWith('.') && isForbidden(text.slice(1), policy)) return true;
    if (text.startsWith(`;${name}=`) && isForbidden(text.slice(name.length + 2), policy)) return true;
  }
  return list !== null && text.split(list).some((item) => isForbidden(item.slice(item.indexOf('=') + 1), policy));
}

function textsOf({ in: where, name, index }: AddressParameter, exchange: Exchange): readonly string[] {
  switch (where) {
    case 'path':
      return decoded([exchange.pathValues[index] ?? ''], false);
    case 'header':
      return headerTexts(exchange.rawHeaders, name.toLowerCase());
    case 'cookie':
      return cookieTexts(exchange.headers.cookie ?? '', name);
    default:
      return queryTexts(exchange.query ?? '', name);
  }
}

function queryTexts(query: string, name: string): readonly string[] {
  const found: string[] = [];
  if (query === '') return found;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (decodePercent(equals < 0 ? pair : pair.slice(0, equals), true) === name)
      found.push(equals < 0 ? '' : pair.slice(equals + 1));
  }
  return decoded(found, true);
}

/** As they stand and percent-decoded: what readers do with them differs. */
function headerTexts(rawHeaders: readonly string[], lowerName: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] as string;
    if (raw.length === lowerName.length && raw.toLowerCase() === lowerName)
      found.push(trimField(rawHeaders[at + 1] as string));
  }
  return [...found, ...decoded(found, false)];
}

function cookieTexts(header: string, name: string): readonly string[] {
  const found = header
    .split(';')
    .map(trimField)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'));
  return [...found, ...decoded(found, false)];
}

/** What cannot be decoded is refused by the check of parameters. */
function decoded(texts: readonly string[], plusIsBlank: boolean): string[] {
  return texts.map((text) => decodePercent(text, plusIsBlank)).filter((text) => text !== null);
}

function isAddress(source: SchemaSource, context: CompileContext): boolean {
  const marks = readMarks(follow(source, context).node, () => undefined);
  return marks?.texts.includes('uri') === true;
}

function itemsOf(source: SchemaSource, context: CompileContext): readonly SchemaSource[] {
  const at = follow(source, context);
  const node = at.node as { readonly items?: SchemaSource['node'] };
  return typeof node === 'object' && node !== null && node.items !== undefined ? [{ ...at, node: node.items }] : [];
}

function follow(source: SchemaSource, { document }: CompileContext): SchemaSource {
  let at = source;
  for (let steps = 0; steps < 32; steps++) {
    const node = at.node as { readonly $ref?: unknown };
    if (typeof node !== 'object' || node === null || typeof node.$ref !== 'string') return at;
    const next = document.resolveSchema(at, node.$ref);
    if (next === null) return at;
    at = next;
  }
  return at;
}
