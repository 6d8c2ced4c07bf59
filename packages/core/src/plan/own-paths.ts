import type { ConfigurationProblem } from '../configuration-error.ts';
import type { PlannedOperation } from './plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { Router } from './router.ts';

/** A path that Sallyport answers itself, as the policy names it. */
export interface NamedOwnPath {
  readonly path: string;
  readonly scheme: string;
  readonly role: 'login' | 'callback' | 'logout' | 'backChannelLogout';
}

/** Every path that Sallyport answers itself. */
export function ownPathsOf(policy: Policy): readonly NamedOwnPath[] {
  return [...policy.authentication].flatMap(([scheme, entry]) => {
    if (entry.kind !== 'login') return [];
    const { login, callback, logout, backChannelLogout } = entry.paths;
    return Object.entries({ login, callback, logout, backChannelLogout }).map(([role, path]) => ({
      path,
      scheme,
      role: role as NamedOwnPath['role'],
    }));
  });
}

/** Paths of the policy that the document has as well, under whatever template: one of the two could never be reached, and nobody would be told. */
export function checkOwnPaths(router: Router<PlannedOperation>, policy: Policy): ConfigurationProblem[] {
  return ownPathsOf(policy).flatMap(({ path, scheme, role }) => {
    const { value, allow } = router.find(path, 'GET');
    if (value === null && allow.length === 0) return [];
    const place = policy.authentication.get(scheme)?.place ?? null;
    const at = place === null ? null : { file: place.file, pointer: `${place.pointer}/login` };
    return [
      {
        ...(policy.locate?.(at) ?? { file: policy.file ?? '', line: 0, column: 0 }),
        code: 'POLICY_CONTRADICTION',
        path: at?.pointer ?? '',
        message: `the document has an operation at ${path}, where the login would be answered by Sallyport`,
        hint: `Choose another path: paths: { ${role}: /… }.`,
      },
    ];
  });
}
