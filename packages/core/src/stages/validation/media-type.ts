import { interned } from '../../interned.ts';

/** A media type with its parameters (RFC 9110, section 8.3.1); names in lower case, values unquoted. */
export interface ParsedMediaType {
  readonly type: string;
  readonly subtype: string;
  /** `type/subtype`. */
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MAX_LENGTH = 1024;
/** Types seen of late: an API uses a few, and asks for each several times a request. What a client sends chooses them, so both are bounded. */
const PARSED = new Map<string, ParsedMediaType | null>();
const MAX_PARSED = 256;
const MAX_PARSED_LENGTH = 128;

/**
 * Parses a Content-Type. Null where it breaks the grammar, is longer than 1,024 characters, names a parameter twice or in the
 * extended form of RFC 2231 (`charset*`): two readers could choose different boundaries or charsets. Ranges (`text/*`) parse too: `*` is a token.
 */
export function parseMediaType(text: string): ParsedMediaType | null {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  if (text.length > MAX_PARSED_LENGTH) return text.length > MAX_LENGTH ? null : parse(text);
  if (PARSED.size >= MAX_PARSED) PARSED.clear();
  // What comes is a piece of a head, and the pieces of a piece are, too: each would keep its credentials in memory.
  const own = interned(text);
  const parsed = parse(own);
  PARSED.set(own, parsed);
  return parsed;
}

function parse(text: string): ParsedMediaType | null {
  const pieces = splitParameters(text);
  if (pieces === null) return null;
  const essence = (pieces[0] ?? '').toLowerCase();
  const slash = essence.indexOf('/');
  const type = essence.slice(0, Math.max(slash, 0));
  const subtype = essence.slice(slash + 1);
  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return null;
  const parameters = new Map<string, string>();
  for (const piece of pieces.slice(1)) {
    if (piece === '') continue;
    const parameter = parseParameter(piece);
    // `boundary=a; boundary*=utf-8''b` is b to readers of RFC 2231, Werkzeug and Go among them.
    if (parameter === null || parameters.has(parameter[0]) || parameter[0].includes('*')) return null;
    parameters.set(...parameter);
  }
  return { type, subtype, essence, parameters };
}

/** Parses `name=token` or `name="quoted"`; the name comes back in lower case. */
export function parseParameter(text: string): [string, string] | null {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).toLowerCase();
  const value = text.slice(equals + 1);
  if (!TOKEN.test(name)) return null;
  if (TOKEN.test(value)) return [name, value];
  if (!/^"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\uffff]|\\[\t\x20-\x7e\x80-\uffff])*"$/.test(value)) return null;
  return [name, value.slice(1, -1).replaceAll(/\\(.)/g, '$1')];
}

/** Splits at `;` outside quotes and takes off blanks; null where a quote stays open. */
export function splitParameters(text: string): string[] | null {
  if (!text.includes('"')) return text.split(';').map(trimBlanks);
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ';' && !quoted) {
      pieces.push(trimBlanks(text.slice(start, at)));
      start = at + 1;
    }
  }
  if (quoted) return null;
  pieces.push(trimBlanks(text.slice(start)));
  return pieces;
}

/** Takes off SP and HTAB, which are all the blanks of a header (RFC 9110, section 5.6.3). */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start += 1;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(start, end);
}
