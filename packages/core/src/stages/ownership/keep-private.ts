/** Directives that say nothing of shared caches. */
const KEPT =
  /^(?:max-age=\d+|no-cache|no-store|no-transform|must-revalidate|must-understand|immutable|stale-(?:while-revalidate|if-error)=\d+)$/i;
/** What caches and networks in front read before `Cache-Control`. */
const SHARED = /^(?:.+-cache-control|(?:.+-)?(?:surrogate|edge)-control|x-accel-expires|.+-edge-cache)$/;

/**
 * Leaves an answer over owned objects to the cache of its client alone (RFC 9111, section 5.2.2.7): what the upstream calls `public` a cache in front of the door would
 * hand to whoever asks next, and nobody would be asked whose it is. An answer without `Cache-Control` gets what the policy's security headers say, unless `Expires` lets it be kept.
 */
export function keepPrivate(headers: string[]): void {
  let directives: string[] | null = null;
  const expires: string[] = [];
  let date = '';
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    const lower = (headers[i] as string).toLowerCase();
    if (lower === 'cache-control') {
      const here = (headers[i + 1] as string).split(',').map((one) => one.trim());
      directives = [...here.filter((one) => KEPT.test(one)), ...(directives ?? [])];
    } else if (lower === 'expires') {
      expires.push(headers[i + 1] as string);
      continue;
    } else if (!SHARED.test(lower)) {
      if (lower === 'date') date = headers[i + 1] as string;
      continue;
    }
    headers.splice(i, 2);
  }
  if (directives === null && expires.some((one) => isLater(one, date))) directives = [];
  if (directives !== null) headers.push('Cache-Control', ['private', ...new Set(directives)].join(', '));
}

/** What is no date has expired (RFC 9111, section 5.3), and what has expired is not kept. */
function isLater(expires: string, date: string): boolean {
  // The form of asctime (RFC 9110, section 5.6.7) names no zone, and is of UTC.
  const at = Date.parse(/:\d\d \d{4}$/.test(expires) ? `${expires} GMT` : expires);
  const isDate = /^[A-Z][a-z]+, /.test(expires) || (/[^-+\d.\s]/.test(expires) && !Number.isNaN(at));
  return isDate && !(at <= Date.parse(date));
}
