import { oncePer } from '../../once-per.ts';
import { isLike, likenessOf, LoosePlace } from './loose-place.ts';
import type { BoundPlace } from '../../policy/ownership-coverage.ts';
import type { JsonNode } from '../../json/json-node.ts';

type QueryPlace = Extract<BoundPlace, { readonly in: 'path' | 'query' | 'header' }>;

/** The name of an id in the query, or in a path, as it may stand in a body. `filter[accountId]` and `filter.accountId` are also the member `accountId` of `filter`. */
export class LooseName {
  readonly name: string;
  readonly #tokens: readonly string[];
  readonly #likenesses: readonly string[];
  readonly #likeness: string;
  readonly #places: readonly LoosePlace[];

  constructor(name: string) {
    this.name = name;
    this.#tokens = name.split(/[[\].]+/).filter((token) => token !== '');
    this.#likenesses = this.#tokens.map(likenessOf);
    this.#likeness = likenessOf(name);
    this.#places = [new LoosePlace([name]), new LoosePlace(this.#tokens)];
  }

  /** Whether a field of a form is the id to some reader. */
  isField(field: string): boolean {
    return this.#places.some((place) => place.relate(field) !== 'other');
  }

  /** Where the id stands below a member that is called so, if it is one at all; null where it is another. */
  pathFrom(member: string): readonly string[] | null {
    if (!this.isField(member)) return null;
    const isBegin = this.#tokens.length > 1 && isLike(member, this.#likenesses[0] ?? '');
    return isBegin ? [member, ...this.#tokens.slice(1)] : [member];
  }

  /** The paths of the members of JSON that are the id to some reader. A member is what its whole name says: `*` and `accountId.x` are others. */
  membersIn(root: JsonNode): (readonly string[])[] {
    const whole = membersLike(root, this.name, this.#likeness).map(([member]) => [member]);
    if (this.#tokens.length < 2) return whole;
    let found: (readonly [readonly string[], JsonNode])[] = [[[], root]];
    for (const [at, token] of this.#tokens.entries())
      found = found.flatMap(([path, node]) =>
        membersLike(node, token, this.#likenesses[at] ?? '').map(
          ([member, below]) => [[...path, member], below] as const,
        ),
      );
    return [...whole, ...found.map(([path]) => path)];
  }
}

function membersLike(node: JsonNode, name: string, likeness: string): (readonly [string, JsonNode])[] {
  const found: (readonly [string, JsonNode])[] = [];
  for (const one of node.members ?? []) if (one[0] === name || isLike(one[0], likeness)) found.push(one);
  return found;
}

/** Made once for each place. */
export const looseNameOf = oncePer((place: QueryPlace) => new LooseName(place.name));
