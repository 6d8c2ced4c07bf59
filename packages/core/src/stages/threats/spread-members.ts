import type { Operation, Parameter } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import { isSpread } from '../validation/parameter-check.ts';
import { compileTypeGuide, type TypeGuide } from '../validation/type-guide.ts';
import { type SaidOfTexts, saidOfTexts } from './document-places.ts';
import type { TextPlace } from './text-place.ts';

interface Spread extends SaidOfTexts {
  readonly guide: TypeGuide;
}

/** Where the value of a pair stands that is a member of an object. */
export interface MemberText {
  readonly place: TextPlace;
  readonly hasUris: boolean;
}

/** Pairs of the query or of the cookies that are the members of an object parameter, each under its own name. */
export class SpreadMembers {
  readonly #spreads: readonly Spread[];

  constructor({ parameters }: Operation, where: 'query' | 'cookie', context: Pick<CompileContext, 'schemas'>) {
    this.#spreads = parameters.flatMap((parameter) =>
      parameter.in === where ? (spreadOf(parameter, context) ?? []) : [],
    );
  }

  /** The member that a schema names; null where none does. */
  named(name: string): MemberText | null {
    return memberOf(
      this.#spreads.find(({ guide }) => guide.properties.has(name)),
      name,
    );
  }

  /** The member of an object that takes the names nobody else takes; null where none does. */
  other(name: string): MemberText | null {
    return memberOf(
      this.#spreads.find(({ guide }) => guide.open),
      name,
    );
  }
}

function memberOf(owner: Spread | undefined, name: string): MemberText | null {
  return owner === undefined ? null : { place: owner.place.member(name), hasUris: owner.hasUris };
}

function spreadOf(parameter: Parameter, { schemas }: Pick<CompileContext, 'schemas'>): Spread | null {
  const { schema } = parameter;
  if (schema === null) return null;
  try {
    const guide = compileTypeGuide(schemas.normalized(schema, 'request'));
    return isSpread(parameter, guide.types) ? { guide, ...saidOfTexts(schema, schemas) } : null;
  } catch {
    // A schema that cannot be compiled is told of where it is, and its operation is refused.
    return null;
  }
}
