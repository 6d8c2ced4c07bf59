import type { Exchange } from '@sallyport/core';

/** Writes a cookie that scripts cannot read, that only this host gets, and that other sites cannot have sent but by a link. */
export function writeCookie(name: string, value: string, secure: boolean, maxAgeSeconds: number | null = null): string {
  const age = maxAgeSeconds === null ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${age}`;
}

/** Takes a cookie back. */
export function dropCookie(name: string, secure: boolean): string {
  return writeCookie(name, '', secure, 0);
}

/** The one value of a cookie; null where it is absent or stands there more than once. */
export function readOneCookie(exchange: Exchange, name: string): string | null {
  let found: string | null = null;
  for (const pair of (exchange.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    if (found !== null) return null;
    found = pair.slice(equals + 1).trim();
  }
  return found;
}

/** The parameters of a query or a form, each at most once; null where one stands there twice, for then readers differ on which counts. */
export function readOnce(text: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (found.has(name)) return null;
    found.set(name, value);
  }
  return found;
}
