import { oncePer } from '../../once-per.ts';
import type { SanitisePolicy } from '../../policy/sanitise-policy.ts';
import type { MarkedPlace } from '../data/marked-nodes.ts';
import type { MarkedValue, ReadBody } from '../data/marked-value.ts';
import type { TextKind } from '../data/marks.ts';
import { cleanHtml } from './clean-html.ts';
import { escapeMarkup, hasMarkup, schemeOf } from './text-rules.ts';

/** Calls `visit` with each text that a mark says something of: the marked text itself, or those at and below a marked object or array. */
export function visitTexts(
  body: ReadBody,
  place: MarkedPlace,
  visit: (leaf: MarkedValue, text: string, kinds: readonly TextKind[]) => void,
): void {
  body.visit(place, (value) => {
    if (value.marks.texts.length > 0)
      for (const leaf of value.leaves()) {
        const text = leaf.text();
        if (text !== null) visit(leaf, text, value.marks.texts);
      }
    return true;
  });
}

/** The text as it may go on; the same where nothing is to be done. Of several kinds the strictest counts. */
export function cleanText(text: string, kinds: readonly TextKind[], policy: SanitisePolicy): string {
  if (kinds.includes('uri') && isForbidden(text, policy)) return 'about:blank';
  if (kinds.includes('plain')) return hasMarkup(text) ? escapeMarkup(text) : text;
  if (kinds.includes('escaped')) return escapeMarkup(text);
  return kinds.includes('html') ? cleanHtml(text) : text;
}

const quickLook = oncePer(({ forbiddenSchemes }: SanitisePolicy) => {
  const schemes = [...forbiddenSchemes].map((scheme) => scheme.replaceAll(/[.+]/g, '\\$&')).join('|');
  return schemes === '' ? /$^/ : new RegExp(`\\\\[utnr]|(?:${schemes}):`, 'i');
});

/**
 * Whether a body may hold an address with a forbidden scheme: a quick look at its bytes, for bodies of which nothing else is to be looked at. Escapes could
 * hide anything, so any of them is a yes.
 */
export function mayHoldForbidden(bytes: Uint8Array, policy: SanitisePolicy): boolean {
  return quickLook(policy).test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
}

/** Whether the text is an address with a scheme that the policy forbids. */
export function isForbidden(text: string, { forbiddenSchemes }: SanitisePolicy): boolean {
  const scheme = schemeOf(text);
  return scheme !== null && forbiddenSchemes.has(scheme);
}
