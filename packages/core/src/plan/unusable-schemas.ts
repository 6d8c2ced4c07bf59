import { asCompileError, compileSchemaChecks, SCHEMA_RULES, schemasOf, type UnusableRule } from './unusable-rules.ts';
import { createSchemaCompiler } from '../schema/create-schema-compiler.ts';
import { findSchemaFaults, MAX_FAULTS } from '../schema/schema-faults.ts';
import { isBareReference, placeOf, referenceChain } from '../schema/schema-reference.ts';
import { isObject } from '../json/json-value.ts';
import { schemaOptionsOf } from './schema-options.ts';
import { modesFor } from '../policy/operation-policy.ts';
import { oncePer } from '../once-per.ts';
import { SchemaCompileError, type SchemaCompiler } from '../schema/schema-compiler.ts';
import type { ApiDocument, Operation, SchemaSource } from '../openapi/model.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Policy } from '../policy/policy.ts';

/** What is wrong with a schema that one or more operations need, and whether they are refused over it. */
export interface UnusableOperation {
  readonly problem: ConfigurationProblem;
  readonly mode: UnusableRule['mode'];
}

interface SharedFault {
  readonly fault: SchemaCompileError;
  /** True for what compiling stopped at, of one operation at least: it is told before others. */
  stopped: boolean;
  readonly mode: UnusableRule['mode'];
  readonly rules: Set<UnusableRule['rule']>;
  readonly operations: Set<string>;
}

/** As many as are listed of a document: a hostile one may have millions. */
const MAX_PROBLEMS = 100;
/** As many as are listed of one schema beside what compiling it stopped at, so that one that is no schema at all does not hide the others. */
const MAX_OF_SCHEMA = 20;
/** Operations called by name where many need the same schema. */
const MAX_NAMED = 3;

/**
 * Gathers what is wrong with the schemas of a document. A fault that many operations share is told once, with how many they are. What compiling stopped at is
 * told of each operation; what else is wrong there as far as there are fewer than 100, and of one schema at most 20. A last problem says how many more there are.
 */
export class UnusableSchemas {
  readonly #document: ApiDocument;
  readonly #verb: 'is' | 'may be';
  readonly #found = new Map<string, SharedFault>();
  readonly #left = new Set<string>();
  #knowsAll = true;

  /** `isCertain` is false where nobody knows which rules are on: operations may be refused then. Default true. */
  constructor(document: ApiDocument, isCertain = true) {
    this.#document = document;
    this.#verb = isCertain ? 'is' : 'may be';
  }

  add(operation: Operation, { rule, mode, error }: UnusableRule): void {
    const stopped = meantBy(this.#document, error);
    this.#add(operation, { rule, mode, error: stopped }, true);
    try {
      this.#addOthers(operation, { rule, mode, error: stopped });
    } catch {
      // What compiling stopped at is told. What is told besides must not keep other operations from being compiled.
    }
  }

  #addOthers(operation: Operation, { rule, mode, error: stopped }: UnusableRule): void {
    for (const source of schemasOf(operation, rule)) {
      const faults = faultsOf(this.#document)(source);
      this.#knowsAll &&= faults.length < MAX_FAULTS;
      let listed = 0;
      for (const fault of faults) {
        if (fault.message === stopped.message) continue;
        if (listed++ < MAX_OF_SCHEMA) this.#add(operation, { rule, mode, error: fault }, false);
        else this.#left.add(keyOf(mode, fault));
      }
    }
  }

  list(): readonly UnusableOperation[] {
    const found = [...this.#found.values()];
    let room = MAX_PROBLEMS - found.filter(({ stopped }) => stopped).length;
    const told = found.filter(({ stopped }) => stopped || room-- > 0);
    const problems = told.map((shared) => ({ problem: this.#problem(shared), mode: shared.mode }));
    const left = [...this.#left].filter((key) => !this.#found.has(key)).length + found.length - told.length;
    const [first] = problems;
    if (left === 0 || first === undefined) return problems;
    return [...problems, { problem: this.#more(left), mode: first.mode }];
  }

  #add(operation: Operation, { rule, mode, error }: UnusableRule, stopped: boolean): void {
    const key = keyOf(mode, error);
    const known = this.#found.get(key) ?? { fault: error, stopped, mode, rules: new Set(), operations: new Set() };
    this.#found.set(key, known);
    known.stopped ||= stopped;
    known.rules.add(rule);
    known.operations.add(operation.id);
  }

  #more(count: number): ConfigurationProblem {
    const { file } = this.#document;
    return {
      ...{ file, line: 0, column: 0, path: '' },
      code: 'SCHEMA_UNUSABLE',
      message: `${this.#knowsAll ? '' : 'at least '}${count} more ${count === 1 ? 'fault' : 'faults'} of schemas that cannot be compiled`,
      hint: 'Correct those that are told, and check again: every operation that cannot be used is among them.',
    };
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
          ? `Correct the schema, or switch the rule off for ${them}. Until then every call of ${them} ${this.#verb} refused with OPERATION_UNUSABLE; the rest of the API is guarded as ever.`
          : `Correct the schema. Until then what is only observed of ${them} (${[...rules].map((rule) => `\`${rule}\``).join(', ')}) is not checked: each call is recorded with OPERATION_UNUSABLE and passes. Enforced, every call would be refused.`,
    };
  }
}

/** The message begins with file and pointer of the schema. */
function keyOf(mode: UnusableRule['mode'], fault: SchemaCompileError): string {
  return `${mode}\n${fault.message}`;
}

/** A fault of a schema that is but a reference is one of what it refers to, and the same for all that refer to it. */
function meantBy(document: ApiDocument, error: SchemaCompileError): SchemaCompileError {
  const target = targetOf(document, error.source);
  return placeOf(target) === placeOf(error.source)
    ? error
    : new SchemaCompileError(target, error.reason, { cause: error });
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

/**
 * The same for a document of which there is no plan, because something else is wrong. `policy` is null where it cannot be read: nothing is taken to be off, and
 * what an operation names is taken to be needed. Never throws over a schema.
 */
export function schemaProblems(document: ApiDocument, policy: Policy | null): readonly ConfigurationProblem[] {
  const found = new UnusableSchemas(document, policy !== null);
  const schemas = createSchemaCompiler(document, policy === null ? {} : schemaOptionsOf(policy));
  for (const operation of document.operations) {
    const unusable =
      policy === null
        ? unusableNamed(operation, schemas)
        : compileSchemaChecks(operation, { document, policy, schemas, problems: [] }, modesFor(policy, operation))
            .unusable;
    for (const one of unusable) found.add(operation, one);
  }
  return found.list().map(({ problem }) => problem);
}

function unusableNamed(operation: Operation, schemas: SchemaCompiler): readonly UnusableRule[] {
  return SCHEMA_RULES.flatMap((rule): UnusableRule[] => {
    try {
      for (const source of schemasOf(operation, rule))
        schemas.normalized(source, rule === 'responses' ? 'response' : 'request');
      return [];
    } catch (error) {
      return [{ rule, mode: 'enforce', error: asCompileError(error, operation, rule) }];
    }
  });
}
