import { isIpv4, isIpv6 } from './internet-formats.ts';

/** URIs (RFC 3986), IRIs (RFC 3987), URI templates (RFC 6570) and JSON Pointers (RFC 6901). Split first, then one character class a part: linear. */

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const ESCAPES = /^(?:[^%]|%[0-9A-Fa-f]{2})*$/;

interface Alphabet {
  readonly userinfo: RegExp;
  readonly name: RegExp;
  readonly path: RegExp;
  readonly query: RegExp;
  readonly fragment: RegExp;
}

const URI: Alphabet = {
  userinfo: /^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/,
  name: /^[A-Za-z0-9._~!$&'()*+,;=%-]*$/,
  path: /^[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/,
  query: /^[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$/,
  fragment: /^[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$/,
};

/** RFC 3987, section 2.2: `ucschar`; `iprivate` in queries only. */
const UCS =
  '\\u{a0}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{ffef}\\u{10000}-\\u{1fffd}\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}\\u{40000}-\\u{dfffd}\\u{e1000}-\\u{efffd}';
const PRIVATE = '\\u{e000}-\\u{f8ff}\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}';
const widen = (expression: RegExp, more: string): RegExp =>
  new RegExp(expression.source.replace('^[', `^[${more}`), 'u');

const IRI: Alphabet = {
  userinfo: widen(URI.userinfo, UCS),
  name: widen(URI.name, UCS),
  path: widen(URI.path, UCS),
  query: widen(URI.query, UCS + PRIVATE),
  fragment: widen(URI.fragment, UCS),
};

function isReference(text: string, alphabet: Alphabet, needsScheme: boolean): boolean {
  if (!ESCAPES.test(text)) return false;
  let rest = text;
  const hash = rest.indexOf('#');
  if (hash >= 0) {
    if (!alphabet.fragment.test(rest.slice(hash + 1))) return false;
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf('?');
  if (question >= 0) {
    if (!alphabet.query.test(rest.slice(question + 1))) return false;
    rest = rest.slice(0, question);
  }
  const colon = rest.indexOf(':');
  const hasScheme = colon >= 0 && !rest.slice(0, colon).includes('/');
  if (hasScheme) {
    // A first segment with a colon can only be a scheme (RFC 3986, section 4.2).
    if (!SCHEME.test(rest.slice(0, colon))) return false;
    rest = rest.slice(colon + 1);
  } else if (needsScheme) return false;
  if (!rest.startsWith('//')) return alphabet.path.test(rest);
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  return isAuthority(authority, alphabet) && (slash < 0 || alphabet.path.test(rest.slice(slash)));
}

function isAuthority(authority: string, alphabet: Alphabet): boolean {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !alphabet.userinfo.test(authority.slice(0, at))) return false;
  const host = authority.slice(at + 1);
  if (host.startsWith('[')) {
    const end = host.indexOf(']');
    const literal = host.slice(1, end);
    const isLiteral = isIpv6(literal) || /^[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+$/.test(literal);
    return end > 0 && isLiteral && /^(?::\d*)?$/.test(host.slice(end + 1));
  }
  const colon = host.indexOf(':');
  const name = colon < 0 ? host : host.slice(0, colon);
  return (isIpv4(name) || alphabet.name.test(name)) && (colon < 0 || /^\d*$/.test(host.slice(colon + 1)));
}

export const isUri = (text: string): boolean => isReference(text, URI, true);
export const isUriReference = (text: string): boolean => isReference(text, URI, false);
export const isIri = (text: string): boolean => isReference(text, IRI, true);
export const isIriReference = (text: string): boolean => isReference(text, IRI, false);

const LITERALS = new RegExp(`^(?:[!#$&'(-;=?-[\\]_a-z~${UCS}${PRIVATE}]|%[0-9A-Fa-f]{2})*$`, 'u');
const VARIABLE = /^(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?::[1-9]\d{0,3}|\*)?$/;

/** RFC 6570, section 2. */
export function isUriTemplate(text: string): boolean {
  let rest = 0;
  for (;;) {
    const open = text.indexOf('{', rest);
    const literal = text.slice(rest, open < 0 ? undefined : open);
    if (!LITERALS.test(literal)) return false;
    if (open < 0) return true;
    const close = text.indexOf('}', open);
    if (close < 0) return false;
    const inside = text.slice(open + 1, close).replace(/^[+#./;?&=,!@|]/, '');
    if (!inside.split(',').every((variable) => VARIABLE.test(variable))) return false;
    rest = close + 1;
  }
}

/** RFC 6901, section 3. */
export function isJsonPointer(text: string): boolean {
  return /^(?:\/(?:[^~/]|~[01])*)*$/s.test(text);
}

/** draft-bhutton-relative-json-pointer, section 3. */
export function isRelativeJsonPointer(text: string): boolean {
  const match = /^(?:0|[1-9]\d*)(?:[+-][1-9]\d*)?/.exec(text);
  if (match === null) return false;
  const rest = text.slice(match[0].length);
  return rest === '#' || isJsonPointer(rest);
}
