import { templateProblem, type PathProblem } from '../stages/head/canonical-path.ts';
import type { ApiDocument, Operation } from '../openapi/model.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import { pathParametersOf } from '../stages/head/head.ts';

/** What is to be written instead, where something can be. */
const HINTS: Readonly<Partial<Record<PathProblem, string>>> = Object.freeze({
  'path-parameter':
    'Where the `;` begins a parameter, declare that with style matrix: `/map{area}`; another `;` cannot be let in.',
  'dot-segment': 'Write the path without `.` and `..`, as clients resolve it.',
});

/**
 * Warns of paths that are refused in requests before they are matched, for `;`, escapes or dots in their fixed text: their operations are never let in.
 * One warning a path; those of one cause say the same. Those that OpenAPI itself does not allow, with a query or an empty segment, the document's own warnings name.
 */
export function unreachablePaths(document: ApiDocument): ConfigurationProblem[] {
  const pathParameters = pathParametersOf(document);
  const found = new Map<string, ConfigurationProblem>();
  for (const operation of document.operations)
    for (const basePath of operation.basePaths) {
      const path = basePath + operation.path;
      if (found.has(path) || /[?#]|\/\//.test(path)) continue;
      const problem = templateProblem(path, pathParameters);
      if (problem === null) continue;
      // Whatever stands below a base path that is refused is refused with it.
      const ofBase = templateProblem(`${basePath}/x`, pathParameters) === problem;
      const what = ofBase ? `below the base path ${basePath} of a server` : 'for this path';
      found.set(path, warn(document, operation, what, problem));
    }
  return [...found.values()];
}

function warn(document: ApiDocument, operation: Operation, what: string, problem: PathProblem): ConfigurationProblem {
  return {
    ...document.locate(operation),
    code: 'DOCUMENT_PATH_UNREACHABLE',
    path: operation.pointer,
    message: `requests ${what} are refused before they are matched (PATH_INVALID, ${problem}): its operations are never let in`,
    hint: HINTS[problem] ?? null,
  };
}
