import { joinPointer } from '../json/json-pointer.ts';
import type { SchemaSource } from '../openapi/model.ts';
import type { MarkGraph, Vertex } from '../stages/data/mark-graph.ts';
import { sameValue } from '../stages/data/marked-nodes.ts';

/** Where a place leads away from what schemas declare. */
export interface LedAway {
  /** The whole place. */
  readonly pointer: string;
  /** As far as it is declared. */
  readonly before: string;
  /** What is not, and what is declared there. */
  readonly token: string;
  readonly names: ReadonlySet<string>;
  readonly after: string;
  /** Whether the value there may be a list; or nothing that has members or items. */
  readonly there: 'members' | 'list' | 'scalar';
  /** Members may come there that are not declared. */
  readonly isOpen: boolean;
}

/** What may come that is not declared: nothing but where a schema asks for it, what no schema forbids, or anything. */
export type Undeclared = 'asked-for' | 'not-forbidden' | 'anything';

/** Which places the schemas of a document declare. */
export class DeclaredPlaces {
  readonly #graph: MarkGraph;
  /** Names of properties, of any schema. */
  readonly names: ReadonlySet<string>;

  constructor(graph: MarkGraph) {
    this.#graph = graph;
    this.names = new Set(graph.vertices.flatMap(({ properties }) => [...properties.keys()]));
  }

  /** Null where one of these schemas declares something at the place. */
  instead(roots: readonly SchemaSource[], tokens: readonly string[], undeclared: Undeclared): LedAway | null {
    let at = sameValue(roots.map((root) => this.#graph.vertex(root)));
    for (const [index, token] of tokens.entries()) {
      const next = at.flatMap((vertex) => below(vertex, token));
      if (next.length === 0)
        return {
          pointer: joinPointer('', ...tokens),
          before: joinPointer('', ...tokens.slice(0, index)),
          token,
          names: new Set(at.flatMap(({ properties }) => [...properties.keys()])),
          after: joinPointer('', ...tokens.slice(index + 1)),
          there: kindOf(at),
          isOpen: at.some((vertex) => isOpen(vertex, undeclared)),
        };
      at = sameValue(next);
    }
    if (at.length > 0) return null;
    return { pointer: '', before: '', token: '', names: new Set(), after: '', there: 'members', isOpen: false };
  }

  mayHaveMembers(schema: SchemaSource): boolean {
    return sameValue([this.#graph.vertex(schema)]).some(({ open, properties }) => open || properties.size > 0);
  }
}

/** How many members are called by name. */
const MAX_NAMED = 8;

/** How far a place is declared, and what may follow there; null where nothing of it is declared, or what may follow has no names. `prefix` comes before pointers. */
export function declaredThere({ before, names, there }: LedAway, prefix = ''): string | null {
  const where = prefix + before;
  const isBody = before === '';
  if (there === 'list')
    return `${isBody ? 'The body' : where} is a list, whose items are at ${prefix}${joinPointer(before, '*')}.`;
  if (there === 'scalar') return isBody ? 'The body has no members.' : `${where} is declared, and has no members.`;
  if (isBody || names.size === 0) return null;
  const more = names.size - MAX_NAMED;
  return `${where} has the members ${[...names].slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

function kindOf(at: readonly Vertex[]): LedAway['there'] {
  if (at.length === 0 || at.some(({ properties, patterns }) => properties.size + patterns.length > 0)) return 'members';
  return at.some(({ items }) => items.length > 0) ? 'list' : 'scalar';
}

function isOpen({ open, silent }: Vertex, undeclared: Undeclared): boolean {
  return open || undeclared === 'anything' || (undeclared === 'not-forbidden' && silent);
}

function below({ properties, patterns, rest, items }: Vertex, token: string): readonly Vertex[] {
  if (token === '*') return [...properties.values(), ...patterns.map(({ vertex }) => vertex), ...rest, ...items];
  const property = properties.get(token);
  return [
    ...(property === undefined ? [] : [property]),
    ...patterns.flatMap(({ test, vertex }) => (test(token) ? [vertex] : [])),
    ...(/^\d+$/.test(token) || token === '-' ? items : []),
  ];
}
