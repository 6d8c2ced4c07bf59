import { escapeToken } from '../json/json-pointer.ts';

/** A place in a value, as a chain towards its root; rendered only where somebody is told of it. Null is the root. */
export type ValuePath = { readonly parent: ValuePath; readonly token: string | number } | null;

/** Clients choose member names: without a bound they would choose the length of our messages and logs. */
const MAX_TOKEN_CHARS = 64;
const MAX_POINTER_CHARS = 1000;

/** True where both lead to one place. */
export function isSamePath(one: ValuePath, other: ValuePath): boolean {
  let a = one;
  let b = other;
  while (a !== b) {
    if (a === null || b === null || a.token !== b.token) return false;
    a = a.parent;
    b = b.parent;
  }
  return true;
}

/** JSON Pointer of the place; tokens are cut at 64 characters and the whole at 1000, with `…` at the cut. */
export function renderPath(path: ValuePath): string {
  const tokens: string[] = [];
  for (let at = path; at !== null; at = at.parent) tokens.push(cut(escapeToken(String(at.token)), MAX_TOKEN_CHARS));
  return cut(
    tokens
      .reverse()
      .map((token) => `/${token}`)
      .join(''),
    MAX_POINTER_CHARS,
  );
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1).toWellFormed()}…`;
}
