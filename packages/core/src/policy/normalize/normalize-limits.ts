import { joinPointer } from '../../json/json-pointer.ts';
import type { LimitKey, LimitRule, Mode } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { limitShape } from '../schema/schema-operations.ts';
import type { Read } from '../shape.ts';

/** `operations` is absent for a limit that stands under its operation. */
type AuthoredLimit = Omit<Read<typeof limitShape>, 'operations'> & {
  readonly operations?: readonly string[] | undefined;
};

/** Faster than any client can be: a limit above it is a slip of the unit, and protects nothing. */
const MAX_PER_SECOND = 1_000_000;
const MAX_AMOUNT = 1_000_000_000;
const MAX_WINDOW_MS = 31 * 86_400_000;

/** What applies where the policy says nothing about limits. */
export const DEFAULT_LIMIT: LimitRule = Object.freeze({
  name: 'default-address',
  by: Object.freeze({ kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 }),
  algorithm: 'token-bucket',
  limit: 50,
  windowMs: 1_000,
  burst: 100,
  operations: null,
  perOperation: false,
  mode: null,
  place: null,
});

/** Turns authored limits into canonical rules with unique names, in their order. */
export class LimitNormalizer {
  readonly #source: PolicySource;
  readonly #problems: PolicyProblems;
  readonly #rules: LimitRule[] = [];
  readonly #unnamed: number[] = [];
  readonly #names = new Set<string>();

  constructor(source: PolicySource, problems: PolicyProblems) {
    this.#source = source;
    this.#problems = problems;
  }

  /** Keeps a name for a rule that is added elsewhere. */
  reserve(name: string): void {
    this.#names.add(name);
  }

  /** `operation` is the key that the limit stands under; null for one of the list. */
  add(authored: AuthoredLimit, pointer: string, operation: string | null): void {
    const by = this.#keyOf(authored.by, pointer);
    const rate = authored.rate ?? authored.limit;
    if (authored.rate !== undefined && authored.limit !== undefined) {
      this.#problems.add(
        'POLICY_CONTRADICTION',
        `${pointer}/limit`,
        'rate and limit both say how much',
        'Keep one of the two.',
        'key',
      );
    }
    if (rate === undefined) {
      const given = this.#problems.touches(`${pointer}/rate`) || this.#problems.touches(`${pointer}/limit`);
      if (!given)
        this.#problems.add(
          'POLICY_REQUIRED',
          pointer,
          'rate or limit is missing',
          'Add rate: 50/s or limit: 1000/h.',
          'key',
        );
      return;
    }
    const at = `${pointer}/${authored.rate === undefined ? 'limit' : 'rate'}`;
    if (rate.amount > MAX_AMOUNT || rate.amount / (rate.windowMs / 1000) > MAX_PER_SECOND) {
      this.#problems.add(
        'POLICY_LIMIT_NEVER',
        at,
        'the limit is so high that it never refuses anything',
        'Lower it, or remove it so that nobody relies on it.',
      );
    }
    if (rate.windowMs > MAX_WINDOW_MS)
      this.#problems.add(
        'POLICY_RANGE',
        at,
        'the window is longer than 31 days',
        'Counters are kept in memory; use a shorter window.',
      );
    const algorithm = authored.algorithm ?? (authored.rate === undefined ? 'sliding-window' : 'token-bucket');
    if (authored.burst !== undefined && algorithm !== 'token-bucket') {
      this.#problems.add(
        'POLICY_CONTRADICTION',
        `${pointer}/burst`,
        `burst means nothing to a ${algorithm}`,
        'Remove it, or set algorithm: token-bucket.',
        'key',
      );
    }
    const operations = operation === null ? (authored.operations?.filter(() => true) ?? null) : [operation];
    if (authored.name !== undefined && this.#names.has(authored.name)) {
      this.#problems.add(
        'POLICY_DUPLICATE',
        `${pointer}/name`,
        'another limit has this name',
        'Give each its own: they would share their counters.',
      );
    }
    if (authored.name === undefined) this.#unnamed.push(this.#rules.length);
    else this.#names.add(authored.name);
    this.#rules.push({
      name: authored.name ?? '',
      by,
      algorithm,
      limit: rate.amount,
      windowMs: rate.windowMs,
      burst: algorithm === 'token-bucket' ? (authored.burst ?? rate.amount) : rate.amount,
      operations,
      perOperation: authored.perOperation,
      mode: (authored.mode ?? null) satisfies Mode | null,
      place: this.#source.place(pointer),
    });
  }

  /** The rules; those without a name get one made from what they count by, and a number where it is taken. */
  rules(): LimitRule[] {
    for (const index of this.#unnamed) {
      const rule = this.#rules[index];
      if (rule === undefined) continue;
      const name = this.#free(nameFor(rule));
      this.#names.add(name);
      this.#rules[index] = { ...rule, name };
    }
    return this.#rules;
  }

  #free(wanted: string): string {
    if (!this.#names.has(wanted)) return wanted;
    for (let number = 2; ; number++) if (!this.#names.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
  }

  #keyOf(by: AuthoredLimit['by'], pointer: string): LimitKey {
    if (typeof by === 'string') return keyFromText(by);
    const given = (['address', 'claim', 'header'] as const).filter((name) => by[name] !== undefined);
    if (given.length !== 1 && !this.#problems.touches(`${pointer}/by`)) {
      this.#problems.add(
        'POLICY_CONTRADICTION',
        `${pointer}/by`,
        'a limit counts by one thing',
        'Write one of address, claim and header; another limit can count by another.',
      );
    }
    if (by.claim !== undefined) return { kind: 'claim', name: by.claim };
    if (by.header !== undefined) return { kind: 'header', name: by.header.toLowerCase() };
    return { kind: 'address', ipv4Prefix: by.address?.ipv4Prefix ?? 32, ipv6Prefix: by.address?.ipv6Prefix ?? 64 };
  }
}

function keyFromText(by: string): LimitKey {
  if (by.startsWith('claim:')) return { kind: 'claim', name: by.slice('claim:'.length) };
  if (by.startsWith('header:')) return { kind: 'header', name: by.slice('header:'.length).toLowerCase() };
  if (by === 'principal' || by === 'key' || by === 'operation') return { kind: by };
  return { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 };
}

function nameFor(rule: LimitRule): string {
  const detail = rule.by.kind === 'claim' || rule.by.kind === 'header' ? `-${rule.by.name}` : '';
  const operation = rule.operations?.length === 1 ? `-${rule.operations[0]}` : '';
  const name = `${rule.by.kind}${detail}${operation}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 56);
  return name.replace(/-+$/, '');
}

/** Adds the limits of a list, holes skipped. */
export function addLimits(
  normalizer: LimitNormalizer,
  authored: readonly AuthoredLimit[],
  pointer: string,
  operation: string | null,
): void {
  authored.forEach((limit, index) => normalizer.add(limit, joinPointer(pointer, index), operation));
}
