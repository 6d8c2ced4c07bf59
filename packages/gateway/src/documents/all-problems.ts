import { ConfigurationError, planWarnings, schemaProblems, type ApiDocument, type Policy } from '@sallyport/core';

/**
 * Adds what is wrong with the schemas of a document that could be read, and the warnings: a person mends all of it at once. Such schemas keep nothing from
 * starting: `as` says whether they are problems all the same, as for `check`, or warnings. Takes as long as compiling everything does, so that null adds nothing.
 */
export function withAllProblems(
  error: ConfigurationError,
  document: ApiDocument | null,
  policy: Policy | null,
  as: 'problems' | 'warnings' | null,
): ConfigurationError {
  if (document === null || as === null) return error;
  const schemas = orNone(() => schemaProblems(document, policy));
  const all = orNone(() => (policy === null ? document.warnings : planWarnings({ document, policy })));
  // What only warns elsewhere may be the problem here.
  const warnings = all.filter((warning) => !error.problems.includes(warning));
  return as === 'problems'
    ? new ConfigurationError([...error.problems, ...schemas], warnings)
    : new ConfigurationError(error.problems, [...warnings, ...schemas]);
}

/** What is told besides must never stand in the way of what is wrong. */
function orNone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch {
    return [];
  }
}
