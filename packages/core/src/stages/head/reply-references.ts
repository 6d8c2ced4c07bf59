import { cookiePathAtDoor, referenceAtDoor, type ClientView, type UpstreamAddress } from './upstream-reference.ts';

/** The value of a header of the upstream as it goes out. */
export type RewriteHeader = (value: string, client: ClientView) => string;

/**
 * What becomes of the headers in which an upstream names itself, by their names in lower case: the references in them as `referenceAtDoor` says, and
 * `Set-Cookie` as one that the door sets. A header of any other name is no part of this.
 */
export function compileReplyReferences(address: UpstreamAddress): ReadonlyMap<string, RewriteHeader> {
  const whole: RewriteHeader = (value, client) => referenceAtDoor(address, value, client);
  return new Map<string, RewriteHeader>([
    ['location', whole],
    ['content-location', whole],
    ['refresh', (value, client) => rewriteRefresh(value, (one) => referenceAtDoor(address, one, client))],
    ['link', (value, client) => rewriteLinks(value, (one) => referenceAtDoor(address, one, client))],
    ['set-cookie', (value, client) => rewriteCookie(address, value, client)],
  ]);
}

const REFRESH = /^(\s*\d[\d.]*\s*[;,]\s*(?:url\s*=\s*)?)(.+)$/i;

/** `5; url=/next`, the reference in quotes or not (HTML standard, section 7.4.6.4). */
function rewriteRefresh(value: string, rewrite: (reference: string) => string): string {
  const [, before, rest] = REFRESH.exec(value) ?? [];
  if (before === undefined || rest === undefined) return value;
  const quote = rest.startsWith('"') || rest.startsWith("'") ? (rest[0] as string) : '';
  const end = quote === '' ? -1 : rest.indexOf(quote, 1);
  const reference = rest.slice(quote.length, end < 0 ? rest.length : end);
  return before + quote + rewrite(reference) + (end < 0 ? '' : rest.slice(end));
}

/** Targets in angle brackets, and the context of a link in `anchor` (RFC 8288, section 3). What stands in other quotes is text. */
function rewriteLinks(value: string, rewrite: (reference: string) => string): string {
  let out = '';
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const opening = value[at];
    if (opening !== '<' && opening !== '"') continue;
    const end = opening === '<' ? value.indexOf('>', at) : endOfQuoted(value, at);
    if (end < 0) break;
    if (opening === '<' || /[;,\s]anchor\s*=\s*$/i.test(value.slice(Math.max(from, at - 16), at))) {
      out += value.slice(from, at + 1) + rewrite(value.slice(at + 1, end));
      from = end;
    }
    at = end;
  }
  return out + value.slice(from);
}

function endOfQuoted(value: string, start: number): number {
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === '"') return at;
  }
  return -1;
}

/**
 * A cookie whose `Domain` is the upstream's own name is one of the host that it is sent by, unless that name is the client's for the door too: else no client
 * would take it (RFC 6265, section 5.3, step 6). Its `Path` goes the way of other paths.
 */
function rewriteCookie(address: UpstreamAddress, value: string, client: ClientView): string {
  const [pair = '', ...attributes] = value.split(';');
  const kept = [pair];
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=');
    const name = attribute.slice(0, Math.max(equals, 0)).trim();
    const text = attribute.slice(equals + 1).trim();
    const lower = name.toLowerCase();
    if (lower === 'domain' && isForeignDomain(address, text, client)) continue;
    const path = lower === 'path' ? cookiePathAtDoor(address, text) : text;
    kept.push(path === text ? attribute : ` ${name}=${path}`);
  }
  return kept.join(';');
}

function isForeignDomain(address: UpstreamAddress, text: string, client: ClientView): boolean {
  const domain = text.replace(/^\./, '').toLowerCase();
  if (domain !== address.hostname) return false;
  const host = client.clientHost.replace(/:\d+$/, '').toLowerCase();
  return host !== domain && !host.endsWith(`.${domain}`);
}
