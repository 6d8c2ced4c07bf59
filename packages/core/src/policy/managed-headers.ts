/**
 * Headers that frame or route a message, or that Sallyport decides over itself. A policy that sets one could smuggle a second
 * message into the connection (RFC 9112, section 11.2), or undo what a stage decided.
 */
const MANAGED = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'www-authenticate',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

/** True for a header that a policy may neither set nor take for its own use. `name` is in lower case. */
export function isManagedHeader(name: string): boolean {
  return MANAGED.has(name);
}
