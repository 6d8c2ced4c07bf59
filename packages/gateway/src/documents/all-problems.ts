import { ConfigurationError, planWarnings, schemaProblems, type ApiDocument, type Policy } from '@sallyport/core';

/** Adds what is wrong with the schemas of a document that could be read, and the warnings: a person mends all of it at once. */
export function withAllProblems(
  error: ConfigurationError,
  document: ApiDocument | null,
  policy: Policy | null,
): ConfigurationError {
  if (document === null) return error;
  return new ConfigurationError(
    [...error.problems, ...orNone(() => schemaProblems(document, policy))],
    orNone(() => (policy === null ? document.warnings : planWarnings({ document, policy }))),
  );
}

/** What is told besides must never stand in the way of what is wrong. */
function orNone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch {
    return [];
  }
}
