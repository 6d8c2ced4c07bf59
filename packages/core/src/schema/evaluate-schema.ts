import { escapeToken } from '../json/json-pointer.ts';
import { chooseBranch, type FoundIssue } from './choose-branch.ts';
import { ALL, EvaluationJournal } from './evaluation-journal.ts';
import { checkCount, checkNumber, checkText, type ReportFailure } from './keyword-checks.ts';
import type { NormalizedGraph, Schema, SchemaNode, Selector } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import { counted, listOf, shorten, typesOf } from './schema-messages.ts';
import { hasUniqueItems, isSameJson } from './unique-items.ts';
import { isOfType } from './value-kinds.ts';
import type { ValuePath } from './value-path.ts';

export interface EvaluateOptions {
  readonly graph: NormalizedGraph;
  readonly pattern: (source: string) => LinearPattern;
  /** Collect this many issues and stop; 0 only says whether the value is valid. */
  readonly maxIssues: number;
  /** Schemas applied to values before giving up. Default one million. */
  readonly maxSteps?: number;
  /** True: members that are hidden or closed out are marked to be dropped instead of making the value invalid. */
  readonly dropping: boolean;
}

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
  const evaluator = new Evaluator(options);
  const issues: FoundIssue[] | null = options.maxIssues > 0 ? [] : null;
  const { graph } = options;
  const valid = evaluator.check(graph.schema, value, null, issues, graph.place(''));
  return { valid, issues: issues ?? [], journal: evaluator.journal };
}

type Issues = FoundIssue[] | null;
type Members = Readonly<Record<string, unknown>>;

class Evaluator {
  readonly journal = new EvaluationJournal();
  readonly #options: EvaluateOptions;
  readonly #maxSteps: number;
  #steps = 0;
  #depth = 0;

  constructor(options: EvaluateOptions) {
    this.#options = options;
    this.#maxSteps = options.maxSteps ?? MAX_STEPS;
  }

  /** True where what `allOf` and references add is applied in turn, and no longer within each other. */
  get isDeep(): boolean {
    return this.#depth > DEEP;
  }

  count(): void {
    if (++this.#steps > this.#maxSteps) throw new EvaluationBudgetExceeded('checking the value takes too many steps');
  }

  /** Says whether the value holds; adds to `issues` unless null, and to the journal only when it holds. `place` is for boolean schemas. */
  check(schema: Schema, value: unknown, path: ValuePath, issues: Issues, place: string): boolean {
    this.count();
    if (schema === true) return true;
    if (schema === false) {
      issues?.push({ path, place, keyword: 'false', message: 'is not allowed here' });
      return false;
    }
    if (issues !== null && issues.length >= this.#options.maxIssues) return false;
    const from = this.journal.length;
    this.#depth++;
    const holds = new NodeCheck(this, this.#options, schema, value, path, issues).run();
    this.#depth--;
    if (!holds) this.journal.cutTo(from);
    return holds;
  }
}

/** One part of a schema that holds as a whole only if each of its parts does. */
interface Conjunct {
  readonly schema: Schema;
  /** Of a boolean schema. */
  readonly place: string;
}

/** One schema object on one value. */
class NodeCheck {
  readonly #evaluator: Evaluator;
  readonly #options: EvaluateOptions;
  readonly #schema: SchemaNode;
  readonly #value: unknown;
  readonly #path: ValuePath;
  readonly #issues: Issues;
  readonly #place: string;
  readonly #from: number;
  /** True where whoever made it goes on to what holds beside it. */
  readonly #isConjunct: boolean;
  #holds = true;

  constructor(
    evaluator: Evaluator,
    options: EvaluateOptions,
    schema: SchemaNode,
    value: unknown,
    path: ValuePath,
    issues: Issues,
    isConjunct = false,
  ) {
    this.#isConjunct = isConjunct;
    this.#evaluator = evaluator;
    this.#options = options;
    this.#schema = schema;
    this.#value = value;
    this.#path = path;
    this.#issues = issues;
    this.#place = options.graph.notes.places.get(schema) ?? '';
    this.#from = evaluator.journal.length;
  }

  run(): boolean {
    const value = this.#value;
    if (!this.#type()) return false;
    this.#values();
    if (this.#done()) return false;
    if (typeof value === 'string') checkText(this.#schema, value, this.#options.pattern, this.#report);
    else if (typeof value === 'number') checkNumber(this.#schema, value, this.#report);
    else if (Array.isArray(value)) this.#items(value);
    else if (typeof value === 'object' && value !== null) this.#members(value as Members);
    if (this.#done()) return false;
    this.#combinations();
    if (this.#done() || !this.#holds) return this.#holds;
    if (Array.isArray(value)) this.#unevaluatedItems(value);
    else if (typeof value === 'object' && value !== null) this.#unevaluatedMembers(value as Members);
    return this.#holds;
  }

  /** True when the answer is known and nobody collects issues. */
  #done(): boolean {
    return !this.#holds && this.#issues === null;
  }

  #fail(keyword: string, message: string, path: ValuePath = this.#path, suffix = `/${keyword}`): void {
    this.#holds = false;
    this.#issues?.push({ path, place: `${this.#place}${suffix}`, keyword, message });
  }

  readonly #report: ReportFailure = (keyword, message) => this.#fail(keyword, message);

  #apply(schema: Schema, value: unknown, path: ValuePath, suffix: string): void {
    if (this.#done()) return;
    const place = typeof schema === 'boolean' ? `${this.#place}${suffix}` : '';
    if (!this.#evaluator.check(schema, value, path, this.#issues, place)) this.#holds = false;
  }

  #test(schema: Schema, value: unknown, path: ValuePath): boolean {
    return this.#evaluator.check(schema, value, path, null, '');
  }

  #type(): boolean {
    const { type } = this.#schema;
    if (type === undefined) return true;
    const types = (Array.isArray(type) ? type : [type]) as readonly string[];
    if (types.some((name) => isOfType(this.#value, name))) return true;
    this.#issues?.push({
      path: this.#path,
      place: `${this.#place}/type`,
      keyword: 'type',
      message: `must be ${typesOf(types)}`,
      types,
    });
    return false;
  }

  #values(): void {
    const { enum: values, const: only } = this.#schema;
    if (Array.isArray(values) && !values.some((allowed) => isSameJson(allowed, this.#value)))
      this.#fail('enum', `must be ${listOf(values)}`);
    if (only !== undefined && !isSameJson(only, this.#value)) this.#fail('const', `must be ${listOf([only])}`);
  }

  #items(items: readonly unknown[]): void {
    const { journal } = this.#evaluator;
    const { uniqueItems, prefixItems, items: rest } = this.#schema;
    checkCount(this.#schema, items.length, 'Items', this.#report);
    if (uniqueItems === true && !hasUniqueItems(items)) this.#fail('uniqueItems', 'must not have the same item twice');
    const prefix = Array.isArray(prefixItems) ? (prefixItems as readonly Schema[]) : [];
    prefix.forEach((schema, i) => {
      if (i >= items.length) return;
      this.#apply(schema, items[i], { parent: this.#path, token: i }, `/prefixItems/${i}`);
      journal.add(items, i);
    });
    if (rest !== undefined && items.length > prefix.length) {
      for (let i = prefix.length; i < items.length && !this.#full(); i++)
        this.#apply(rest as Schema, items[i], { parent: this.#path, token: i }, '/items');
      journal.add(items, ALL);
    }
    if (!this.#done()) this.#contains(items);
  }

  #full(): boolean {
    return this.#done() || (this.#issues !== null && this.#issues.length >= this.#options.maxIssues);
  }

  #contains(items: readonly unknown[]): void {
    const { contains, minContains = 1, maxContains } = this.#schema;
    if (contains === undefined) return;
    let count = 0;
    items.forEach((item, i) => {
      if (!this.#test(contains as Schema, item, { parent: this.#path, token: i })) return;
      count++;
      this.#evaluator.journal.add(items, i);
    });
    if (typeof minContains === 'number' && count < minContains) {
      const keyword = this.#schema['minContains'] === undefined ? 'contains' : 'minContains';
      this.#fail(keyword, `must contain at least ${counted(minContains, 'item', 'items')} of a certain kind`);
    }
    if (typeof maxContains === 'number' && count > maxContains)
      this.#fail('maxContains', `must contain at most ${counted(maxContains, 'item', 'items')} of a certain kind`);
  }

  #members(members: Members): void {
    const { required, dependentRequired, propertyNames } = this.#schema;
    const names = Object.keys(members);
    for (const name of (required as readonly string[] | undefined) ?? []) {
      if (!Object.hasOwn(members, name)) this.#fail('required', `must have the property "${shorten(name)}"`);
    }
    checkCount(this.#schema, names.length, 'Properties', this.#report);
    for (const [name, needed] of Object.entries(
      (dependentRequired as Readonly<Record<string, readonly string[]>> | undefined) ?? {},
    )) {
      if (!Object.hasOwn(members, name)) continue;
      for (const other of needed)
        if (!Object.hasOwn(members, other))
          this.#fail(
            'dependentRequired',
            `must have the property "${shorten(other)}" because it has "${shorten(name)}"`,
          );
    }
    if (propertyNames !== undefined) {
      for (const name of names) {
        if (this.#full()) break;
        if (!this.#test(propertyNames as Schema, name, null))
          this.#fail('propertyNames', 'has a name that is not allowed', { parent: this.#path, token: name });
      }
    }
    if (!this.#done()) this.#declared(members, names);
  }

  #declared(members: Members, names: readonly string[]): void {
    const { journal } = this.#evaluator;
    const schema = this.#schema;
    const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
    const patterns = Object.entries(
      (schema['patternProperties'] as Readonly<Record<string, Schema>> | undefined) ?? {},
    );
    const rest = schema['additionalProperties'] as Schema | undefined;
    if (properties === undefined && patterns.length === 0 && rest === undefined) {
      if (schema['unevaluatedProperties'] !== undefined) journal.add(members, { mentions: schema });
      return;
    }
    journal.add(members, { mentions: schema });
    const marks = this.#options.graph.notes.hidden.get(schema);
    for (const name of names) {
      if (this.#full()) return;
      const path = { parent: this.#path, token: name };
      let named = false;
      if (properties !== undefined && Object.hasOwn(properties, name)) {
        named = true;
        const mark = marks?.get(name);
        if (mark === undefined) this.#property(properties[name] as Schema, members, name, path);
        else if (mark === 'writeOnly' && this.#options.dropping) journal.add(members, { drop: name });
        else
          this.#fail(
            mark,
            mark === 'readOnly'
              ? 'must not be set: the property is read-only'
              : 'must not be shown: the property is write-only',
            path,
            `/properties/${escapeToken(name)}/${mark}`,
          );
      }
      for (const [pattern, member] of patterns) {
        if (!this.#options.pattern(pattern).test(name)) continue;
        named = true;
        this.#apply(member, members[name], path, `/patternProperties/${escapeToken(pattern)}`);
        journal.add(members, name);
      }
      if (named || rest === undefined) continue;
      if (rest === false && this.#options.dropping) journal.add(members, { drop: name });
      else if (rest === false) this.#fail('additionalProperties', 'is not declared', path);
      else this.#apply(rest, members[name], path, '/additionalProperties');
    }
    if (rest !== undefined && rest !== false) journal.add(members, ALL);
  }

  #property(schema: Schema, members: Members, name: string, path: ValuePath): void {
    this.#apply(schema, members[name], path, typeof schema === 'boolean' ? `/properties/${escapeToken(name)}` : '');
    this.#evaluator.journal.add(members, name);
  }

  #combinations(): void {
    const { anyOf, oneOf, not, if: test, dependentSchemas } = this.#schema;
    if (!this.#isConjunct) this.#conjuncts();
    const selector = this.#options.graph.notes.selectors.get(this.#schema);
    const isObject = typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
    if (selector !== undefined && isObject && !this.#done()) this.#selected(selector, this.#value as Members);
    for (const [keyword, branches] of [
      ['anyOf', anyOf],
      ['oneOf', oneOf],
    ] as const) {
      if (branches === undefined || this.#done() || (isObject && selector?.keyword === keyword)) continue;
      this.#branches(keyword, branches as readonly Schema[]);
    }
    if (not !== undefined && !this.#done()) {
      const from = this.#evaluator.journal.length;
      if (this.#test(not as Schema, this.#value, this.#path))
        this.#fail('not', 'must not be of a kind that is excluded');
      this.#evaluator.journal.cutTo(from);
    }
    if (test !== undefined && !this.#done()) this.#conditional(test as Schema);
    if (dependentSchemas === undefined || !isObject) return;
    for (const [name, schema] of Object.entries(dependentSchemas as Readonly<Record<string, Schema>>)) {
      if (Object.hasOwn(this.#value as Members, name))
        this.#apply(schema, this.#value, this.#path, `/dependentSchemas/${escapeToken(name)}`);
    }
  }

  /** What holds beside this schema: its reference and `allOf`. */
  #conjuncts(): void {
    const { $ref, allOf } = this.#schema;
    if (this.#evaluator.isDeep) this.#inTurn();
    else {
      if (typeof $ref === 'string') this.#apply(this.#target($ref), this.#value, this.#path, '/$ref');
      ((allOf as readonly Schema[] | undefined) ?? []).forEach((schema, i) =>
        this.#apply(schema, this.#value, this.#path, `/allOf/${i}`),
      );
    }
  }

  /** A chain of them may be longer than the call stack is deep. One that looks at what others left is a step of its own. */
  #inTurn(): void {
    const waiting = this.#parts().reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.#full()) return;
      const { schema, place } = next;
      if (typeof schema === 'boolean' || 'unevaluatedProperties' in schema || 'unevaluatedItems' in schema) {
        if (!this.#evaluator.check(schema, this.#value, this.#path, this.#issues, place)) this.#holds = false;
        continue;
      }
      this.#evaluator.count();
      const part = new NodeCheck(this.#evaluator, this.#options, schema, this.#value, this.#path, this.#issues, true);
      if (!part.run()) this.#holds = false;
      waiting.push(...part.#parts().reverse());
    }
  }

  #parts(): Conjunct[] {
    const { $ref, allOf } = this.#schema;
    const parts = ((allOf as readonly Schema[] | undefined) ?? []).map((schema, i) => ({
      schema,
      place: `${this.#place}/allOf/${i}`,
    }));
    return typeof $ref === 'string' ? [{ schema: this.#target($ref), place: `${this.#place}/$ref` }, ...parts] : parts;
  }

  #conditional(test: Schema): void {
    const keyword = this.#test(test, this.#value, this.#path) ? 'then' : 'else';
    const chosen = this.#schema[keyword] as Schema | undefined;
    if (chosen !== undefined) this.#apply(chosen, this.#value, this.#path, `/${keyword}`);
  }

  #selected(selector: Selector, members: Members): void {
    const { property, byName, missing, place, keyword } = selector;
    const tag = Object.hasOwn(members, property) ? members[property] : undefined;
    const index = tag === undefined ? missing : typeof tag === 'string' ? byName.get(tag) : undefined;
    const branches = this.#schema[keyword] as readonly Schema[];
    if (index !== undefined && index !== null) {
      this.#apply(branches[index] ?? false, members, this.#path, `/${keyword}/${index}`);
      return;
    }
    this.#holds = false;
    const message =
      tag === undefined
        ? `must have the property "${shorten(property)}", which tells its kind`
        : `must be ${listOf([...byName.keys()])}`;
    const path = tag === undefined ? this.#path : { parent: this.#path, token: property };
    this.#issues?.push({ path, place, keyword: 'discriminator', message });
  }

  #branches(keyword: 'anyOf' | 'oneOf', branches: readonly Schema[]): void {
    const failures: FoundIssue[][] = [];
    let holding = 0;
    branches.forEach((schema, i) => {
      const own: FoundIssue[] | null = this.#issues === null ? null : [];
      const place = typeof schema === 'boolean' ? `${this.#place}/${keyword}/${i}` : '';
      if (this.#evaluator.check(schema, this.#value, this.#path, own, place)) holding++;
      else if (own !== null) failures.push(own);
    });
    if (holding === 1 || (holding > 1 && keyword === 'anyOf')) return;
    if (holding > 1) {
      this.#fail(keyword, 'must match one alternative and no more');
      return;
    }
    this.#holds = false;
    this.#issues?.push(...chooseBranch(failures, this.#path, `${this.#place}/${keyword}`, keyword));
  }

  #target(reference: string): Schema {
    const name = reference.slice('#/$defs/'.length);
    const { defs } = this.#options.graph;
    return Object.hasOwn(defs, name) ? (defs[name] ?? false) : false;
  }

  #unevaluatedItems(items: readonly unknown[]): void {
    const schema = this.#schema['unevaluatedItems'] as Schema | undefined;
    if (schema === undefined) return;
    const { journal } = this.#evaluator;
    const seen = journal.indexesSince(this.#from, items);
    if (seen === ALL) return;
    for (let i = 0; i < items.length && !this.#full(); i++) {
      if (seen.has(i)) continue;
      if (schema === false) this.#fail('unevaluatedItems', 'is not declared', { parent: this.#path, token: i });
      else this.#apply(schema, items[i], { parent: this.#path, token: i }, '/unevaluatedItems');
    }
    journal.add(items, ALL);
  }

  #unevaluatedMembers(members: Members): void {
    const schema = this.#schema['unevaluatedProperties'] as Schema | undefined;
    if (schema === undefined) return;
    const { journal } = this.#evaluator;
    const seen = journal.namesSince(this.#from, members);
    if (seen === ALL) return;
    for (const name of Object.keys(members)) {
      if (seen.has(name) || this.#full()) continue;
      const path = { parent: this.#path, token: name };
      if (schema === false && this.#options.dropping) journal.add(members, { drop: name });
      else if (schema === false) this.#fail('unevaluatedProperties', 'is not declared', path);
      else this.#apply(schema, members[name], path, '/unevaluatedProperties');
    }
    if (schema !== false) journal.add(members, ALL);
  }
}
