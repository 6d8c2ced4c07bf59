/**
 * Why a URL is not asked; null where it may be. Keys are as trustworthy as the connection that they came over, so it is https; plain
 * http only on loopback, and only where the operator's own setting is on loopback too: an issuer on the network cannot
 * make this machine ask its own services.
 */
export function doubtAbout(url: string, configured: string, of = 'key set'): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return `the address of the ${of} is not a URL`;
  if (parsed.username !== '' || parsed.password !== '') return `the address of the ${of} holds a user name or password`;
  if (parsed.protocol === 'https:') return null;
  const own = URL.parse(configured);
  if (
    parsed.protocol === 'http:' &&
    isLoopback(parsed.hostname) &&
    own !== null &&
    own.protocol === 'http:' &&
    isLoopback(own.hostname)
  )
    return null;
  return `${parsed.origin}: a ${of} is asked over https, or over http from a loopback address where the policy itself names one`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
