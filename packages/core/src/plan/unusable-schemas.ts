import { asCompileError, SCHEMA_RULES, schemasOf, type UnusableRule } from './unusable-rules.ts';
import { createSchemaCompiler } from '../schema/create-schema-compiler.ts';
import { findSchemaFaults } from '../schema/schema-faults.ts';
import { isBareReference, referenceChain } from '../schema/schema-reference.ts';
import { isObject } from '../json/json-value.ts';
import { modesFor } from '../policy/operation-policy.ts';
import { oncePer } from '../once-per.ts';
import type { ApiDocument, Operation, SchemaSource } from '../openapi/model.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Policy } from '../policy/policy.ts';
import type { SchemaCompileError } from '../schema/schema-compiler.ts';

/** What is wrong with a schema that one or more operations need, and whether they are refused over it. */
export interface UnusableOperation {
  readonly problem: ConfigurationProblem;
  readonly mode: UnusableRule['mode'];
}

interface SharedFault {
  readonly fault: SchemaCompileError;
  readonly mode: UnusableRule['mode'];
  readonly rules: Set<UnusableRule['rule']>;
  readonly operations: Set<string>;
}

/** As many as are listed of a document: a hostile one may have millions. */
const MAX_PROBLEMS = 100;
/** Operations called by name where many need the same schema. */
const MAX_NAMED = 3;

/** Gathers what is wrong with the schemas of a document. A fault that many operations share is told once, with how many they are. At most 100 faults. */
export class UnusableSchemas {
  readonly #document: ApiDocument;
  readonly #found = new Map<string, SharedFault>();

  constructor(document: ApiDocument) {
    this.#document = document;
  }

  get isFull(): boolean {
    return this.#found.size >= MAX_PROBLEMS;
  }

  add(operation: Operation, { rule, mode, error }: UnusableRule): void {
    const faults = [...schemasOf(operation, rule)].flatMap(faultsOf(this.#document));
    // The message begins with file and pointer of the schema.
    for (const fault of faults.length > 0 ? faults : [error]) {
      const key = `${mode}\n${fault.message}`;
      let known = this.#found.get(key);
      if (known === undefined) {
        if (this.isFull) continue;
        known = { fault, mode, rules: new Set(), operations: new Set() };
        this.#found.set(key, known);
      }
      known.rules.add(rule);
      known.operations.add(operation.id);
    }
  }

  list(): readonly UnusableOperation[] {
    return [...this.#found.values()].map((shared) => ({ problem: this.#problem(shared), mode: shared.mode }));
  }

  #problem({ fault, mode, rules, operations }: SharedFault): ConfigurationProblem {
    const [who, them] =
      operations.size === 1
        ? [[...operations].join(), 'the operation']
        : [`${operations.size} operations (${named([...operations])})`, 'these operations'];
    return {
      ...this.#document.locate(fault.source),
      code: 'SCHEMA_UNUSABLE',
      path: fault.source.pointer,
      message: `${who}: the schema cannot be compiled: ${fault.message}`,
      hint:
        mode === 'enforce'
          ? `Correct the schema, or switch the rule off for ${them}. Until then every call of ${them} is refused with OPERATION_UNUSABLE; the rest of the API is guarded as ever.`
          : `Correct the schema. Until then what is only observed of ${them} (${[...rules].map((rule) => `\`${rule}\``).join(', ')}) is not checked: each call is recorded with OPERATION_UNUSABLE and passes. Enforced, every call would be refused.`,
    };
  }
}

function named(operations: readonly string[]): string {
  const more = operations.length > MAX_NAMED ? ', …' : '';
  return `${operations.slice(0, MAX_NAMED).join(', ')}${more}`;
}

/** The faults behind a schema, looked for once for all operations that refer to it. */
const faultsOf = oncePer((document: ApiDocument) => {
  const known = new WeakMap<object, readonly SchemaCompileError[]>();
  return (source: SchemaSource): readonly SchemaCompileError[] => {
    const target = targetOf(document, source);
    if (!isObject(target.node)) return findSchemaFaults(document, [target]);
    const before = known.get(target.node);
    if (before !== undefined) return before;
    const found = findSchemaFaults(document, [target]);
    known.set(target.node, found);
    return found;
  };
});

/** What a schema refers to that says nothing itself; the schema where it does. */
function targetOf(document: ApiDocument, source: SchemaSource): SchemaSource {
  for (const schema of referenceChain(document, source))
    if (!isBareReference(schema) && !(isObject(schema.node) && Object.keys(schema.node).join() === '$ref'))
      return schema;
  return source;
}

/** The same for a document of which there is no plan, because something else is wrong. `policy` is null where it cannot be read: nothing is taken to be off. Never throws over a schema. */
export function schemaProblems(document: ApiDocument, policy: Policy | null): readonly ConfigurationProblem[] {
  const schemas = createSchemaCompiler(document);
  const found = new UnusableSchemas(document);
  for (const operation of document.operations)
    for (const rule of SCHEMA_RULES) {
      const mode = policy === null ? 'enforce' : modesFor(policy, operation)[rule];
      if (mode === 'off' || found.isFull) continue;
      try {
        for (const source of schemasOf(operation, rule))
          schemas.normalized(source, rule === 'responses' ? 'response' : 'request');
      } catch (error) {
        found.add(operation, { rule, mode, error: asCompileError(error, operation, rule) });
      }
    }
  return found.list().map(({ problem }) => problem);
}
