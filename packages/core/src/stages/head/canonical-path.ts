import { normalForm } from '../../json/normal-form.ts';

/** Why a path has no single meaning. A name for the operator; nothing the client sent stands in it. */
export type PathProblem =
  | 'form'
  | 'character'
  | 'escape'
  | 'encoded-slash'
  | 'encoded-backslash'
  | 'encoded-control'
  | 'double-encoding'
  | 'dot-segment'
  | 'empty-segment'
  | 'path-parameter'
  | 'utf-8'
  | 'lookalike'
  | 'query';

/** What a request target came down to. `path` starts with `/`; `query` is what stands after `?`, null where there is none. */
export type CanonicalPath =
  | { readonly path: string; readonly query: string | null }
  | { readonly problem: PathProblem };

/** Whether `;` may stand in a segment. `pass` is for documents with a parameter of style `matrix`, and only raw. */
export type PathParameters = 'refuse' | 'pass';

const SLASH = 0x2f;
const DOT = 0x2e;

const PLAIN = 0;
const ENCODE = 1;
const ESCAPE = 2;
const SEMICOLON = 3;
const REFUSE = 4;

/** What a raw character of a path is: pchar without `;`, one that RFC 3986 wants escaped, or one that no path holds. */
const RAW = new Uint8Array(128).fill(REFUSE);
/** What an escaped character becomes: PLAIN is decoded, ENCODE stays escaped. */
const ESCAPED = new Uint8Array(128).fill(REFUSE);

for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*:@") {
  RAW[character.charCodeAt(0)] = PLAIN;
  ESCAPED[character.charCodeAt(0)] = PLAIN;
}
// Delimiters inside a value (`simple` arrays and objects) and `+`: escaped they are data, raw they divide.
for (const character of '&+,=') {
  RAW[character.charCodeAt(0)] = PLAIN;
  ESCAPED[character.charCodeAt(0)] = ENCODE;
}
// Not allowed raw, but sent so by browsers, and of one meaning only.
for (const character of '"<>[]^`{|}') {
  RAW[character.charCodeAt(0)] = ENCODE;
  ESCAPED[character.charCodeAt(0)] = ENCODE;
}
for (const character of ' #?%') ESCAPED[character.charCodeAt(0)] = ENCODE;
RAW['/'.charCodeAt(0)] = PLAIN;
RAW['%'.charCodeAt(0)] = ESCAPE;
RAW[';'.charCodeAt(0)] = SEMICOLON;

const HEX = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
const BAD_QUERY = /[^\x21\x22\x24-\x7e]/;
const DOT_SEGMENT = /\/\.\.?(?:;[^/]*)?(?:\/|$)/;
/** An escaped `%` before what would be an escape if it were decoded once more, plain or as IIS writes it (`%u002f`). */
const DOUBLE = /%25(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})/;
/** Characters that Windows maps to `/` or `\` on its own ("best fit"), and that NFKC leaves alone. */
const BEST_FIT = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/;
const DELIMITERS = /[/\\%;?#]/g;

/**
 * Settles a request target in origin-form (RFC 9112, section 3.2.1) to the one path that is matched, checked and sent upstream.
 * Normalized is only what has one meaning (RFC 3986, section 6.2.2): the case of escapes, escapes of characters that need none, and
 * characters that need one. All else is refused: see `PathProblem`. A path in canonical form comes back as the same string.
 * The query is looked at for characters only. Length is bounded by the head. Never throws. Linear time.
 */
export function canonicalPath(target: string, pathParameters: PathParameters = 'refuse'): CanonicalPath {
  if (target.charCodeAt(0) !== 0x2f) return { problem: 'form' };
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? null : target.slice(mark + 1);
  if (query !== null && BAD_QUERY.test(query)) return { problem: 'query' };

  if (isPlain(raw)) return { path: raw, query };
  const path = normalize(raw, pathParameters === 'pass');
  if (path.charCodeAt(0) !== 0x2f) return { problem: path as PathProblem };
  // `//host` is a host to a URL parser, and servers differ on whether empty segments count.
  if (path.includes('//')) return { problem: 'empty-segment' };
  if (path.includes('/.') && DOT_SEGMENT.test(path)) return { problem: 'dot-segment' };
  return { path, query };
}

/**
 * The literal text of a path template as it stands in canonical request paths: raw characters that a path cannot hold are escaped,
 * escapes are normalized as in requests. Text that no canonical path can hold comes back escaped and matches nothing.
 */
export function canonicalLiteral(text: string): string {
  const ascii = escaped(text);
  const path = normalize(`/${ascii}`, true);
  return path.charCodeAt(0) === 0x2f ? path.slice(1) : ascii;
}

/**
 * Why no request for a path template gets as far as to be matched, whatever stands for its expressions; null where one does. Text that a path cannot hold raw is
 * taken as clients escape it.
 */
export function templateProblem(template: string, pathParameters: PathParameters): PathProblem | null {
  const path = normalize(escaped(template.replaceAll(/\{[^{}]*\}/g, 'x')), pathParameters === 'pass');
  if (path.charCodeAt(0) !== 0x2f) return path as PathProblem;
  return DOT_SEGMENT.test(path) ? 'dot-segment' : null;
}

/** Text with what no URL holds raw escaped as clients do it. */
function escaped(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

/** Nothing in it needs a second look: no escape, and no segment that is empty or begins with a dot. */
function isPlain(path: string): boolean {
  let before = 0;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    // Beyond 127 the table gives undefined, which is not PLAIN either.
    if (RAW[code] !== PLAIN || (before === SLASH && (code === SLASH || code === DOT))) return false;
    before = code;
  }
  return true;
}

/** The normalized path, or the name of a problem, which is told by its not starting with `/`. */
function normalize(raw: string, semicolons: boolean): string {
  let out = '';
  let beyondAscii = false;
  for (let index = 0; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    switch (RAW[code]) {
      case PLAIN:
        out += raw.charAt(index);
        break;
      case ENCODE:
        out += HEX[code];
        break;
      case SEMICOLON:
        // `/admin;x` and `/..;/` are `/admin` and `/../` to servlet containers.
        if (!semicolons) return 'path-parameter';
        out += ';';
        break;
      case ESCAPE: {
        const byte = hexDigit(raw.charCodeAt(index + 1)) * 16 + hexDigit(raw.charCodeAt(index + 2));
        if (!(byte >= 0)) return 'escape';
        index += 2;
        if (byte >= 0x80) {
          beyondAscii = true;
          out += HEX[byte];
        } else if (ESCAPED[byte] === PLAIN) out += String.fromCharCode(byte);
        else if (ESCAPED[byte] === ENCODE) out += HEX[byte];
        else return refusedEscape(byte);
        break;
      }
      default:
        return 'character';
    }
  }
  // Looked for in what came out: `%25%32%66` is `%252f` in other words.
  if (DOUBLE.test(out)) return 'double-encoding';
  if (beyondAscii) return unicodeProblem(out) ?? out;
  return out;
}

function refusedEscape(byte: number): PathProblem {
  if (byte === 0x2f) return 'encoded-slash';
  if (byte === 0x5c) return 'encoded-backslash';
  if (byte === 0x3b) return 'path-parameter';
  return 'encoded-control';
}

/** NaN where it is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/** Invalid or overlong UTF-8, C1 controls, and characters that an upstream could take for a delimiter after normalizing them. */
function unicodeProblem(path: string): PathProblem | null {
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch {
    return 'utf-8';
  }
  if (/[\u0080-\u009f]/.test(text)) return 'encoded-control';
  if (BEST_FIT.test(text)) return 'lookalike';
  const folded = normalForm(text, 'NFKC');
  // Fullwidth `／` and `．．`, `℀` and the like become delimiters under NFKC; other text stays the data it is.
  if ((folded.match(DELIMITERS)?.length ?? 0) !== (text.match(DELIMITERS)?.length ?? 0)) return 'lookalike';
  return DOT_SEGMENT.test(folded) && !DOT_SEGMENT.test(text) ? 'lookalike' : null;
}
