import { oncePer } from '../../once-per.ts';
import { finish, type Steps } from '../../steps.ts';
import { usedSchemas } from '../../openapi/used-schemas.ts';
import type { MediaType, Operation, SchemaSource } from '../../openapi/model.ts';
import { NO_DATA_POLICY } from '../../policy/data-policy.ts';
import { modesFor, operationPolicy } from '../../policy/operation-policy.ts';
import { DEFAULT_SANITISE_POLICY } from '../../policy/sanitise-policy.ts';
import { suggestName } from '../../policy/suggest-name.ts';
import type { CompileContext } from '../stage.ts';
import { type BodyPlaces, createBodyPlaces, schemasOf } from './body-places.ts';
import { encryptedNames } from './encrypted-names.ts';
import { checkIndexes } from './encryption/check-indexes.ts';
import { isPatchShaped } from './encryption/json-patch.ts';
import { buildMarkGraph, type MarkGraph, type Vertex } from './mark-graph.ts';
import { type MarkedPlace, MarkMatcher, sameValue } from './marked-nodes.ts';
import { encryptedByName } from './members-by-name.ts';
import { ENCRYPTED, joinMarks, type Label, type MarkKinds } from './marks.ts';
import { createNameRules } from './name-rules.ts';

/** The marks of one document under one policy, made once while a plan is compiled. */
export interface DataIndex {
  readonly graph: MarkGraph;
  /** Marks of the operation's request bodies; null where none is of these kinds. */
  request(operation: Operation, kinds: MarkKinds): BodyPlaces | null;
  /** What is encrypted by name in a body that no schema describes; null where nothing is. */
  readonly byName: MarkedPlace | null;
  /** Marks of its answers; null where none is of these kinds. */
  responses(operation: Operation, kinds: MarkKinds): AnswerPlaces | null;
  /** What is encrypted of that which the path of an operation stands for, as all the bodies of the path's operations describe it: a patch does not. */
  resource(operation: Operation): ResourcePlaces;
}

/** What is encrypted of a resource. */
export interface ResourcePlaces {
  /** Where a value may come to stand, members that nothing declares included. Empty where nothing can be encrypted. */
  readonly open: readonly MarkedPlace[];
  /** What is declared; null where nothing of it is encrypted. */
  readonly declared: MarkedPlace | null;
}

/** The marks of the answers of an operation. */
export interface AnswerPlaces {
  /** Of the exact status, then its range, then `default`; null where nothing of such an answer is marked. */
  of(status: number): BodyPlaces | null;
  /** Of an answer that the document says nothing of. */
  readonly other: BodyPlaces | null;
  /** Some answer has a mark by its schema or by a pointer of the policy, and not only by the name of a member that may turn up. */
  readonly isDeclared: boolean;
  /** By what the document states, in upper case: `200`, `4XX`, `DEFAULT`. */
  readonly stated: ReadonlyMap<string, BodyPlaces | null>;
}

const operationsByPath = oncePer((operations: readonly Operation[]) => Map.groupBy(operations, ({ path }) => path));

/** The index of a compilation. A mark that means nothing is a problem of the configuration, reported once. */
export function dataIndex(context: CompileContext): DataIndex {
  return made.get(context) ?? finish(prepareDataIndex(context));
}

const made = new WeakMap<CompileContext, DataIndex>();

/** Makes it in pieces, before anybody asks for it. */
export function* prepareDataIndex(context: CompileContext): Steps<DataIndex> {
  const index = yield* createDataIndex(context);
  made.set(context, index);
  return index;
}

function* createDataIndex(context: CompileContext): Steps<DataIndex> {
  const { document, policy, problems } = context;
  const data = policy.data ?? NO_DATA_POLICY;
  const { texts } = policy.sanitise ?? DEFAULT_SANITISE_POLICY;
  const names = createNameRules([
    ...[...data.classes].map(([name, selectors]) => ({ label: { class: name } satisfies Label, selectors })),
    ...(data.encrypt ? [{ label: { encrypted: true } satisfies Label, selectors: data.encrypt.fields }] : []),
    ...[...texts].map(([text, selectors]) => ({ label: { text } satisfies Label, selectors })),
  ]);
  const roots = document.operations.flatMap((operation) => [...usedSchemas(operation)]);
  yield;
  const graph = yield* buildMarkGraph(document, roots, data, names, (place, { keyword, expected }) =>
    problems.push({
      ...document.locate({ file: place.file, pointer: `${place.pointer}/${keyword}` }),
      code: 'DATA_MARK_INVALID',
      path: `${place.pointer}/${keyword}`,
      message: `${keyword} is not understood: expected ${expected}`,
      hint: 'A mark that is not understood would protect nothing.',
    }),
  );
  for (const { class: name, place } of data.named) {
    if (data.classes.has(name) || graph.classes.has(name)) continue;
    const near = suggestName(name, [...data.classes.keys(), ...graph.classes]);
    problems.push({
      ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
      code: 'DATA_CLASS_UNKNOWN',
      path: place?.pointer ?? '',
      message: `nothing is of the class ${name}`,
      hint:
        near === null
          ? 'Say what is, under data.classes or by x-sallyport-data in the document.'
          : `Did you mean ${near}?`,
    });
  }
  checkIndexes(policy, graph, names, problems);
  const matchers = new Map<string, MarkMatcher>();
  const matcher = (kinds: MarkKinds, undeclared: boolean): MarkMatcher => {
    const key = `${kinds} ${undeclared}`;
    const made = matchers.get(key) ?? new MarkMatcher(graph, names, data, kinds, undeclared);
    matchers.set(key, made);
    return made;
  };
  const anyEncrypted = (): MarkedPlace | null => {
    const all = encryptedNames(graph, names, data);
    return all.size === 0 ? null : encryptedByName(all);
  };
  return {
    graph,
    byName: data.encrypt ? matcher(ENCRYPTED, true).root([]) : null,
    request(operation, kinds) {
      const content = operation.requestBody?.content ?? [];
      // A body that nothing declares comes this far where that is not enforced.
      if (content.length === 0)
        return kinds === ENCRYPTED && data.encrypt && modesFor(policy, operation).body !== 'enforce'
          ? createBodyPlaces([], { root: anyEncrypted })
          : null;
      const stated = operationPolicy(policy, operation).undeclaredProperties ?? policy.requests.undeclaredProperties;
      const undeclared = stated === 'as-declared' || modesFor(policy, operation).body !== 'enforce';
      return createBodyPlaces(content, matcher(kinds, undeclared));
    },
    resource(operation) {
      const content = (operationsByPath(document.operations).get(operation.path) ?? []).flatMap(
        ({ requestBody, responses }) => [
          ...(requestBody?.content ?? []),
          ...responses.flatMap((response) => response.content),
        ],
      );
      const resources = (media: readonly MediaType[]): SchemaSource[] =>
        media.flatMap(schemasOf).filter((source) => !isPatchShaped(graph.vertex(source)));
      const described = resources(content);
      const open = matcher(ENCRYPTED, true);
      // A merge patch is often described as any object, which says nothing of the resource. Nor does a type beside it that has no members: a text, a file.
      const sources = resources(content.filter(({ range }) => !range.includes('patch'))).filter((source) =>
        mayHaveMembers(graph.vertex(source)),
      );
      // Where the document says nothing of the resource, what it says of any other by the same name counts.
      if (sources.length === 0) {
        const place = anyEncrypted();
        return { declared: place, open: [place, open.root(described), open.root([])].filter((one) => one !== null) };
      }
      return {
        declared: matcher(ENCRYPTED, false).root(sources),
        open: [open.root(described), open.root([])].filter((one) => one !== null),
      };
    },
    responses(operation, kinds) {
      const stated = operationPolicy(policy, operation).undeclaredResponse ?? policy.responses.undeclared;
      const undeclared =
        stated === 'pass' || policy.responses.invalid === 'pass' || modesFor(policy, operation).responses !== 'enforce';
      const places = new Map<string, BodyPlaces | null>();
      for (const { status, content } of operation.responses)
        places.set(
          status.toUpperCase(),
          content.length === 0 && !undeclared ? null : createBodyPlaces(content, matcher(kinds, undeclared)),
        );
      const other = undeclared ? createBodyPlaces([], matcher(kinds, true)) : null;
      if (other === null && [...places.values()].every((one) => one === null)) return null;
      const sources = operation.responses.flatMap(({ content }) => content.flatMap(schemasOf));
      return {
        other,
        isDeclared:
          names.pointers.some(({ label }) => ((joinMarks([], [label], data)?.kinds ?? 0) & kinds) !== 0) ||
          sources.some((source) => (graph.vertex(source).reachDeclared & kinds) !== 0),
        stated: places,
        of(status) {
          for (const key of [String(status), `${Math.floor(status / 100)}XX`, 'DEFAULT']) {
            const place = places.get(key);
            if (place !== undefined) return place;
          }
          return other;
        },
      };
    },
  };
}

/** False for the schema of a text or another scalar, which nothing is marked of. */
function mayHaveMembers(vertex: Vertex): boolean {
  return sameValue([vertex]).some(
    ({ own, open, silent, properties, patterns, rest, items }) =>
      own !== null || open || silent || properties.size + patterns.length + rest.length + items.length > 0,
  );
}
