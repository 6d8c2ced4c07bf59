/**
 * Brings a request target to origin-form (RFC 9112, section 3.2), or to `*`; null where its form is not taken.
 * Absolute-form is taken only where its authority is the Host header's: else the two name different hosts, and two readers could
 * choose different ones. Authority-form is for proxies and is refused; `*` is for OPTIONS alone.
 */
export function originForm(target: string, method: string, host: string | null): string | null {
  if (target.charCodeAt(0) === 0x2f) return target;
  if (target === '*') return method === 'OPTIONS' ? '*' : null;
  const scheme = /^https?:\/\//i.exec(target);
  if (scheme === null || host === null) return null;
  const start = scheme[0].length;
  let end = start;
  while (end < target.length && !'/?#\\'.includes(target.charAt(end))) end++;
  if (target.slice(start, end).toLowerCase() !== host.toLowerCase()) return null;
  const rest = target.slice(end);
  return rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`;
}
