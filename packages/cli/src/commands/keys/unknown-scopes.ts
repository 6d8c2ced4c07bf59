import { suggestName, type ApiDocument } from '@sallyport/core';

/** Warns of each scope that no operation of the document asks for. On standard error, where nothing stands that a program reads. */
export function warnOfScopes(document: Pick<ApiDocument, 'operations'>, scopes: Iterable<string>): void {
  for (const line of unknownScopes(document, scopes)) console.error(`sallyport: warning: ${line}`);
}

/**
 * A line for each scope that no operation of the document asks for, with the one that was most likely meant; none where the document asks for no scopes at all.
 * No refusal: policies and the API itself may go by scopes that the document does not know.
 */
function unknownScopes({ operations }: Pick<ApiDocument, 'operations'>, scopes: Iterable<string>): string[] {
  const asked = new Set(
    operations.flatMap(({ security }) => (security ?? []).flatMap((all) => all.flatMap((one) => one.scopes))),
  );
  if (asked.size === 0) return [];
  return [...new Set(scopes)]
    .filter((scope) => !asked.has(scope))
    .map((scope) => {
      const near = suggestName(scope, asked);
      const known = near === null ? `Asked for are ${listOf([...asked])}.` : `Did you mean ${near}?`;
      return `no operation asks for the scope ${scope}. ${known}`;
    });
}

/** More of them fill no screen. */
const SHOWN = 20;

function listOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ');
}
