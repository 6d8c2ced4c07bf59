import type { ApiDocument } from '../openapi/model.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Warns where the path of `upstream.url` and a base path of the document's servers are, in part, the same: the first is put before paths that have the second
 * already, and hardly an API is at `/v1/v1/items`. One warning, for the first such operation.
 */
export function repeatedBasePath(
  { operations }: Pick<ApiDocument, 'operations'>,
  { upstream, file, locate }: Pick<Policy, 'upstream' | 'file' | 'locate'>,
): ConfigurationProblem[] {
  const upstreamPath = new URL(upstream.url).pathname.replace(/\/+$/, '');
  if (upstreamPath === '') return [];
  for (const { basePaths, path } of operations)
    for (const basePath of basePaths) {
      if (basePath === '' || !(upstreamPath.endsWith(basePath) || `${basePath}/`.startsWith(`${upstreamPath}/`)))
        continue;
      const place = { file: file ?? '', pointer: '/upstream' };
      return [
        {
          ...(locate?.(place) ?? { file: place.file, line: 0, column: 0 }),
          code: 'POLICY_UPSTREAM_PATH_REPEATED',
          path: place.pointer,
          message: `the upstream is asked for ${upstreamPath}${basePath}${path}: its path ${upstreamPath} is put before ${basePath}, which the servers of the document say already`,
          hint: `Where the API is at ${basePath}, leave that out of upstream.url.`,
        },
      ];
    }
  return [];
}
