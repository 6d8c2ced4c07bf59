import { parseParameter, splitParameters } from './media-type.ts';
import { Undecodable } from './undecodable.ts';

const MAX_FILENAME = 255;
/** Rack stops after so many. */
const MAX_PARAMETERS = 16;
/** Rack before 3.1 looks for names without regard to quotes: `x="; name=role"` is `role`. */
const HIDDEN_NAME = /[;\s](?:file)?name[\s*]*=/i;

export interface ContentDisposition {
  readonly kind: string;
  readonly name: string | null;
  readonly filename: string | null;
}

/**
 * Parses the Content-Disposition of a part (RFC 7578, section 4.2). Refused, because readers differ: `name*` and `filename*`, encoded words, backslashes in
 * quotes, parameters given twice, in capitals or within quotes, `;` in a name, `:` before it, more than 16 of them. A file name may not be a path, nor hold
 * control characters, nor be longer than 255.
 */
export function parseContentDisposition(text: string): ContentDisposition | Undecodable {
  const pieces = splitParameters(text);
  const kind = (pieces?.[0] ?? '').toLowerCase();
  if (pieces === null || !/^[a-z-]+$/.test(kind))
    return new Undecodable('syntax', 'must have a well-formed Content-Disposition');
  if (pieces.length - 1 > MAX_PARAMETERS)
    return new Undecodable('keys', `must not have more than ${MAX_PARAMETERS} parameters of Content-Disposition`);
  const parameters = new Map<string, string>();
  let hasColon = false;
  for (const piece of pieces.slice(1)) {
    const parameter = piece.includes('\\') ? null : parseParameter(piece);
    // `=?utf-8?Q?role?=` is `role` to Apache Commons FileUpload (RFC 2047).
    if (parameter === null || parameter[0].includes('*') || parameter[1].includes('=?'))
      return new Undecodable('syntax', 'must have a Content-Disposition without extended or escaped parameters');
    const [name, value] = parameter;
    // `Name` is `name` to readers that ignore case alone; of `"a;b"` Rack 1 takes `a`, and Rack 3.0 looks no further than to the first colon.
    if (!piece.startsWith(name) || HIDDEN_NAME.test(value) || (name === 'name' && (hasColon || value.includes(';'))))
      return new Undecodable('syntax', 'must have a Content-Disposition of which all readers take the same name');
    hasColon ||= value.includes(':');
    if (parameters.has(name))
      return new Undecodable('duplicate', 'must not have a parameter of Content-Disposition twice');
    parameters.set(name, value);
  }
  const filename = parameters.get('filename') ?? null;
  if (filename !== null && !isPlainFilename(filename))
    return new Undecodable(
      'syntax',
      'must have a plain file name: no path, no control characters, at most 255 characters',
    );
  return { kind, name: parameters.get('name') ?? null, filename };
}

/** Path traversal: `../../etc/cron.d/x` or `C:\x` as a file name is a path to whoever stores it. */
function isPlainFilename(name: string): boolean {
  if (name === '.' || name === '..' || name.length > MAX_FILENAME) return false;
  return !/[/\\\x00-\x1f\x7f-\x9f]/.test(name);
}
