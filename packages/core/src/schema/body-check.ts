import { parseJson } from '../json/parse-json.ts';
import { addCut, type CutTree, cutMembers } from './cut-members.ts';
import { EvaluationBudgetExceeded, evaluateSchema } from './evaluate-schema.ts';
import type { CaseVariantCheck } from './case-variants.ts';
import { type ExplainOptions, explain, withinBudget } from './explain.ts';
import type { JsonBodyResult, SchemaIssue, UndeclaredMembers } from './schema-compiler.ts';
import { renderPath, type ValuePath } from './value-path.ts';

export interface BodyCheckOptions extends ExplainOptions {
  readonly undeclared: UndeclaredMembers;
  readonly validate: (value: unknown, maxSteps: number) => boolean;
  /** Members that could be taken for declared ones; null where they may be there. */
  readonly caseVariants: CaseVariantCheck | null;
}

type BoundedOptions = BodyCheckOptions & { readonly maxSteps: number };

/** Checks a parsed body; `bytes` are the strict JSON text that `value` was read from. */
export type ParsedBodyCheck = (bytes: Uint8Array, value: unknown) => JsonBodyResult;

const MAX_DROPPED_TOLD = 20;
/** Each cut can take away what declared other members; a document that means this does so once or twice. */
const MAX_CUTS = 8;
/** What was cut was within the bounds that the text it came from was held to. */
const UNBOUNDED = { maxDepth: Number.MAX_SAFE_INTEGER, maxKeys: Number.MAX_SAFE_INTEGER };

/**
 * The thorough way: validate the parsed value, then find what no schema declares. It decides whatever the walker over bytes does not.
 *
 * `strip` validates as it is first. Where that fails, it drops what the schema closes out (`additionalProperties: false`, `writeOnly`)
 * and validates again. What is left has to be valid, and all of it declared: what was declared only beside a member that is gone (by `then`,
 * `dependentSchemas`, an alternative that required it) goes too.
 */
export function createBodyCheck(options: BodyCheckOptions): ParsedBodyCheck {
  const decide = { 'as-declared': asDeclared, refuse, strip }[options.undeclared];
  return (bytes, value) => {
    // In proportion to the text: whatever a document combines, checking stays linear.
    const maxSteps = 200_000 + 8 * bytes.length;
    const bounded = { ...options, maxSteps };
    return withinBudget(
      options.graph,
      () => decide(bytes, value, bounded),
      (issues): JsonBodyResult => ({ ok: false, issues }),
    );
  };
}

function asDeclared(bytes: Uint8Array, value: unknown, options: BoundedOptions): JsonBodyResult {
  return options.validate(value, options.maxSteps)
    ? accepted(bytes, value, [], options)
    : { ok: false, issues: explain(value, options) };
}

/** What goes on, unless a reader without regard to case would find something else in it. */
function accepted(
  bytes: Uint8Array,
  value: unknown,
  dropped: readonly string[],
  options: BoundedOptions,
): JsonBodyResult {
  const issues = options.caseVariants?.(value, options.maxSteps) ?? null;
  return issues === null ? { ok: true, bytes, dropped } : { ok: false, issues };
}

function refuse(bytes: Uint8Array, value: unknown, options: BoundedOptions): JsonBodyResult {
  if (!options.validate(value, options.maxSteps)) return { ok: false, issues: explain(value, options) };
  const { graph, pattern, maxSteps } = options;
  const { valid, journal } = evaluateSchema(value, { graph, pattern, maxSteps, maxIssues: 0, dropping: false });
  // Should the two evaluations ever disagree, the answer is no.
  if (!valid) return { ok: false, issues: explain(value, options) };
  const undeclared = journal.undeclared(value);
  if (undeclared.length === 0) return accepted(bytes, value, [], options);
  const issues = undeclared.slice(0, options.maxIssues).map(
    ({ path, mentions }): SchemaIssue => ({
      pointer: renderPath(path),
      schema: graph.notes.places.get(mentions) ?? graph.place(''),
      keyword: 'additionalProperties',
      message: 'is not declared',
    }),
  );
  return { ok: false, issues };
}

function strip(bytes: Uint8Array, value: unknown, options: BoundedOptions): JsonBodyResult {
  const dropped: ValuePath[] = [];
  let text = bytes;
  let left = value;
  if (!options.validate(left, options.maxSteps)) {
    const tree = closedOut(left, options, dropped);
    if (tree.size === 0) return { ok: false, issues: explain(left, options) };
    [text, left] = cut(text, tree);
    if (!options.validate(left, options.maxSteps)) return { ok: false, issues: explain(left, options) };
  }
  const { graph, pattern, maxSteps } = options;
  for (let cuts = 0; ; cuts++) {
    const { valid, journal } = evaluateSchema(left, { graph, pattern, maxSteps, maxIssues: 0, dropping: false });
    if (!valid) return { ok: false, issues: explain(left, options) };
    const undeclared = journal.undeclared(left);
    if (undeclared.length === 0) break;
    if (cuts === MAX_CUTS) throw new EvaluationBudgetExceeded('what is left of the value keeps losing members');
    const tree: CutTree = new Map();
    for (const { path } of undeclared) {
      addCut(tree, path);
      dropped.push(path);
    }
    [text, left] = cut(text, tree);
    if (!options.validate(left, options.maxSteps)) return { ok: false, issues: explain(left, options) };
  }
  return accepted(text, left, dropped.slice(0, MAX_DROPPED_TOLD).map(renderPath), options);
}

/** What has to go for the value to be valid, if anything can. */
function closedOut(value: unknown, options: BoundedOptions, dropped: ValuePath[]): CutTree {
  const { graph, pattern, maxSteps } = options;
  const { journal } = evaluateSchema(value, { graph, pattern, maxSteps, maxIssues: 0, dropping: true });
  return journal.cuts(value, dropped);
}

function cut(bytes: Uint8Array, tree: CutTree): [Uint8Array, unknown] {
  const text = cutMembers(bytes, tree);
  const parsed = parseJson(text, UNBOUNDED);
  if (!parsed.ok) throw new Error('cutting members out of a JSON text left no JSON text');
  return [text, parsed.value];
}
