import type { Plan } from '@sallyport/core';

/** The base paths that the document's servers put before the paths of its operations; none where some have none. */
export function basePaths({ operations }: Plan): readonly string[] {
  const found = new Set(operations.flatMap(({ operation }) => operation.basePaths));
  return found.has('') ? [] : [...found];
}

/** What to say of a path that is not there for want of the base path; null where that is not why. */
export function basePathHint(plan: Plan, target: string): string | null {
  const bases = basePaths(plan);
  const [first] = bases;
  if (first === undefined || bases.some((base) => target === base || target.startsWith(`${base}/`))) return null;
  return `The servers of the document put its paths behind ${bases.join(', ')}: ${first}${target}`;
}
