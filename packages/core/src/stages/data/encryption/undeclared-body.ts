import { bodyFormat } from '../../validation/body-format.ts';
import type { ParsedMediaType } from '../../validation/media-type.ts';
import { plusAsSpace } from '../../validation/plus-as-space.ts';
import { bodyText } from '../body-text.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { holdsEntities, namesMarked } from '../names-in-text.ts';
import type { StepBudget } from '../step-budget.ts';
import { isFileType } from './file-types.ts';

/** Formats that name their members in bytes of their own. */
const SELF_DESCRIBING = /(?:^|[./+-])(?:cbor|msgpack|bson|ubjson|smile|ion|avro|amf|plist|fastinfoset)(?:$|[./+-])/;
const YAML = /(?:^|[./+-])ya?ml$/;
/** Charsets in which bytes of ASCII are ASCII and nothing else, and UTF-16, which is told by its first bytes. */
const CHARSET = /^(?:utf-(?:8|16(?:le|be)?)|us-ascii|iso-8859-\d{1,2}|windows-125\d)$/i;
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
/** The DTDs of W3C, which spell no names. */
const SVG_DTD =
  /<!DOCTYPE\s+svg\s+PUBLIC\s+["']-\/\/W3C\/\/DTD SVG [\w. ]{1,20}\/\/EN["']\s+["']https?:\/\/www\.w3\.org\/[\w./-]+["']\s*>/;
const LINE_END = /[\n\r\u2028\u2029]/;
const lenient = new TextDecoder();

/** A binary type that is not known for naming members: nothing is found in it. */
export function isOpaque(type: ParsedMediaType): boolean {
  return bodyFormat(type) === 'binary' && !YAML.test(type.essence) && !SELF_DESCRIBING.test(type.essence);
}

/** True where members of such a body are told apart, and those with encrypted names found. */
export function hasMembers(type: ParsedMediaType | null): type is ParsedMediaType {
  if (type === null) return false;
  const format = bodyFormat(type);
  return format.startsWith('json') || format === 'form' || format === 'multipart';
}

/** XML and YAML by its type. */
export function isMarkup(type: ParsedMediaType): boolean {
  return bodyFormat(type) === 'xml' || YAML.test(type.essence);
}

/**
 * Of a body that the document says nothing of, and in which no members are told apart: true where they may be there and one may be encrypted. XML and YAML that
 * name one, and formats that are known for naming them; what is compressed and no file. Texts, files and whatever else is binary are not. JSON is looked for elsewhere.
 */
export function mayNameEncrypted(
  place: MarkedPlace,
  body: Uint8Array,
  type: ParsedMediaType | null,
  isCompressed: boolean,
  steps: StepBudget,
): boolean {
  const essence = type?.essence ?? '';
  if (type !== null && isFileType(type)) return false;
  if (SELF_DESCRIBING.test(essence)) return true;
  const isYaml = YAML.test(essence);
  if (type !== null && isOpaque(type)) return false;
  if (isCompressed) return true;
  const text = bodyText(body);
  // An alias stands for what is named elsewhere.
  const isXml = /^[\s\ufeff]*</.test(text);
  if (isXml ? hidesNames(text, type) : type !== null && bodyFormat(type) === 'xml' && text.trim() !== '') return true;
  if (isYaml || isXml) return namesMarked(place, text, steps);
  // Of what type it is to its reader nobody knows: a form, or parts, too.
  if (type === null) return namesMarked(place, text, steps) || namesMarked(place, percentDecoded(text), steps);
  return namesMarked(place, keysOf(text), steps);
}

/** XML whose names may be spelt by an entity of its own or of a DTD elsewhere, or in a charset in which their letters are others. */
function hidesNames(text: string, type: ParsedMediaType | null): boolean {
  if (holdsEntities(text)) return true;
  if (!HTML.test(type?.essence ?? '') && hasForeignDtd(text.replace(SVG_DTD, ''))) return true;
  const stated = /^[\s\ufeff]*<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)/.exec(text)?.[1];
  return [stated, type?.parameters.get('charset')].some((one) => one !== undefined && !CHARSET.test(one));
}

function hasForeignDtd(text: string): boolean {
  return text.includes('<!DOCTYPE') && /\b(?:SYSTEM|PUBLIC)\b/.test(text);
}

/** What stands before the last colon of each line, and on the line before one that begins with a colon. */
function keysOf(text: string): string {
  const keys: string[] = [];
  let before = '';
  for (const line of text.split(LINE_END)) {
    const end = line.lastIndexOf(':');
    if (end > 0) keys.push(line.slice(0, end));
    if (/^\s*:/.test(line)) keys.push(before);
    if (!/^\s*(?:#|$)/.test(line)) before = line;
  }
  return keys.join('\n');
}

/** As the reader of a form that is lenient would: what is no escape, or no UTF-8, hides nothing behind it. */
export function percentDecoded(text: string): string {
  return plusAsSpace(text).replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    lenient.decode(Buffer.from(run.replaceAll('%', ''), 'hex')),
  );
}
