import { parseParameter, splitParameters } from './media-type.ts';
import { Undecodable } from './undecodable.ts';

const MAX_FILENAME = 255;

export interface ContentDisposition {
  readonly kind: string;
  readonly name: string | null;
  readonly filename: string | null;
}

/**
 * Parses the Content-Disposition of a part (RFC 7578, section 4.2). Refused, because readers differ: `name*` and `filename*`, encoded words, backslashes in
 * quotes, parameters given twice. A file name may not be a path, nor hold control characters, nor be longer than 255.
 */
export function parseContentDisposition(text: string): ContentDisposition | Undecodable {
  const pieces = splitParameters(text);
  const kind = (pieces?.[0] ?? '').toLowerCase();
  if (pieces === null || !/^[a-z-]+$/.test(kind))
    return new Undecodable('syntax', 'must have a well-formed Content-Disposition');
  const parameters = new Map<string, string>();
  for (const piece of pieces.slice(1)) {
    const parameter = piece.includes('\\') ? null : parseParameter(piece);
    // `=?utf-8?Q?role?=` is `role` to Apache Commons FileUpload (RFC 2047).
    if (parameter === null || parameter[0].includes('*') || parameter[1].includes('=?'))
      return new Undecodable('syntax', 'must have a Content-Disposition without extended or escaped parameters');
    if (parameters.has(parameter[0]))
      return new Undecodable('duplicate', 'must not have a parameter of Content-Disposition twice');
    parameters.set(...parameter);
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
