import { askedScopes, suggestName, type ApiDocument, type Policy } from '@sallyport/core';

/** Warns of each scope that neither document nor policy asks for. On standard error, where nothing stands that a program reads. */
export function warnOfScopes(document: ApiDocument, policy: Policy, scopes: Iterable<string>): void {
  const named = new Set(scopes);
  if (named.size === 0) return;
  for (const line of unknownScopes(askedScopes(document, policy), named)) console.error(`sallyport: warning: ${line}`);
}

/**
 * A line for each scope that nothing asks for, with the one that was most likely meant; none where no scopes are asked for at all.
 * No refusal: policies in Cedar and the API itself may go by scopes that neither knows.
 */
function unknownScopes(asked: ReadonlySet<string>, scopes: ReadonlySet<string>): string[] {
  if (asked.size === 0) return [];
  return [...scopes]
    .filter((scope) => !asked.has(scope))
    .map((scope) => {
      const near = suggestName(scope, asked);
      const known = near === null ? `Asked for are ${listOf([...asked])}.` : `Did you mean ${near}?`;
      return `no operation asks for the scope ${scope}. ${known}`;
    });
}

/** More of them fill no screen. */
const SHOWN = 20;

export function listOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ');
}
