import { typesOf } from './schema-messages.ts';
import { isSamePath, type ValuePath } from './value-path.ts';

/** An issue as it is found; its place in the value is rendered only if it is told to somebody. */
export interface FoundIssue {
  readonly path: ValuePath;
  /** `file#pointer` in the document. */
  readonly place: string;
  readonly keyword: string;
  readonly message: string;
  /** The types allowed, where the type is wrong. */
  readonly types?: readonly string[];
}

/** How far a branch is from what was meant; smaller is nearer, compared from the left. */
type Distance = readonly [wrongType: number, wrongTags: number, issues: number];

/**
 * The issues of the branch that the value was most likely meant for: one of its type, then one whose `const` and `enum` members it has,
 * then the one with the fewest issues. All branches' issues together would say everything and explain nothing.
 */
export function chooseBranch(
  branches: readonly (readonly FoundIssue[])[],
  path: ValuePath,
  place: string,
  keyword: string,
): readonly FoundIssue[] {
  const types = branches.flatMap((issues) => (isOnlyAt(issues, path) ? (issues[0]?.types ?? []) : []));
  if (branches.length > 1 && branches.every((issues) => isOnlyAt(issues, path) && issues[0]?.types !== undefined)) {
    const all = [...new Set(types)];
    return [{ path, place, keyword: 'type', message: `must be ${typesOf(all)}`, types: all }];
  }
  let best: readonly FoundIssue[] = [];
  let nearest: Distance | null = null;
  for (const issues of branches) {
    if (issues.length === 0) continue;
    const distance = distanceOf(issues, path);
    if (nearest !== null && !isNearer(distance, nearest)) continue;
    best = issues;
    nearest = distance;
  }
  return best.length > 0 ? best : [{ path, place, keyword, message: 'must match one of the alternatives' }];
}

function isOnlyAt(issues: readonly FoundIssue[], path: ValuePath): boolean {
  return issues.length === 1 && issues[0] !== undefined && isSamePath(issues[0].path, path);
}

function distanceOf(issues: readonly FoundIssue[], path: ValuePath): Distance {
  const wrongType = issues.some(
    (issue) => isSamePath(issue.path, path) && (issue.types !== undefined || issue.keyword === 'false'),
  );
  const isTag = (issue: FoundIssue): boolean =>
    (issue.keyword === 'const' || issue.keyword === 'enum') &&
    issue.path !== null &&
    isSamePath(issue.path.parent, path);
  return [wrongType ? 1 : 0, issues.filter(isTag).length, issues.length];
}

function isNearer(a: Distance, b: Distance): boolean {
  for (const [i, distance] of a.entries()) {
    const other = b[i] ?? 0;
    if (distance !== other) return distance < other;
  }
  return false;
}
