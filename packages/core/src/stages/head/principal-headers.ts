import type { UpstreamPolicy } from '../../policy/policy.ts';
import type { Principal } from '../../principal.ts';

/**
 * Appends the headers that tell the upstream who is asking; none for the anonymous principal. Scopes are joined by a space, roles by a
 * comma. Characters beyond visible ASCII, and `%` and `,`, are percent-encoded in UTF-8: nothing in a claim can end a header, look like
 * another value after trimming, or become two roles.
 */
export function principalHeaders(principal: Principal, names: UpstreamPolicy['principalHeaders'], out: string[]): void {
  if (principal.kind === 'anonymous') return;
  if (names.subject !== null) out.push(names.subject, headerText(principal.subject));
  if (names.issuer !== null) out.push(names.issuer, headerText(principal.issuer));
  if (names.scopes !== null) out.push(names.scopes, [...principal.scopes].map(headerText).join(' '));
  if (names.roles !== null) out.push(names.roles, principal.roles.map(headerText).join(','));
}

function headerText(text: string): string {
  if (!/[^\x21-\x24\x26-\x2b\x2d-\x7e]/.test(text)) return text;
  return text.toWellFormed().replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu, (character) => encodeURIComponent(character));
}
