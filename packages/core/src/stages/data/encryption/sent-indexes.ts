import type { Exchange } from '../../../exchange.ts';
import { type BodyFormat, bodyFormat, isReadableCharset, isUncompressed } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import { bodyText } from '../body-text.ts';
import { isMarkedJson } from '../doubtful-text.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { namesMarked } from '../names-in-text.ts';
import { readBody } from '../read-body.ts';
import { StepBudget } from '../step-budget.ts';
import { isFileType } from './file-types.ts';
import { hasMembers, isMarkup, isOpaque, mayNameEncrypted, percentDecoded } from './undeclared-body.ts';

/**
 * JSON Pointers of indexes that a client wrote itself: it could have its record found for somebody else's value. `unreadable` where one may stand in a body whose
 * members cannot be told apart; a text that but has the word in it is none. `place` is where indexes stand, null where there are none; in a body that nothing declares they
 * were looked for with the fields.
 */
export function sentIndexes(
  place: MarkedPlace | null,
  isDeclared: boolean,
  exchange: Exchange,
  body: Uint8Array,
): readonly string[] | 'unreadable' {
  if (place === null) return [];
  const type = parseMediaType(exchange.headers.contentType ?? '');
  const steps = new StepBudget();
  const isPlain = isUncompressed(exchange.headers.contentEncoding);
  // Inflated, or in its own charset, it is another text.
  if (!isPlain && type !== null && !isFileType(type) && !isOpaque(type)) return 'unreadable';
  if (!hasMembers(type)) {
    // Many servers read whatever comes as JSON.
    const isLookedInto = isDeclared && (type === null || isMarkup(type));
    const isFound =
      isMarkedJson(place, body, steps) || (isLookedInto && mayNameEncrypted(place, body, type, !isPlain, steps));
    return isFound ? 'unreadable' : [];
  }
  const format = bodyFormat(type);
  if (!isReadableCharset(type, format)) return 'unreadable';
  const isJson = format.startsWith('json');
  if (!isJson && isMarkedJson(place, body, steps)) return 'unreadable';
  const read = readBody(body, type, () => exchange.json);
  if (read === null) return mayHaveName(place, body, format, steps) ? 'unreadable' : [];
  if (read.mayName(place, steps)) return 'unreadable';
  const found: string[] = [];
  read.visit(place, (value) => {
    // The word may stand in any text, or at the head of a table.
    if (value.isGuessed !== true) found.push(value.pointer);
    return false;
  });
  return found;
}

/** Of a body that cannot be read: a reader of lines may pass over those that are none, one of forms over an escape that is none, and how one of parts names them nobody knows. */
function mayHaveName(place: MarkedPlace, body: Uint8Array, format: BodyFormat, steps: StepBudget): boolean {
  if (format === 'multipart') return true;
  const text = bodyText(body);
  return namesMarked(place, text, steps) || (format === 'form' && namesMarked(place, percentDecoded(text), steps));
}
