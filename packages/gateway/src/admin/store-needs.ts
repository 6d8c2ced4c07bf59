import type { AuthenticationPolicy, Plan } from '@sallyport/core';
import type { Identity } from '../identity/identity.ts';

/** Operations of a plan that nobody is let in to now, because the store is away. */
export interface RefusedOperations {
  readonly refused: number;
  readonly of: number;
}

/**
 * Counts the operations that refuse every request while the store is away: each way of proving who asks is held against it, and it has been away for longer than
 * `store.grace`, or was never read. Null while there are none. Nothing is counted where authentication is not enforced, and roles that are granted in the store do not
 * count: those that a credential brings go on.
 */
export function operationsRefused(
  { operations, policy }: Plan,
  { storedKeys, revocations }: Pick<Identity, 'storedKeys' | 'revocations'>,
): RefusedOperations | null {
  if (storedKeys === null || storedKeys.directory.isTrusted()) return null;
  const needsStore = (scheme: string): boolean => {
    const entry = policy.authentication.get(scheme);
    return entry !== undefined && (revocations !== null || isKept(entry));
  };
  const refused = operations.filter(
    ({ operation: { security }, modes }) =>
      modes.authentication === 'enforce' &&
      (security ?? []).length > 0 &&
      (security ?? []).every((alternative) => alternative.some(({ scheme }) => needsStore(scheme))),
  ).length;
  return refused === 0 ? null : { refused, of: operations.length };
}

/** Whether what proves it is kept in the store. */
function isKept(entry: AuthenticationPolicy): boolean {
  return entry.kind === 'login' || (entry.kind === 'api-key' && entry.keys.from === 'store');
}
