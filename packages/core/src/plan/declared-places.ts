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
          isOpen: at.some((vertex) => isOpen(vertex, undeclared)),
        };
      at = sameValue(next);
    }
    return at.length > 0 ? null : { pointer: '', before: '', token: '', names: new Set(), after: '', isOpen: false };
  }

  mayHaveMembers(schema: SchemaSource): boolean {
    return sameValue([this.#graph.vertex(schema)]).some(({ open, properties }) => open || properties.size > 0);
  }
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
