import { AMPERSAND, BACKSLASH, PERCENT, PLUS, BLANK, UNUSUAL } from './survey.ts';
import { plusAsSpace } from '../validation/plus-as-space.ts';
import { decodeEntities } from './decode-entities.ts';
import { decodeEscapes } from './decode-escapes.ts';
import { foldForms } from './fold-forms.ts';
import { codeOfDigits } from './hex-digits.ts';

/** How often one text is decoded: attacks are hidden under two layers, seldom three; every layer is one linear pass. */
const MAX_LAYERS = 3;

const ENTITY = /&(?:#|[a-z]{2,8};|lt|gt|quot|amp)/i;
const ESCAPE = /\\(?:u|x|[0-7nrtbfv/\\'"])/;

/**
 * The text as whoever decodes once more than they should would read it: percent-encoding, HTML entities, escapes of string literals,
 * compatibility forms of letters; in any order, three layers deep. The same object where there is nothing to decode.
 */
export function decodeLayers(text: string, bits: number): string {
  let current = text;
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    const before = current;
    if ((bits & PERCENT) !== 0 || layer > 0) current = decodePercents(current);
    if ((bits & AMPERSAND) !== 0 || layer > 0) current = ENTITY.test(current) ? decodeEntities(current) : current;
    if ((bits & BACKSLASH) !== 0 || layer > 0) current = ESCAPE.test(current) ? decodeEscapes(current) : current;
    if (current === before) break;
  }
  if ((bits & UNUSUAL) !== 0 || current !== text) current = foldForms(current);
  if ((bits & PLUS) !== 0 && (bits & BLANK) === 0 && !current.includes(' ')) current = plusAsSpace(current);
  return current;
}

const PERCENTS = /(?:%[0-9a-f]{2}|%u[0-9a-f]{4})+/gi;

/** Decodes what is percent-encoded, and leaves a sign that stands for itself. Bytes that are no UTF-8 are read leniently, overlong forms as what they hide. */
export function decodePercents(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(PERCENTS, decodeRun);
}

function decodeRun(run: string): string {
  let result = '';
  let pending = 0;
  let code = 0;
  for (let index = 0; index < run.length; ) {
    if (run.charCodeAt(index + 1) === 117 || run.charCodeAt(index + 1) === 85) {
      result += String.fromCharCode(codeOfDigits(run, index + 2, 4));
      index += 6;
      pending = 0;
      continue;
    }
    const byte = codeOfDigits(run, index + 1, 2);
    index += 3;
    if (pending > 0 && byte >> 6 === 2) {
      code = (code << 6) | (byte & 63);
      pending -= 1;
      if (pending === 0) result += code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
    } else if (byte >= 0xf0) {
      code = byte & 7;
      pending = 3;
    } else if (byte >= 0xe0) {
      code = byte & 15;
      pending = 2;
    } else if (byte >= 0xc0) {
      code = byte & 31;
      pending = 1;
    } else {
      pending = 0;
      result += String.fromCharCode(byte);
    }
  }
  return result;
}
