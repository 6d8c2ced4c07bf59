import type { EvaluateOptions } from './applied-schema.ts';
import type { FoundIssue } from './choose-branch.ts';
import { EvaluationJournal } from './evaluation-journal.ts';
import { type Evaluation, type Issues, NodeCheck } from './node-check.ts';
import type { Schema, SchemaNode } from './normalized-graph.ts';
import { isOfType } from './value-kinds.ts';
import { isSamePath, type ValuePath } from './value-path.ts';

export interface SchemaEvaluation {
  readonly valid: boolean;
  readonly issues: readonly FoundIssue[];
  readonly journal: EvaluationJournal;
}

/** Thrown when checking one value takes more steps than any honest value needs: combinations of schemas can multiply. */
export class EvaluationBudgetExceeded extends Error {
  override readonly name = 'EvaluationBudgetExceeded';
}

const MAX_STEPS = 1_000_000;
/** Schemas within each other, for one value or for those around it, that the call stack surely has room for several times. */
const DEEP = 100;

/**
 * Evaluates a value against a normalized schema, keeping what schemas said about members: this explains what a compiled validator only
 * refuses, and tells which members are declared. Throws `EvaluationBudgetExceeded` after `maxSteps`.
 */
export function evaluateSchema(value: unknown, options: EvaluateOptions): SchemaEvaluation {
  const issues: Issues = options.maxIssues > 0 ? [] : null;
  const journal = new EvaluationJournal(null);
  const { graph } = options;
  const valid = new Evaluator(options).check(graph.schema, value, null, issues, graph.place(''), journal);
  return { valid, issues: issues ?? [], journal };
}

/** What a schema was found to say of a value. */
interface Finding {
  /** What it says where it holds. */
  readonly journal: EvaluationJournal | null;
  /** Why it does not; null where nobody asked. */
  readonly issues: readonly FoundIssue[] | null;
  readonly path: ValuePath;
}

const IN_PLACE = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'] as const;
/** What applies schemas to members and items. */
const BELOW =
  'properties patternProperties additionalProperties propertyNames dependentSchemas items prefixItems contains unevaluatedProperties unevaluatedItems'.split(
    ' ',
  );
/** What says nothing about a value, and its type. */
const TYPE_ONLY = new Set(
  'type title description default example examples deprecated readOnly writeOnly $comment xml externalDocs'.split(' '),
);
/** The place of a text or number that is the whole value. */
const ROOT = {};
/** What is said about the members of a text or number. */
const SILENT = new EvaluationJournal(null);

/** A schema that is applied, and how. */
interface Applied {
  /** Whether it applies others to the same value. */
  readonly isInPlace: boolean;
  /** Whether it applies none to anything. */
  readonly isLeaf: boolean;
  /** The types that it allows, where it says nothing else of a text or number. */
  readonly types: readonly string[] | null;
  /** What it was found to say, by the object or array, or the place of another value. */
  readonly findings: Map<object, Finding>;
}

class Evaluator implements Evaluation {
  readonly options: EvaluateOptions;
  readonly #maxSteps: number;
  readonly #applied = new Map<SchemaNode, Applied>();
  #steps = 0;
  #depth = 0;

  constructor(options: EvaluateOptions) {
    this.options = options;
    this.#maxSteps = options.maxSteps ?? MAX_STEPS;
  }

  get isDeep(): boolean {
    return this.#depth > DEEP;
  }

  count(): void {
    if (++this.#steps > this.#maxSteps) throw new EvaluationBudgetExceeded('checking the value takes too many steps');
  }

  check(
    schema: Schema,
    value: unknown,
    path: ValuePath,
    issues: Issues,
    place: string,
    journal: EvaluationJournal | null,
  ): boolean {
    this.count();
    if (schema === true) return true;
    if (schema === false) {
      issues?.push({ path, place, keyword: 'false', message: 'is not allowed here' });
      return false;
    }
    if (issues !== null && issues.length >= this.options.maxIssues) return false;
    const applied = this.#applied.get(schema) ?? this.#meet(schema);
    const isStructured = typeof value === 'object' && value !== null;
    // Nothing can be said about the members of a text or number, and for one of them it is only what stands in place that multiplies.
    if (!isStructured && !applied.isInPlace) {
      if (applied.types !== null && isOfOne(value, applied.types)) return true;
      return new NodeCheck(this, schema, value, path, issues, SILENT).runAlone();
    }
    const finding = applied.isLeaf
      ? this.#judge(schema, value, path, issues)
      : this.#find(schema, applied.findings, isStructured ? value : (path ?? ROOT), value, path, issues);
    if (finding.journal === null) return false;
    journal?.include(finding.journal);
    return true;
  }

  #meet(schema: SchemaNode): Applied {
    const { type } = schema;
    const isInPlace = IN_PLACE.some((keyword) => keyword in schema);
    const applied: Applied = {
      isInPlace,
      isLeaf: !isInPlace && !BELOW.some((keyword) => keyword in schema),
      types:
        type !== undefined && Object.keys(schema).every((keyword) => TYPE_ONLY.has(keyword))
          ? ((Array.isArray(type) ? type : [type]) as readonly string[])
          : null,
      findings: new Map(),
    };
    this.#applied.set(schema, applied);
    return applied;
  }

  /** Alternatives that lead back to one schema ask for the same again and again: twice as often with each level of a value that a client makes up. */
  #find(
    schema: SchemaNode,
    known: Map<object, Finding>,
    place: object,
    value: unknown,
    path: ValuePath,
    issues: Issues,
  ): Finding {
    const before = known.get(place);
    if (before !== undefined && (before.journal !== null || issues === null)) return before;
    if (before?.issues && isSamePath(before.path, path)) {
      issues?.push(...before.issues.slice(0, this.options.maxIssues - issues.length));
      return before;
    }
    const from = issues?.length ?? 0;
    const finding = this.#judge(schema, value, path, issues);
    // Where there was no room for everything, this is not all there is to say.
    if (issues === null || from === 0 || issues.length < this.options.maxIssues) known.set(place, finding);
    return finding;
  }

  #judge(schema: SchemaNode, value: unknown, path: ValuePath, issues: Issues): Finding {
    const journal = typeof value === 'object' && value !== null ? new EvaluationJournal(value) : SILENT;
    const from = issues?.length ?? 0;
    this.#depth++;
    const holds = new NodeCheck(this, schema, value, path, issues, journal).run();
    this.#depth--;
    return holds ? { journal, issues: null, path } : { journal: null, issues: issues?.slice(from) ?? null, path };
  }
}

function isOfOne(value: unknown, types: readonly string[]): boolean {
  for (const type of types) if (isOfType(value, type)) return true;
  return false;
}
