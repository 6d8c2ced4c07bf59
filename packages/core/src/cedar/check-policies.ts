import type { ConfigurationProblem } from '../configuration-error.ts';
import type { CedarCode } from './cedar-codes.ts';
import type { LoadedPolicy } from './load-policies.ts';
import { entitiesOf } from './named-entities.ts';
import { type ExpressionJson, nodeOf, type OperandsJson, type ScopeJson } from './policy-json.ts';

/** Pairs that are compared at most: ten thousand policies about one thing would be compared with each other. */
const MAX_COMPARISONS = 2_000_000;

/**
 * What can be told of policies without a request: one whose own conditions contradict each other, one that is written twice, a permit that a
 * forbid covers whole, and one that a wider policy of the same effect makes needless. Nothing is said that is not certain; much that is so
 * is not seen. `known` are warnings that need not be told again.
 */
export function checkPolicies(
  policies: readonly LoadedPolicy[],
  known: readonly ConfigurationProblem[],
): ConfigurationProblem[] {
  const warnings: ConfigurationProblem[] = [];
  const told = new Set(known.map(({ path }) => path));
  const facts = policies.map((policy, index) => factsOf(policy, index));
  for (const { policy, atoms } of facts) {
    const contradiction = told.has(policy.id) ? null : contradictionIn(atoms);
    if (contradiction === null) continue;
    told.add(policy.id);
    warnings.push(
      warningAt(policy, 'CEDAR_NEVER_HOLDS', `the policy ${quote(policy.id)} can never hold: ${contradiction}`),
    );
  }
  const index = new CoverIndex(facts);
  for (const one of facts) {
    if (told.has(one.policy.id)) continue;
    const cover = index.coverOf(one);
    if (cover !== null) warnings.push(shadowed(one, cover));
  }
  return warnings;
}

interface PolicyFacts {
  readonly policy: LoadedPolicy;
  readonly index: number;
  readonly principal: ScopeFacts;
  readonly action: ScopeFacts;
  readonly resource: ScopeFacts;
  /** Conditions that all have to hold, as texts: equal texts are equal conditions. */
  readonly atoms: ReadonlyMap<string, Atom>;
}

interface ScopeFacts {
  readonly scope: ScopeJson;
  /** Equal for equal scopes. */
  readonly text: string;
  /** Keys of the entities that it names; where it names none, that. */
  readonly named: readonly string[];
}

/** No key of an entity is empty. */
const ANYTHING = '';

function scopeFacts(scope: ScopeJson): ScopeFacts {
  const names = scope.op === 'is' ? (scope.in === undefined ? [] : entitiesOf(scope.in)) : entitiesOf(scope);
  const nothing = scope.op === 'All' || (scope.op === 'is' && scope.in === undefined);
  return { scope, text: canonical(scope), named: nothing ? [ANYTHING] : names.map(({ key }) => key) };
}

/** A condition that has to be true, or false. */
interface Atom {
  readonly expression: ExpressionJson;
  readonly holds: boolean;
}

function factsOf(policy: LoadedPolicy, index: number): PolicyFacts {
  const atoms = new Map<string, Atom>();
  const add = (expression: ExpressionJson, holds: boolean): void => {
    const [operator, operand] = nodeOf(expression);
    if (operator === '!') return add((operand as { arg: ExpressionJson }).arg, !holds);
    if (operator === (holds ? '&&' : '||')) {
      const { left, right } = operand as OperandsJson;
      add(left, holds);
      return add(right, holds);
    }
    atoms.set(`${holds ? '+' : '-'}${canonical(expression)}`, { expression, holds });
  };
  for (const { kind, body } of policy.json.conditions) add(body, kind === 'when');
  const { principal, action, resource } = policy.json;
  return {
    policy,
    index,
    atoms,
    principal: scopeFacts(principal),
    action: scopeFacts(action),
    resource: scopeFacts(resource),
  };
}

/** The same text for the same expression, whichever way its members stand. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical((value as Record<string, unknown>)[name])}`).join(',')}}`;
}

/** What two of the conditions say against each other; null where nothing is seen. */
function contradictionIn(atoms: ReadonlyMap<string, Atom>): string | null {
  const equal = new Map<string, string>();
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  for (const [key, { expression, holds }] of atoms) {
    if (holds && atoms.has(`-${key.slice(1)}`)) return 'a condition is asked to be true and false';
    const compared = comparisonOf(expression, holds);
    if (compared === null) continue;
    const { subject, sign, value } = compared;
    if (sign === '==') {
      const text = canonical(value);
      const before = equal.get(subject);
      if (before !== undefined && before !== text) return 'a value is asked to equal two different ones';
      equal.set(subject, text);
    }
    if (typeof value !== 'number') continue;
    if (sign === '==' || sign === '>=' || sign === '>')
      least.set(subject, Math.max(least.get(subject) ?? -Infinity, sign === '>' ? value + 1 : value));
    if (sign === '==' || sign === '<=' || sign === '<')
      most.set(subject, Math.min(most.get(subject) ?? Infinity, sign === '<' ? value - 1 : value));
    if ((least.get(subject) ?? -Infinity) > (most.get(subject) ?? Infinity))
      return 'a number is asked to be larger than one and smaller than another below it';
  }
  return null;
}

type Sign = '==' | '<' | '<=' | '>' | '>=';
const MIRRORED: Readonly<Record<Sign, Sign>> = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const NEGATED: Readonly<Partial<Record<Sign, Sign>>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

/** A comparison of something with a literal: `subject` is the text of what is compared. */
function comparisonOf(
  expression: ExpressionJson,
  holds: boolean,
): { readonly subject: string; readonly sign: Sign; readonly value: unknown } | null {
  const [operator, operand] = nodeOf(expression);
  if (!(operator in MIRRORED)) return null;
  const { left, right } = operand as OperandsJson;
  const [leftOperator, leftValue] = nodeOf(left);
  const [rightOperator, rightValue] = nodeOf(right);
  if ((leftOperator === 'Value') === (rightOperator === 'Value')) return null;
  const written = operator as Sign;
  const sign = holds ? written : NEGATED[written];
  if (sign === undefined) return null;
  return rightOperator === 'Value'
    ? { subject: canonical(left), sign, value: rightValue }
    : { subject: canonical(right), sign: MIRRORED[sign], value: leftValue };
}

/** Finds policies that hold whenever another one does: their scope is as wide, and their conditions are among its own. */
class CoverIndex {
  /** By one of the conditions, and one of those whom and what the scope names. */
  readonly #buckets = new Map<string, PolicyFacts[]>();
  #comparisons = 0;

  constructor(facts: readonly PolicyFacts[]) {
    for (const one of facts) {
      const [condition = ''] = [...one.atoms.keys()].sort();
      for (const principal of one.principal.named)
        for (const action of one.action.named) {
          const key = bucketKey(condition, principal, action);
          const list = this.#buckets.get(key);
          if (list === undefined) this.#buckets.set(key, [one]);
          else list.push(one);
        }
    }
  }

  /** A forbid before a policy of the same effect; null where there is none, or nobody knows. */
  coverOf(covered: PolicyFacts): PolicyFacts | null {
    let same: PolicyFacts | null = null;
    for (const condition of ['', ...covered.atoms.keys()])
      for (const principal of lookUp(covered.principal))
        for (const action of lookUp(covered.action))
          for (const cover of this.#buckets.get(bucketKey(condition, principal, action)) ?? []) {
            if (++this.#comparisons > MAX_COMPARISONS) return same;
            if (cover === covered || !covers(cover, covered) || !isRelevant(cover, covered)) continue;
            if (cover.policy.effect !== covered.policy.effect) return cover;
            same ??= cover;
          }
    return same;
  }
}

function bucketKey(condition: string, principal: string, action: string): string {
  return `${principal}\n${action}\n${condition}`;
}

/** What a scope that is as wide may name: nothing, or the first of what this one names, for it has to name them all. */
function lookUp({ named }: ScopeFacts): readonly string[] {
  return named[0] === ANYTHING || named[0] === undefined ? [ANYTHING] : [ANYTHING, named[0]];
}

function isRelevant(cover: PolicyFacts, covered: PolicyFacts): boolean {
  if (cover.policy.effect !== covered.policy.effect) return cover.policy.effect === 'forbid';
  // Of two that cover each other, the one that stands first is kept.
  return cover.index < covered.index || !covers(covered, cover);
}

function covers(cover: PolicyFacts, covered: PolicyFacts): boolean {
  if (cover.atoms.size > covered.atoms.size) return false;
  for (const key of cover.atoms.keys()) if (!covered.atoms.has(key)) return false;
  return (
    isWider(cover.principal, covered.principal) &&
    isWider(cover.action, covered.action) &&
    isWider(cover.resource, covered.resource)
  );
}

function isWider(
  { scope: wide, named: names, text }: ScopeFacts,
  { scope: narrow, named, text: other }: ScopeFacts,
): boolean {
  if (wide.op === 'All' || text === other) return true;
  if (wide.op === '==' || wide.op === 'in') {
    if (narrow.op !== '==' && (narrow.op !== 'in' || wide.op === '==')) return false;
    return named.length > 0 && named.every((key) => names.includes(key));
  }
  // `is T` covers `is T in X`, and `== T::"x"`.
  if (wide.op !== 'is' || wide.in !== undefined) return false;
  if (narrow.op === 'is') return narrow.entity_type === wide.entity_type;
  return narrow.op === '==' && entitiesOf(narrow).every(({ type }) => type === wide.entity_type);
}

function shadowed(covered: PolicyFacts, cover: PolicyFacts): ConfigurationProblem {
  const { policy } = covered;
  const other = `${quote(cover.policy.id)} (${cover.policy.file.slice(cover.policy.file.search(/[^/\\]*$/))}:${cover.policy.line})`;
  const id = quote(policy.id);
  if (cover.policy.effect !== policy.effect)
    return warningAt(policy, 'CEDAR_SHADOWED', `the policy ${id} permits nothing: ${other} forbids all of it`);
  const twice = covers(covered, cover);
  return warningAt(
    policy,
    'CEDAR_SHADOWED',
    twice ? `the policy ${id} says the same as ${other}` : `the policy ${id} adds nothing to ${other}, which is wider`,
  );
}

function warningAt({ file, line, column, id }: LoadedPolicy, code: CedarCode, message: string): ConfigurationProblem {
  const hint =
    code === 'CEDAR_NEVER_HOLDS'
      ? 'Correct its conditions, or remove it.'
      : 'Remove one of the two, or narrow the other.';
  return { code, file, line, column, path: id, message, hint };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
