import type { Exchange } from '../../../exchange.ts';
import { bodyFormat, isReadableCharset, isUncompressed } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import { isMarkedJson } from '../doubtful-text.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { readBody } from '../read-body.ts';
import { StepBudget } from '../step-budget.ts';
import { hasMembers, isMarkup, mayNameEncrypted } from './undeclared-body.ts';

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
  const readable = isPlain && hasMembers(type) && isReadableCharset(type, bodyFormat(type)) ? type : null;
  const read = readable === null ? null : readBody(body, readable, () => exchange.json);
  const isJson = readable !== null && bodyFormat(readable).startsWith('json');
  // Many servers read whatever comes as JSON.
  if ((read === null || !isJson) && isMarkedJson(place, body, steps)) return 'unreadable';
  if (read === null) {
    const isLookedInto = isDeclared && (type === null || (isMarkup(type) && isPlain));
    return isLookedInto && mayNameEncrypted(place, body, type, !isPlain, steps) ? 'unreadable' : [];
  }
  if (read.mayName(place, steps)) return 'unreadable';
  const found: string[] = [];
  read.visit(place, (value) => {
    // The word may stand in any text, or at the head of a table.
    if (value.isGuessed !== true) found.push(value.pointer);
    return false;
  });
  return found;
}
