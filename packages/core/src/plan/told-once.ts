import type { ConfigurationProblem } from '../configuration-error.ts';

/**
 * The warnings without those of references that a problem says the same of: a schema that cannot be compiled for a reference that leads nowhere. Those stay whose
 * schema nobody needs, or whose rule is off.
 */
export function withoutToldAgain(
  warnings: readonly ConfigurationProblem[],
  problems: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] {
  const told = new Set(
    problems.filter(({ code }) => code === 'SCHEMA_UNUSABLE').map(({ file, path }) => `${file}#${path}`),
  );
  return warnings.filter(
    ({ code, file, path }) =>
      !code.startsWith('DOCUMENT_REFERENCE_') || !told.has(`${file}#${path.replace(/\/\$(?:ref|dynamicRef)$/, '')}`),
  );
}
