import { isLoopbackHost } from '../../policy/addresses.ts';
import { readHeader } from './read-credential.ts';
import type { Exchange } from '../../exchange.ts';

/** Methods that change nothing (RFC 9110, section 9.2.1), as the API promises by offering them; QUERY by its draft. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/**
 * The origin that a browser sees: the policy's, or that of the request where it came in plain HTTP to a loopback name. Null for any other host: a name that
 * a stranger made point to this machine is not ours (DNS rebinding).
 */
export function originOf(exchange: Exchange, configured: string | null): string | null {
  if (configured !== null) return configured;
  const url = exchange.clientScheme === 'http' ? URL.parse(`http://${exchange.clientHost}`) : null;
  return url !== null && isLoopbackHost(url.hostname) ? url.origin : null;
}

/** True where a request may change something. */
export function isUnsafe(exchange: Exchange): boolean {
  return !SAFE_METHODS.has(exchange.method);
}

/**
 * True where a request was not made by a page of our own origin or by the user, so that it must not count as made by whoever the browser's cookies are of
 * (cross-site request forgery). Asked are the headers that no page can set: `Origin` must be ours or among `allowed`, `Sec-Fetch-Site` must say `same-origin` or
 * `none`. A request that has neither is foreign as well: browsers that send none of them are too old to tell. Pages of sibling hosts are strangers.
 */
export function isForeign(exchange: Exchange, own: string | null, allowed: readonly string[]): boolean {
  const origin = readHeader(exchange.rawHeaders, 'origin');
  const site = readHeader(exchange.rawHeaders, 'sec-fetch-site');
  if ((origin !== null && 'code' in origin) || (site !== null && 'code' in site)) return true;
  if (origin !== null && allowed.includes(origin.value)) return false;
  if (origin !== null && origin.value !== own) return true;
  if (site !== null) return site.value !== 'same-origin' && site.value !== 'none';
  return origin === null;
}

/**
 * True where a browser opens a page and would show what it gets: only then is it any use to send it somewhere else to log in. Told by `Sec-Fetch-Mode` and
 * `Sec-Fetch-Dest`, in browsers without them by an `Accept` that names HTML.
 */
export function isNavigation(exchange: Exchange): boolean {
  if (exchange.method !== 'GET') return false;
  const mode = readHeader(exchange.rawHeaders, 'sec-fetch-mode');
  if (mode === null) return /(?:^|[\s,])text\/html(?:$|[\s;,])/i.test(exchange.headers.accept ?? '');
  const destination = readHeader(exchange.rawHeaders, 'sec-fetch-dest');
  return (
    'value' in mode &&
    mode.value === 'navigate' &&
    (destination === null || ('value' in destination && destination.value === 'document'))
  );
}
