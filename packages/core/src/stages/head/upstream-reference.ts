/** What of an exchange decides whether a reference names the upstream, as the upstream was told it: `X-Forwarded-Proto` and `X-Forwarded-Host`. */
export interface ClientView {
  readonly clientScheme: 'http' | 'https';
  readonly clientHost: string;
}

/** Where the upstream is, compiled: what references in its answers are held against. */
export interface UpstreamAddress {
  readonly scheme: 'http' | 'https';
  /** Without a port, in lower case; IPv6 in brackets. */
  readonly hostname: string;
  /** Host and port as the URL standard writes them behind either scheme: without the port that is the scheme's own. */
  readonly hosts: { readonly http: string; readonly https: string };
  /** `''`, or starting with `/` and not ending with one. */
  readonly basePath: string;
  /** Whether a path without a host that is below the base path can be but the upstream's. */
  readonly exchangesPaths: boolean;
}

/**
 * Compiles the address of an upstream. `url` is as the policy's checks left it, `templates` are the paths at the door, base paths of servers included:
 * where one of them may lie below the base path of the upstream, `/base/items` can be meant as a path at the door, and is left alone.
 */
export function compileUpstreamAddress(url: string, templates: Iterable<string>): UpstreamAddress {
  const { protocol, host, hostname, pathname } = new URL(url);
  const basePath = pathname.replace(/\/+$/, '');
  return {
    scheme: protocol === 'https:' ? 'https' : 'http',
    hostname,
    hosts: { http: new URL(`http://${host}`).host, https: new URL(`https://${host}`).host },
    basePath,
    exchangesPaths: basePath !== '' && ![...templates].some((template) => mayBeBelow(template, basePath)),
  };
}

function mayBeBelow(template: string, basePath: string): boolean {
  const segments = template.split('/');
  return basePath.split('/').every((segment, i) => segments[i] === segment || segments[i]?.includes('{') === true);
}

/** Scheme and authority of an absolute or network-path reference that all clients read alike: a backslash behind a host ends it for some. */
const AUTHORITY = /^(?:(https?):)?\/\/((?:(?![/?#\\])[!-~])+)(?=[/?#]|$)/i;

/**
 * A reference of the upstream (RFC 3986, section 4.1) as it goes out: one whose origin is the upstream's own as a path-absolute reference at the door, with
 * neither scheme nor host, credentials in it included; without the base path of the upstream where it lies below that. Below the base path a path without a
 * host, and one behind the host of the door, are exchanged as well. All else as it came: other origins, relative paths, what not every client would read
 * alike, and what is no reference at all.
 *
 * The origin of the upstream is that of its URL, and its host behind the scheme that the client came by, for the upstream was told both. Hosts are compared
 * as the URL standard reads them: letter case, a port that is the scheme's own and other spellings of an address make no difference.
 */
export function referenceAtDoor(address: UpstreamAddress, reference: string, client: ClientView): string {
  const { basePath, exchangesPaths } = address;
  const found = AUTHORITY.exec(reference);
  if (found === null)
    return exchangesPaths && PATH_ABSOLUTE.test(reference) && liesBelow(basePath, reference)
      ? atDoor(basePath, reference)
      : reference;
  const [before, scheme, authority = ''] = found;
  const rest = reference.slice(before.length);
  const leads =
    isUpstream(address, scheme?.toLowerCase() ?? null, authority, client) ||
    (exchangesPaths && isDoor(authority, client) && liesBelow(basePath, rest));
  return leads ? atDoor(basePath, rest) : reference;
}

/** An API that goes by `X-Forwarded-Host` names the door, and behind it the path that it knows. */
function isDoor(authority: string, { clientHost }: ClientView): boolean {
  return authority.toLowerCase() === clientHost.toLowerCase();
}

/** Browsers read `/\host` as `//host`, and pass over a tab or a line break wherever it stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not follow.
const PATH_ABSOLUTE = /^\/(?![/\\\x00-\x20])/;

function isUpstream(address: UpstreamAddress, scheme: string | null, authority: string, client: ClientView): boolean {
  return [address.scheme, client.clientScheme].some(
    (one) => (scheme ?? one) === one && isHost(one, authority, address.hosts),
  );
}

function isHost(scheme: 'http' | 'https', authority: string, hosts: UpstreamAddress['hosts']): boolean {
  return authority === hosts[scheme] || URL.parse(`${scheme}://${authority}`)?.host === hosts[scheme];
}

/** `rest` is what stands behind the authority: nothing, or a path, query or fragment. */
function atDoor(basePath: string, rest: string): string {
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  const out = liesBelow(basePath, path) ? pathBelow(basePath, path) : path;
  // `//host` names another host; behind a dot segment the same path is one again (URL standard, section 4.5).
  return PATH_ABSOLUTE.test(out) ? out : `/.${out}`;
}

const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?:[/\\]|$)/i;

/** Whether a path, with a query and fragment or without, is the base path or below it. One with dot segments may lead out of it again. */
function liesBelow(basePath: string, path: string): boolean {
  if (basePath === '' || !path.startsWith(basePath)) return false;
  const end = path.search(/[?#]/);
  return /^(?:[/?#]|$)/.test(path.slice(basePath.length)) && !DOT_SEGMENT.test(end < 0 ? path : path.slice(0, end));
}

function pathBelow(basePath: string, path: string): string {
  const below = path.slice(basePath.length);
  return below.startsWith('/') ? below : `/${below}`;
}

/** The path of a cookie of the upstream as it goes out (RFC 6265, section 5.1.4): without the base path where it lies below that. */
export function cookiePathAtDoor(address: UpstreamAddress, path: string): string {
  return address.exchangesPaths && liesBelow(address.basePath, path) ? pathBelow(address.basePath, path) : path;
}
