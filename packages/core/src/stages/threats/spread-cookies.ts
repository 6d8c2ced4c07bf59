import type { Operation, Parameter } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import { isSpread } from '../validation/parameter-check.ts';
import { compileTypeGuide, type TypeGuide } from '../validation/type-guide.ts';
import { compileTextPlace } from './document-places.ts';
import type { TextPlace } from './text-place.ts';

interface Spread {
  readonly guide: TypeGuide;
  readonly place: TextPlace;
}

/** Cookies that are the members of an object parameter, each under its own name (`style: form` with `explode`, the default). */
export class SpreadCookies {
  readonly #spreads: readonly Spread[];

  constructor({ parameters }: Operation, context: CompileContext) {
    this.#spreads = parameters.flatMap((parameter) =>
      parameter.in === 'cookie' ? (spreadOf(parameter, context) ?? []) : [],
    );
  }

  /** Where the value of a cookie stands that is a member of one; null for other cookies. */
  place(name: string): TextPlace | null {
    const owner =
      this.#spreads.find(({ guide }) => guide.properties.has(name)) ?? this.#spreads.find(({ guide }) => guide.open);
    return owner?.place.member(name) ?? null;
  }
}

function spreadOf(parameter: Parameter, { schemas }: CompileContext): Spread | null {
  const { schema } = parameter;
  if (schema === null) return null;
  try {
    const guide = compileTypeGuide(schemas.normalized(schema, 'request'));
    return isSpread(parameter, guide.types) ? { guide, place: compileTextPlace(schema, schemas) } : null;
  } catch {
    // A schema that cannot be compiled is told of where it is, and its operation is refused.
    return null;
  }
}
