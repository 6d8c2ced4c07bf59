import { bodyFormat, keepsAscii } from '../validation/body-format.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';
import { mayBeJson } from './may-be-json.ts';
import { isLooselyWritten, visitLooseJson } from './loose-json.ts';
import { beginsLikeParts, visitLooseParts } from './loose-parts.ts';
import { visitRawText } from './raw-text.ts';
import { ANYWHERE } from './text-place.ts';
import { type TextLocation, type TextVisitor, WHOLE } from './threat-judge.ts';

const strict = new TextDecoder('utf-8', { fatal: true });

/** Whether a server could read what is ASCII here as something else, for a charset that is stated however badly. */
export function isOtherwiseRead(type: ParsedMediaType | null, contentType: string | null): boolean {
  if (type !== null) return bodyFormat(type) !== 'xml' && !keepsAscii(type);
  const charset = /charset\s*=\s*["']?([^"';,\s]+)/i.exec(contentType ?? '')?.[1];
  return charset !== undefined && !keepsAscii({ parameters: new Map([['charset', charset]]) });
}

/** A body that states no type, or one that nobody declares: there are servers that read it all the same. */
export function visitUnstated(body: Uint8Array, visit: TextVisitor): void {
  if (beginsLikeParts(body)) visitLooseParts(body, null, visit);
  const text = textOf(body);
  const location: TextLocation = { in: 'body', name: null, tokens: WHOLE };
  if (text === null) return;
  visitRawText(text, [ANYWHERE], { enforced: false, hasUris: false }, location, visit);
  if (mayBeJson(text) && isLooselyWritten(body)) visitLooseJson(body, location, visit);
}

/** Null where the bytes are no text. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
