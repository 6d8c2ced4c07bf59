import type { AuthenticationPolicy, Plan } from '@sallyport/core';
import type { Identity } from '../identity/identity.ts';
import type { SigningKeys } from '../tokens/signing-keys.ts';

/** Operations of a plan that nobody is let in to now, because the store is away. */
export interface RefusedOperations {
  readonly refused: number;
  readonly of: number;
}

/**
 * Counts the operations that refuse every request while the store is away: each way of proving who asks is held against it, and it has been away for longer than
 * `store.grace`, or was never read; or each way needs a DPoP proof, and proofs are held against those that the store has. Null while there are none. Nothing is
 * counted where authentication is not enforced, and roles that are granted in the store do not count: those that a credential brings go on.
 */
export function operationsRefused(
  { operations, policy }: Plan,
  { storedKeys, revocations }: Pick<Identity, 'storedKeys' | 'revocations'>,
): RefusedOperations | null {
  if (storedKeys === null) return null;
  const isTrusted = storedKeys.directory.isTrusted();
  const takesProofs = storedKeys.replays?.away !== true;
  if (isTrusted && takesProofs) return null;
  const isClosed = (entry: AuthenticationPolicy): boolean =>
    entry.kind === 'issuers'
      ? entry.entries.every(isClosed)
      : (!isTrusted && (revocations !== null || isKept(entry, storedKeys.signingKeys))) ||
        (!takesProofs && needsProof(entry));
  const needsStore = (scheme: string): boolean => {
    const entry = policy.authentication.get(scheme);
    return entry !== undefined && isClosed(entry);
  };
  const refused = operations.filter(
    ({ operation: { security }, modes }) =>
      modes.authentication === 'enforce' &&
      (security ?? []).length > 0 &&
      (security ?? []).every((alternative) => alternative.some(({ scheme }) => needsStore(scheme))),
  ).length;
  return refused === 0 ? null : { refused, of: operations.length };
}

/** Whether what proves it is kept in the store. The keys that our own tokens are signed with are known once they were read. */
function isKept(entry: AuthenticationPolicy, signingKeys: SigningKeys | null): boolean {
  if (entry.kind === 'jwt') return entry.keys.from === 'self' && signingKeys?.version === 0;
  return entry.kind === 'login' || (entry.kind === 'api-key' && entry.keys.from === 'store');
}

/** Whether a token counts only with a proof of possession. */
function needsProof(entry: AuthenticationPolicy): boolean {
  return (entry.kind === 'jwt' || entry.kind === 'introspection') && entry.dpop?.mode === 'required';
}
