import type { BodyFormat } from '../validation/body-format.ts';

/**
 * Whether some reader takes a body of this Content-Type for one of another format than it is here. Laravel reads as JSON whatever has `/json` or `+json` anywhere in it,
 * Rails `text/x-json` and `application/jsonrequest`; Symfony as a form what begins like its type, Werkzeug `application/x-url-encoded`; formidable what has `json`,
 * `urlencoded` or `multipart` anywhere. `isLines` is true of JSON lines that are meant: only where Laravel takes them for JSON are they no lines.
 */
export function isReadOtherwise(contentType: string, format: BodyFormat, isLines = false): boolean {
  if (format !== 'form' && /url-?encoded/i.test(contentType)) return true;
  if (format !== 'multipart' && /multipart/i.test(contentType)) return true;
  // What divides into parts is no JSON: `type="application/json"` stands beside many a `multipart/related`.
  if (format === 'json' || format === 'multipart') return false;
  return isLines ? /[/+]json/i.test(contentType) : /json/i.test(contentType);
}
