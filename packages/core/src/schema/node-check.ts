import { escapeToken } from '../json/json-pointer.ts';
import { oneOfValues } from './allowed-values.ts';
import type { AppliedSchema, EvaluateOptions } from './applied-schema.ts';
import { checkContent } from './check-content.ts';
import { checkItems, checkUnevaluatedItems } from './check-items.ts';
import { checkMembers, checkUnevaluatedMembers, type Members } from './check-members.ts';
import { chooseBranch, type FoundIssue } from './choose-branch.ts';
import { definitionOf } from './definition-of.ts';
import { EvaluationJournal } from './evaluation-journal.ts';
import { checkNumber, checkText, type ReportFailure } from './keyword-checks.ts';
import type { HiddenMark, Schema, SchemaNode, Selector } from './normalized-graph.ts';
import { listOf, shorten, typesOf } from './schema-messages.ts';
import { isSameJson } from '../json/same-json.ts';
import { isOfType } from './value-kinds.ts';
import type { ValuePath } from './value-path.ts';

/** What is found wrong; null where only the answer counts. */
export type Issues = FoundIssue[] | null;

/** What holds together the checks of all schemas on all values within one value. */
export interface Evaluation {
  readonly options: EvaluateOptions;
  /** True where what `allOf` and references add is applied in turn, and no longer within each other. */
  readonly isDeep: boolean;
  /** Counts a schema applied to a value. Throws `EvaluationBudgetExceeded`. */
  count(): void;
  /**
   * Says whether the value holds; adds to `issues` unless null. What is said about it goes into `journal`, if it holds: null where nobody asks. `place` is
   * for boolean schemas.
   */
  check(
    schema: Schema,
    value: unknown,
    path: ValuePath,
    issues: Issues,
    place: string,
    journal: EvaluationJournal | null,
  ): boolean;
}

/** One part of a schema that holds as a whole only if each of its parts does. */
interface Conjunct {
  readonly schema: Schema;
  /** Of a boolean schema. */
  readonly place: string;
}

/** One schema object on one value. */
export class NodeCheck implements AppliedSchema {
  readonly #evaluation: Evaluation;
  readonly #value: unknown;
  readonly #issues: Issues;
  /** True where whoever made it goes on to what holds beside it. */
  readonly #isConjunct: boolean;
  readonly options: EvaluateOptions;
  readonly schema: SchemaNode;
  readonly path: ValuePath;
  readonly journal: EvaluationJournal;
  #holds = true;
  #isMistyped = false;

  constructor(
    evaluation: Evaluation,
    schema: SchemaNode,
    value: unknown,
    path: ValuePath,
    issues: Issues,
    journal: EvaluationJournal,
    isConjunct = false,
  ) {
    this.#evaluation = evaluation;
    this.#value = value;
    this.#issues = issues;
    this.#isConjunct = isConjunct;
    this.options = evaluation.options;
    this.schema = schema;
    this.path = path;
    this.journal = journal;
  }

  /** What it says of the value by itself, without the schemas that it applies to it. */
  runAlone(): boolean {
    const value = this.#value;
    if (!this.#type()) return false;
    this.#values();
    if (this.isDecided) return false;
    if (typeof value === 'string') {
      checkText(this.schema, value, this.options.pattern, this.report);
      if (this.options.graph.contents !== null && !this.isDecided) checkContent(this, value);
    } else if (typeof value === 'number') checkNumber(this.schema, value, this.report);
    else if (Array.isArray(value)) checkItems(this, value);
    else if (typeof value === 'object' && value !== null) checkMembers(this, value as Members);
    return this.#holds;
  }

  run(): boolean {
    const value = this.#value;
    if (!this.runAlone() && (this.isDecided || this.#isMistyped)) return false;
    this.#combinations();
    if (this.isDecided || !this.#holds) return this.#holds;
    if (Array.isArray(value)) checkUnevaluatedItems(this, value);
    else if (typeof value === 'object' && value !== null) checkUnevaluatedMembers(this, value as Members);
    return this.#holds;
  }

  get #place(): string {
    return this.options.graph.notes.places.get(this.schema) ?? '';
  }

  get hidden(): ReadonlyMap<string, HiddenMark> | undefined {
    return this.options.graph.notes.hidden.get(this.schema);
  }

  get isDecided(): boolean {
    return !this.#holds && this.#issues === null;
  }

  get isFull(): boolean {
    return this.isDecided || (this.#issues !== null && this.#issues.length >= this.options.maxIssues);
  }

  fail(keyword: string, message: string, path: ValuePath = this.path, suffix = `/${keyword}`): void {
    this.failAt(`${this.#place}${suffix}`, keyword, message, path);
  }

  failAt(place: string, keyword: string, message: string, path: ValuePath): void {
    this.#holds = false;
    this.#issues?.push({ path, place, keyword, message });
  }

  get report(): ReportFailure {
    return (keyword, message) => this.fail(keyword, message);
  }

  apply(schema: Schema, value: unknown, path: ValuePath, suffix: string): void {
    if (this.isDecided) return;
    const place = typeof schema === 'boolean' ? `${this.#place}${suffix}` : '';
    if (!this.#evaluation.check(schema, value, path, this.#issues, place, this.journal)) this.#holds = false;
  }

  test(schema: Schema, value: unknown, path: ValuePath, dropping = false): boolean {
    if (dropping || !this.options.dropping) return this.#evaluation.check(schema, value, path, null, '', this.journal);
    // Who only asks drops nothing.
    const said = new EvaluationJournal(value);
    if (!this.#evaluation.check(schema, value, path, null, '', said) || said.drops > 0) return false;
    this.journal.include(said);
    return true;
  }

  #type(): boolean {
    const { type } = this.schema;
    if (type === undefined) return true;
    const types = (Array.isArray(type) ? type : [type]) as readonly string[];
    if (types.some((name) => isOfType(this.#value, name))) return true;
    this.#isMistyped = true;
    this.#issues?.push({
      path: this.path,
      place: `${this.#place}/type`,
      keyword: 'type',
      message: `must be ${typesOf(types)}`,
      types,
    });
    return false;
  }

  #values(): void {
    const { enum: values, const: only } = this.schema;
    if (Array.isArray(values) && !oneOfValues(values)(this.#value)) this.fail('enum', `must be ${listOf(values)}`);
    if (only !== undefined && !isSameJson(only, this.#value)) this.fail('const', `must be ${listOf([only])}`);
  }

  #combinations(): void {
    const { anyOf, oneOf, not, if: test, dependentSchemas } = this.schema;
    if (!this.#isConjunct) this.#conjuncts();
    const selector = this.options.graph.notes.selectors.get(this.schema);
    const isObject = typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
    if (selector !== undefined && isObject && !this.isDecided) this.#selected(selector, this.#value as Members);
    for (const [keyword, branches] of [
      ['anyOf', anyOf],
      ['oneOf', oneOf],
    ] as const) {
      if (branches === undefined || this.isDecided || (isObject && selector?.keyword === keyword)) continue;
      this.#branches(keyword, branches as readonly Schema[]);
    }
    if (not !== undefined && !this.isDecided) this.#excluded(not as Schema);
    if (test !== undefined && !this.isDecided) this.#conditional(test as Schema);
    if (dependentSchemas === undefined || !isObject) return;
    for (const [name, schema] of Object.entries(dependentSchemas as Readonly<Record<string, Schema>>)) {
      if (Object.hasOwn(this.#value as Members, name))
        this.apply(schema, this.#value, this.path, `/dependentSchemas/${escapeToken(name)}`);
    }
  }

  /** What holds beside this schema: its reference and `allOf`. */
  #conjuncts(): void {
    if (this.#evaluation.isDeep) {
      this.#inTurn();
      return;
    }
    const { $ref, allOf } = this.schema;
    if (typeof $ref === 'string') this.apply(this.#target($ref), this.#value, this.path, '/$ref');
    ((allOf as readonly Schema[] | undefined) ?? []).forEach((schema, i) =>
      this.apply(schema, this.#value, this.path, `/allOf/${i}`),
    );
  }

  /** A chain of them may be longer than the call stack is deep. One that looks at what others left is a step of its own. */
  #inTurn(): void {
    const waiting = this.#parts().reverse();
    const known = new Set<Schema>();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.isFull) return;
      const { schema, place } = next;
      if (typeof schema === 'boolean' || 'unevaluatedProperties' in schema || 'unevaluatedItems' in schema) {
        if (!this.#evaluation.check(schema, this.#value, this.path, this.#issues, place, this.journal))
          this.#holds = false;
        continue;
      }
      // What two of them lead to holds or does not: once is enough.
      if (known.has(schema)) continue;
      known.add(schema);
      this.#evaluation.count();
      const part = new NodeCheck(this.#evaluation, schema, this.#value, this.path, this.#issues, this.journal, true);
      if (!part.run()) this.#holds = false;
      waiting.push(...part.#parts().reverse());
    }
  }

  #parts(): Conjunct[] {
    const { $ref, allOf } = this.schema;
    const parts = ((allOf as readonly Schema[] | undefined) ?? []).map((schema, i) => ({
      schema,
      place: `${this.#place}/allOf/${i}`,
    }));
    return typeof $ref === 'string' ? [{ schema: this.#target($ref), place: `${this.#place}/$ref` }, ...parts] : parts;
  }

  #excluded(schema: Schema): void {
    const said = this.options.dropping ? new EvaluationJournal(this.#value) : null;
    if (this.#evaluation.check(schema, this.#value, this.path, null, '', said) && (said === null || said.drops === 0))
      this.fail('not', 'must not be of a kind that is excluded');
  }

  #conditional(test: Schema): void {
    const keyword = this.test(test, this.#value, this.path) ? 'then' : 'else';
    const chosen = this.schema[keyword] as Schema | undefined;
    if (chosen !== undefined) this.apply(chosen, this.#value, this.path, `/${keyword}`);
  }

  #selected(selector: Selector, members: Members): void {
    const { property, byName, missing, unknown, place, keyword } = selector;
    const tag = Object.hasOwn(members, property) ? members[property] : undefined;
    const index = tag === undefined ? missing : ((typeof tag === 'string' ? byName.get(tag) : undefined) ?? unknown);
    const branches = this.schema[keyword] as readonly Schema[];
    if (index !== null) {
      this.apply(branches[index] ?? false, members, this.path, `/${keyword}/${index}`);
      return;
    }
    this.#holds = false;
    const message =
      tag === undefined
        ? `must have the property "${shorten(property)}", which tells its kind`
        : `must be ${listOf([...byName.keys()])}`;
    const path = tag === undefined ? this.path : { parent: this.path, token: property };
    this.#issues?.push({ path, place, keyword: 'discriminator', message });
  }

  #branches(keyword: 'anyOf' | 'oneOf', branches: readonly Schema[]): void {
    if (this.options.dropping) return this.#leastDropping(keyword, branches);
    const failures: FoundIssue[][] = [];
    let holding = 0;
    branches.forEach((schema, i) => {
      const own: Issues = this.#issues === null ? null : [];
      const place = typeof schema === 'boolean' ? `${this.#place}/${keyword}/${i}` : '';
      if (this.#evaluation.check(schema, this.#value, this.path, own, place, this.journal)) holding++;
      else if (own !== null) failures.push(own);
    });
    if (holding === 1 || (holding > 1 && keyword === 'anyOf')) return;
    if (holding > 1) {
      this.fail(keyword, 'must match one alternative and no more');
      return;
    }
    this.#holds = false;
    this.#issues?.push(...chooseBranch(failures, this.path, `${this.#place}/${keyword}`, keyword));
  }

  /**
   * Alternatives that hold as the value is; where none does, the one for which the fewest members have to go. Closed alternatives would each
   * drop what the others declare.
   */
  #leastDropping(keyword: 'anyOf' | 'oneOf', branches: readonly Schema[]): void {
    let holding = 0;
    let least: EvaluationJournal | null = null;
    for (const schema of branches) {
      const said = new EvaluationJournal(this.#value);
      if (!this.#evaluation.check(schema, this.#value, this.path, null, '', said)) continue;
      if (said.drops === 0) {
        this.journal.include(said);
        holding++;
      } else if (least === null || said.drops < least.drops) least = said;
    }
    if (holding > 1 && keyword === 'oneOf') this.fail(keyword, 'must match one alternative and no more');
    if (holding > 0) return;
    if (least === null) this.#holds = false;
    else this.journal.include(least);
  }

  #target(reference: string): Schema {
    return (definitionOf(this.options.graph.defs, reference) as Schema | undefined) ?? false;
  }
}
