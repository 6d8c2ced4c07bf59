import { oncePer } from '../once-per.ts';
import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';
import type { ApiDocument, DocumentPlace, Operation } from '../openapi/model.ts';
import { keysOf } from './by-operation.ts';
import { normalizeOperation } from './normalize/normalize-operations.ts';
import { type Modes, type OperationPolicy, type Policy, RULE_NAMES } from './policy.ts';
import { PolicyProblems } from './policy-problems.ts';
import { extensionStatements, type LocateInDocument, PolicySource } from './policy-statements.ts';
import { FAILED } from './read-scalar.ts';
import { readShape } from './read-shape.ts';
import { operationExtensionShape } from './schema/schema-operations.ts';

const NOTHING: OperationPolicy = Object.freeze({
  modes: Object.freeze({}),
  cost: null,
  maxBodyBytes: null,
  timeoutMs: null,
  deprecatedAtMs: null,
  sunsetAtMs: null,
  undeclaredProperties: null,
  undeclaredResponse: null,
  place: null,
});

/** True where a key of `operations`, or one of a limit, means the operation: its id, `METHOD /path`, or `tag:NAME` of one of its tags. */
export function meansOperation(key: string, operation: Operation): boolean {
  if (key === operation.id || key === `${operation.method} ${operation.path}`) return true;
  return key.startsWith('tag:') && operation.tags.includes(key.slice('tag:'.length));
}

/**
 * What the policy says of one operation. From weak to strong: the operation's own `x-sallyport`, its tags in the order of the policy,
 * its own key. Each setting is taken from the strongest that says it. Throws a ConfigurationError where its `x-sallyport` is not
 * valid; `checkPolicyAgainst` reports the same with lines.
 */
export function operationPolicy(policy: Policy, operation: Operation): OperationPolicy {
  return operationPolicies(policy)(operation);
}

/** Each stage asks for it. */
const operationPolicies = oncePer((policy: Policy) =>
  oncePer((operation: Operation) => readOperationPolicy(policy, operation)),
);

function readOperationPolicy(policy: Policy, operation: Operation): OperationPolicy {
  const extension = readOperationExtension(operation, null);
  if (extension.problems.length > 0) throw new ConfigurationError(extension.problems);
  return mergeOperationPolicies([extension.policy, ...statedFor(policy, operation)]);
}

/** The mode of every rule for one operation. */
export function modesFor(policy: Policy, operation: Operation): Modes {
  return { ...policy.modes, ...operationPolicy(policy, operation).modes };
}

/** Every key that means an operation of the document. */
export function operationKeys({ operations }: Pick<ApiDocument, 'operations'>): ReadonlySet<string> {
  return new Set(operations.flatMap(keysOf));
}

/** Where each key stands in a policy. Asked for each operation, and looking at every entry for each would take a large document minutes. */
const placesOfKeys = oncePer(
  (operations: Policy['operations']): ReadonlyMap<string, number> =>
    new Map([...operations.keys()].map((key, index) => [key, index])),
);

/** Entries of `operations` that mean the operation, in the order of the policy. */
export function entriesFor(
  { operations }: Pick<Policy, 'operations'>,
  operation: Operation,
): [string, OperationPolicy][] {
  if (operations.size === 0) return [];
  const places = placesOfKeys(operations);
  const found: { readonly key: string; readonly place: number; readonly entry: OperationPolicy }[] = [];
  for (const key of new Set(keysOf(operation))) {
    const entry = operations.get(key);
    if (entry !== undefined) found.push({ key, place: places.get(key) ?? 0, entry });
  }
  return found.sort((left, right) => left.place - right.place).map(({ key, entry }) => [key, entry]);
}

/** Entries of `operations` that mean the operation, tags first. */
export function statedFor(policy: Policy, operation: Operation): OperationPolicy[] {
  const entries = entriesFor(policy, operation);
  const own = entries.filter(([key]) => isOwnKey(key, operation));
  const tags = entries.filter(([key]) => !isOwnKey(key, operation));
  return [...tags, ...own].map(([, entry]) => entry);
}

export function isOwnKey(key: string, operation: Operation): boolean {
  return key === operation.id || key === `${operation.method} ${operation.path}`;
}

/** Lays later entries over earlier ones. */
export function mergeOperationPolicies(entries: readonly OperationPolicy[]): OperationPolicy {
  let merged = NOTHING;
  for (const entry of entries) {
    const modes = { ...merged.modes };
    for (const rule of RULE_NAMES) {
      const mode = entry.modes[rule];
      if (mode !== undefined) modes[rule] = mode;
    }
    merged = {
      modes,
      cost: entry.cost ?? merged.cost,
      maxBodyBytes: entry.maxBodyBytes ?? merged.maxBodyBytes,
      timeoutMs: entry.timeoutMs ?? merged.timeoutMs,
      deprecatedAtMs: entry.deprecatedAtMs ?? merged.deprecatedAtMs,
      sunsetAtMs: entry.sunsetAtMs ?? merged.sunsetAtMs,
      undeclaredProperties: entry.undeclaredProperties ?? merged.undeclaredProperties,
      undeclaredResponse: entry.undeclaredResponse ?? merged.undeclaredResponse,
      ...(entry.owners === undefined && merged.owners === undefined
        ? {}
        : { owners: entry.owners ?? merged.owners ?? [] }),
      place: entry.place ?? merged.place,
    };
  }
  return merged;
}

/** Reads the `x-sallyport` and `x-sallyport-…` members of an operation. Nothing there gives a policy that says nothing. */
export function readOperationExtension(
  operation: Operation,
  locate: LocateInDocument | null,
): { readonly policy: OperationPolicy; readonly problems: readonly ConfigurationProblem[] } {
  const statements = extensionStatements(operation.extensions, operation.pointer);
  if (statements.pointers.size === 0 && !statements.notMap) return { policy: NOTHING, problems: [] };
  const place: DocumentPlace = { file: operation.file, pointer: operation.pointer };
  const fromDocument = new Map([...statements.pointers].map(([name, pointer]) => [`/${name}`, pointer]));
  fromDocument.set('/x-sallyport', `${operation.pointer}/x-sallyport`);
  const source = new PolicySource(operation.file, null, {
    documentFile: operation.file,
    locateInDocument: locate,
    fromDocument,
    fromStart: new Set(),
  });
  const problems = new PolicyProblems(source);
  if (statements.notMap)
    problems.add(
      'POLICY_TYPE',
      '/x-sallyport',
      'expected a map of settings',
      'Write the settings of the operation below x-sallyport.',
    );
  for (const name of statements.twice)
    problems.add(
      'POLICY_STATED_TWICE',
      `/${name}`,
      'the operation states this twice',
      'Keep it under x-sallyport, or as x-sallyport-… .',
      'key',
    );
  // References are refused in a document, so that nothing here is ever resolved.
  const references = { environment: () => undefined, readFile: () => '' };
  const authored = readShape(operationExtensionShape, statements.value, '', { problems, source, references });
  const policy = authored === FAILED ? NOTHING : normalizeOperation(authored, '', place, problems, operation.id);
  return { policy, problems: problems.list() };
}
