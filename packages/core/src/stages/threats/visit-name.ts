import { bracketedNames } from './follow-brackets.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';

/**
 * Gives a name that nobody declares: with the sign behind it that parts it from its value, for whoever puts both into one text, and alone, for whoever
 * takes the name for a text of its own, as a URI or a command would be.
 */
export function visitName(name: string, sign: ':' | '=', location: TextLocation, visit: TextVisitor): void {
  visit(`${name}${sign}`, false, location);
  visit(name, false, location);
}

/**
 * The same for a name in a query, a form or a cookie, or of a part: those between its brackets are names as well, of objects or lists within each
 * other, whatever stands behind (`user[$nin][]`).
 */
export function visitFieldName(name: string, location: TextLocation, visit: TextVisitor): void {
  visitName(name, '=', location, visit);
  if (!name.includes('[')) return;
  // What was given once says nothing new there, and a body may be nothing but `[a]`.
  for (const part of new Set(bracketedNames(name))) {
    visit(`${part}:`, false, location);
    // One of nothing but brackets is all that there is, and was given.
    if (part !== name) visit(part, false, location);
  }
}
