/** Longest target: three of them fit into the cookie of a login under way. */
const MAX_TARGET_CHARS = 512;

/** Of no origin in particular; nobody has it (RFC 6761, section 6.4). */
const SOMEWHERE = 'https://sallyport.invalid';

/**
 * True for a path, with query and fragment if any, that leads nowhere but to the origin that sends a browser there (an open redirect would lend our name to
 * whoever asks for it). Refused is everything that some reader takes for a host: `//evil`, `/\evil`, what becomes one of these when tabs and line
 * ends are dropped, dot segments resolved or escapes decoded once more; and everything that is not already in the form that browsers give it.
 */
export function isLocalTarget(target: string): boolean {
  if (target.length > MAX_TARGET_CHARS || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(target)) return false;
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  if (path.includes('//') || /%(?:2f|5c|2e|25|0[0-9a-f]|1[0-9a-f]|7f)/i.test(path)) return false;
  const url = URL.parse(SOMEWHERE + target);
  return url !== null && url.href === SOMEWHERE + target && url.origin === SOMEWHERE;
}

/** True where a local target is one of `allowed`, or lies below one. */
export function isAllowedTarget(target: string, allowed: readonly string[]): boolean {
  return allowed.some((prefix) => {
    if (!target.startsWith(prefix)) return false;
    return prefix.endsWith('/') || target.length === prefix.length || /^[/?#]/.test(target.slice(prefix.length));
  });
}
