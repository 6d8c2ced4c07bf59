import type { CompiledPolicy } from './compile-policy.ts';
import { compileCondition, compileExpression } from './compile-expression.ts';
import { EvaluationError } from './evaluation-error.ts';
import type { Condition, Evaluator } from './evaluator.ts';
import { type FirstTest, firstTestOf, type TestKind } from './first-test.ts';
import type { PolicyRequest } from './policy-request.ts';
import { CedarSet, type CedarValue, valueKey } from './value.ts';

/** Fewer policies of one test are asked as fast as they are found. */
const SMALLEST_GROUP = 4;

/** Returns true where the search may end. */
export type Visit = (policy: CompiledPolicy) => boolean;

/**
 * Policies by what their conditions test first, so that of ten thousand that compare one claim with ten thousand texts a request asks one.
 * It visits every policy that holds or cannot be evaluated, and leaves out only such as are false: what is tested is evaluated once
 * for all of a group, with all that stands before it, and where that is an error the whole group is visited.
 */
export class ConditionIndex {
  readonly #others: readonly CompiledPolicy[];
  readonly #groups: readonly Group[];

  constructor(policies: readonly CompiledPolicy[], smallest = SMALLEST_GROUP) {
    const others: CompiledPolicy[] = [];
    const byTest = new Map<string, { readonly test: FirstTest; readonly policies: [CompiledPolicy, FirstTest][] }>();
    for (const policy of policies) {
      const test = policies.length < smallest ? null : firstTestOf(policy.json);
      if (test === null) {
        others.push(policy);
        continue;
      }
      const name = JSON.stringify([test.kind, test.subject, test.before]);
      const same = byTest.get(name);
      if (same === undefined) byTest.set(name, { test, policies: [[policy, test]] });
      else same.policies.push([policy, test]);
    }
    const groups: Group[] = [];
    for (const { test, policies: same } of byTest.values()) {
      if (same.length >= smallest) groups.push(new Group(test, same));
      else others.push(...same.map(([policy]) => policy));
    }
    this.#others = others;
    this.#groups = groups;
  }

  get isEmpty(): boolean {
    return this.#others.length === 0 && this.#groups.length === 0;
  }

  /** True where `visit` returned true. */
  some(request: PolicyRequest, visit: Visit): boolean {
    return visitAll(this.#others, visit) || this.#groups.some((group) => group.some(request, visit));
  }
}

/** Policies that test the same thing first, after the same conditions. */
class Group {
  readonly #before: readonly Condition[];
  readonly #kind: TestKind;
  readonly #subject: Evaluator;
  readonly #byKey = new Map<string, CompiledPolicy[]>();
  readonly #policies: readonly CompiledPolicy[];

  constructor({ before, kind, subject }: FirstTest, policies: readonly (readonly [CompiledPolicy, FirstTest])[]) {
    this.#before = before.map(({ kind: when, body }) => {
      const condition = compileCondition(body);
      return when === 'when' ? condition : (request) => !condition(request);
    });
    this.#kind = kind;
    this.#subject = compileExpression(subject);
    this.#policies = policies.map(([policy]) => policy);
    for (const [policy, { keys }] of policies)
      for (const key of keys) {
        const list = this.#byKey.get(key);
        if (list === undefined) this.#byKey.set(key, [policy]);
        else list.push(policy);
      }
  }

  some(request: PolicyRequest, visit: Visit): boolean {
    const keys = this.#keysOf(request);
    if (keys === null) return visitAll(this.#policies, visit);
    if (typeof keys === 'string') return visitAll(this.#byKey.get(keys) ?? NONE, visit);
    return visitAll(this.#merged(keys), visit);
  }

  /** The keys that a policy must name to hold; null where that is not known, or an error. */
  #keysOf(request: PolicyRequest): string | readonly string[] | null {
    try {
      for (let index = 0; index < this.#before.length; index++)
        if (!(this.#before[index] as Condition)(request)) return NONE_NAMED;
      if (this.#kind === 'in') return request.principalKeys;
      const value: CedarValue = this.#subject(request);
      if (this.#kind === 'equals') return valueKey(value);
      return value instanceof CedarSet ? [...value.keys()] : null;
    } catch (error) {
      if (error instanceof EvaluationError) return null;
      throw error;
    }
  }

  /** A policy that names several of the keys is visited once. */
  #merged(keys: readonly string[]): Iterable<CompiledPolicy> {
    let first: readonly CompiledPolicy[] | null = null;
    let merged: Set<CompiledPolicy> | null = null;
    for (const key of keys) {
      const list = this.#byKey.get(key);
      if (list === undefined) continue;
      if (first === null) first = list;
      else {
        merged ??= new Set(first);
        for (const policy of list) merged.add(policy);
      }
    }
    return merged ?? first ?? NONE;
  }
}

const NONE: readonly CompiledPolicy[] = [];
const NONE_NAMED: readonly string[] = [];

function visitAll(policies: Iterable<CompiledPolicy>, visit: Visit): boolean {
  for (const policy of policies) if (visit(policy)) return true;
  return false;
}
