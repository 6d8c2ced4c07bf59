import {
  compilePlan,
  ConfigurationError,
  planWarnings,
  schemaProblems,
  withoutToldAgain,
  type ApiDocument,
  type ConfigurationProblem,
  type Policy,
} from '@sallyport/core';
import { createIdentity } from '../identity/create-identity.ts';
import { readPolicyFiles } from '../policies/read-policy-files.ts';

/**
 * Adds what else is wrong with a document and a policy that could be read, and the warnings: a person mends all of it at once. Schemas that cannot be compiled keep
 * nothing from starting: `as` says whether they are problems all the same, as for `check`, or warnings. Takes as long as compiling everything does, so that null adds nothing.
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
  const warnings = withoutToldAgain(
    all.filter((warning) => !error.problems.includes(warning)),
    schemas,
  );
  const problems = policy === null ? error.problems : distinct([...error.problems, ...besides(document, policy)]);
  return as === 'problems'
    ? new ConfigurationError([...problems, ...schemas], warnings)
    : new ConfigurationError(problems, [...warnings, ...schemas]);
}

/** What each part of loading refuses that the one before it kept from being looked at: the plan, and the files of keys and users. */
function besides(document: ApiDocument, policy: Policy): readonly ConfigurationProblem[] {
  return [
    ...orNone(() => {
      const { sources, problems } = readPolicyFiles(policy);
      if (problems.length > 0) return problems;
      return refusals(() => compilePlan(document, policy, sources === null ? {} : { policies: sources }));
    }),
    ...orNone(() => refusals(() => void createIdentity(policy, document, { looksOnly: true }).close())),
  ];
}

function refusals(part: () => unknown): readonly ConfigurationProblem[] {
  try {
    part();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

function distinct(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** What is told besides must never stand in the way of what is wrong. */
function orNone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch {
    return [];
  }
}
