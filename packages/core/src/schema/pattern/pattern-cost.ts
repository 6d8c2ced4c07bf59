import { type CharSet, NOTHING, overlaps, unite } from './char-set.ts';
import { isNullable, maxLength, type PatternNode } from './pattern-node.ts';

/**
 * What a backtracking engine may have to do. `linear`: time proportional to the text, proven. `polynomial`: at most `factor` times the
 * text's length to the power of `degree`. `exponential`: nothing better can be promised.
 */
export type PatternCost =
  | { readonly kind: 'linear' }
  | { readonly kind: 'polynomial'; readonly factor: number; readonly degree: number }
  | { readonly kind: 'exponential' };

/** More ways than this to match one text are not called linear, though their number does not grow with the text. */
const MAX_WAYS = 256;
/** A text is tried from each of its characters when the pattern is not anchored; each try may look at this many characters. */
const MAX_STEPS_PER_START = 256;

/**
 * In how many ways a part can match from one place: `count` where that does not depend on the text, times the text's length to the power
 * of `power`. A backtracking engine may have to go through all of them before it gives up.
 */
interface Ways {
  readonly count: number;
  readonly power: number;
}

const ONE: Ways = { count: 1, power: 0 };

/** Judges how long V8's backtracking engine can take for a test of any text. Errs to the careful side. */
export function patternCost(node: PatternNode): PatternCost {
  const walk = new CostWalk();
  const ways = walk.visit(node, NOTHING, ONE);
  const anchored = isAnchored(node);
  if (walk.exponential || ways.count > MAX_WAYS * 64) return { kind: 'exponential' };
  const perStart = ways.count * Math.max(1, maxLength(node));
  if (!walk.polynomial && ways.count <= MAX_WAYS && (anchored || perStart <= MAX_STEPS_PER_START))
    return { kind: 'linear' };
  const degree = walk.polynomial ? Math.max(1, unboundedRepeats(node)) : 1;
  return { kind: 'polynomial', factor: ways.count, degree: degree + (anchored ? 0 : 1) };
}

/** True when a match can start at the beginning of the text only. */
export function isAnchored(node: PatternNode): boolean {
  if (node.kind === 'start') return true;
  if (node.kind === 'choice') return node.items.every(isAnchored);
  if (node.kind !== 'sequence') return false;
  for (const item of node.items) {
    if (isAnchored(item)) return true;
    if (item.kind !== 'look') return false;
  }
  return false;
}

function unboundedRepeats(node: PatternNode): number {
  if (node.kind === 'sequence' || node.kind === 'choice')
    return node.items.reduce((sum, item) => sum + unboundedRepeats(item), 0);
  if (node.kind === 'look') return unboundedRepeats(node.item);
  if (node.kind === 'backreference') return 1;
  if (node.kind !== 'repeat') return 0;
  const inner = unboundedRepeats(node.item);
  return node.max === Number.POSITIVE_INFINITY ? inner + 1 : inner * Math.max(1, node.max);
}

/** The characters a match of the node can begin with, or of what follows it where the node is nullable. */
function first(node: PatternNode, follow: CharSet): CharSet {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'sequence':
      return firstOfAll(node.items, 0, follow);
    case 'choice':
      return unite(...node.items.map((item) => first(item, follow)));
    case 'repeat':
      if (node.max === 0) return follow;
      return node.min === 0 || isNullable(node.item)
        ? unite(first(node.item, follow), follow)
        : first(node.item, follow);
    default:
      return follow;
  }
}

function firstOfAll(items: readonly PatternNode[], from: number, follow: CharSet): CharSet {
  const sets: CharSet[] = [];
  for (let i = from; i < items.length; i++) {
    const item = items[i] as PatternNode;
    sets.push(first(item, NOTHING));
    if (!isNullable(item)) return unite(...sets);
  }
  return unite(...sets, follow);
}

class CostWalk {
  exponential = false;
  polynomial = false;

  /** `before`: the ways to arrive here; the result: the ways to arrive behind the node. `follow`: what can come next. */
  visit(node: PatternNode, follow: CharSet, before: Ways): Ways {
    switch (node.kind) {
      case 'sequence': {
        let ways = before;
        node.items.forEach((item, i) => {
          ways = this.visit(item, firstOfAll(node.items, i + 1, follow), ways);
        });
        return ways;
      }
      case 'choice':
        return this.choice(node.items, follow, before);
      case 'repeat':
        return this.repeat(node, follow, before);
      case 'look':
        return this.look(node, before);
      case 'backreference':
        this.polynomial = true;
        return before;
      default:
        return before;
    }
  }

  private choice(items: readonly PatternNode[], follow: CharSet, before: Ways): Ways {
    const firsts = items.map((item) => first(item, isNullable(item) ? follow : NOTHING));
    const decided =
      firsts.every((set, i) => firsts.every((other, j) => j <= i || !overlaps(set, other))) &&
      items.filter(isNullable).length <= 1;
    const all = items.map((item) => this.visit(item, follow, before));
    const count = decided ? Math.max(...all.map((ways) => ways.count)) : all.reduce((sum, ways) => sum + ways.count, 0);
    return { count, power: Math.max(...all.map((ways) => ways.power)) };
  }

  private repeat(node: PatternNode & { kind: 'repeat' }, follow: CharSet, before: Ways): Ways {
    const { item, min, max } = node;
    if (max === 0 || maxLength(item) === 0) return max === 0 ? before : this.visit(item, follow, before);
    const unbounded = max === Number.POSITIVE_INFINITY;
    if (before.power > 0 && (unbounded || maxLength(item) === Number.POSITIVE_INFINITY)) this.polynomial = true;
    const begin = first(item, NOTHING);
    const leavesAtWill = min < max && (overlaps(begin, follow) || isNullable(item));
    if (max === 1) {
      const inside = this.visit(item, follow, before);
      return leavesAtWill ? { count: inside.count + before.count, power: inside.power } : inside;
    }
    if (isNullable(item)) this.exponential = true;
    const inside = this.visit(item, unite(begin, follow), ONE);
    if (unbounded) {
      if (inside.count > 1 || inside.power > 0) this.exponential = true;
      return { count: before.count, power: before.power + (leavesAtWill ? 1 : 0) };
    }
    if (inside.power > 0) this.exponential = true;
    const exits = leavesAtWill ? max - min + 1 : 1;
    return {
      count: before.count * Math.min(inside.count ** max, Number.MAX_SAFE_INTEGER) * exits,
      power: before.power,
    };
  }

  private look(node: PatternNode & { kind: 'look' }, before: Ways): Ways {
    const length = maxLength(node.item);
    if (before.power > 0 && length === Number.POSITIVE_INFINITY) this.polynomial = true;
    // A lookbehind is matched backwards, which this analysis does not model: only short ones are trusted.
    if (!node.ahead && length > MAX_STEPS_PER_START) this.polynomial = true;
    const inside = this.visit(node.item, NOTHING, before);
    if (inside.power > 1) this.polynomial = true;
    // Once a lookaround has matched, engines do not go back into it.
    return inside.count > MAX_WAYS ? { count: inside.count, power: before.power } : before;
  }
}
