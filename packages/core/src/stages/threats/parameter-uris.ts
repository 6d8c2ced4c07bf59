import type { Operation, Parameter } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import { contentReading } from '../validation/parameter-check.ts';
import { saidOfTexts } from './document-places.ts';
import { bracketedNames, followNames } from './follow-brackets.ts';
import { isFreeUri, LIKE_URI, visitInnerUris } from './inner-uris.ts';
import type { TextVisitor } from './parameter-texts.ts';
import type { TextPlace } from './text-place.ts';
import type { TextLocation } from './threat-judge.ts';

/** Where the parameters of one operation declare URIs: as their value, or within it. */
export class ParameterUris {
  readonly #enforced: boolean;
  /** By where the parameter stands and its name. */
  readonly #byName = new Map<string, TextPlace>();
  /** Objects whose members are sent as parameters, each by its own name. */
  readonly #spread: { readonly in: string; readonly place: TextPlace }[] = [];

  constructor(operation: Operation, { schemas }: Pick<CompileContext, 'schemas'>, enforced: boolean) {
    this.#enforced = enforced;
    for (const parameter of operation.parameters) {
      const schema = parameter.schema ?? parameter.content?.schema ?? null;
      const said = schema === null ? null : saidOfTexts(schema, schemas);
      if (said?.hasUris !== true) continue;
      const place = isHeld(parameter) ? said.place : said.place.unheld;
      this.#byName.set(keyOf(parameter.in, parameter.name), place);
      if (mayBeSpread(parameter)) this.#spread.push({ in: parameter.in === 'cookie' ? 'cookie' : 'query', place });
    }
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  has(place: TextLocation['in'], name: string): boolean {
    return this.#byName.has(keyOf(place, name));
  }

  /** Tells `visit` of the same texts, as URIs where they are declared as such, and of the URIs within them. */
  beside(visit: TextVisitor): TextVisitor {
    return (text, uri, location) => {
      const places = this.#placesFor(location);
      if (places.length === 0) {
        visit(text, uri, location);
        return;
      }
      const tokens = LIKE_URI.test(text) ? location.tokens() : null;
      // The name of a member, with the sign behind it, is no URI.
      const isValue = tokens !== null && (tokens.length === 0 || text !== `${tokens.at(-1)}:`);
      const isUri = uri || (isValue && places.some((place) => isFreeUri(followNames(place, tokens), this.#enforced)));
      visit(text, isUri, location);
      for (const place of places) visitInnerUris(text, place, this.#enforced, (one) => visit(one, true, location));
    };
  }

  #placesFor({ in: where, name }: TextLocation): readonly TextPlace[] {
    if (name === null) return [];
    const own = this.#byName.get(keyOf(where, name));
    if (own !== undefined) return [own];
    const places = this.#spread.filter((one) => one.in === where).map(({ place }) => place.member(name));
    const [owner, ...rest] = bracketedNames(name);
    const bracketed = owner === name ? undefined : this.#byName.get(keyOf(where, owner));
    return bracketed === undefined ? places : [...places, followNames(bracketed, rest)];
  }
}

function keyOf(place: string, name: string): string {
  return `${place} ${place === 'header' ? name.toLowerCase() : name}`;
}

/** Content of other media types than JSON and text is not checked. */
function isHeld({ content }: Parameter): boolean {
  return content === null || contentReading(content) !== null;
}

/** Whether a member could stand under its own name; that of no object leads nowhere. */
function mayBeSpread(parameter: Parameter): boolean {
  return (
    parameter.in === 'querystring' ||
    ((parameter.in === 'query' || parameter.in === 'cookie') && parameter.style === 'form' && parameter.explode)
  );
}
