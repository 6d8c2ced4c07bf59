import { bodyFormat } from '../../validation/body-format.ts';
import type { ParsedMediaType } from '../../validation/media-type.ts';
import { bodyText } from '../body-text.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { namesMarked } from '../names-in-text.ts';
import type { StepBudget } from '../step-budget.ts';
import { isFileType } from './file-types.ts';

/** Formats that name their members in bytes of their own. */
const SELF_DESCRIBING = /(?:^|[./+-])(?:cbor|msgpack|bson|ubjson|smile|ion|avro|amf|plist|fastinfoset)(?:$|[./+-])/;
const YAML = /(?:^|[./+-])ya?ml$/;
/** What stands before a colon in its line. */
const KEYS = /^[^\n:]*(?=:)/gm;

/** True where members of such a body are told apart, and those with encrypted names found. */
export function hasMembers(type: ParsedMediaType | null): type is ParsedMediaType {
  if (type === null) return false;
  const format = bodyFormat(type);
  return format.startsWith('json') || format === 'form' || format === 'multipart';
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
  if (type !== null && bodyFormat(type) === 'binary' && !isYaml) return false;
  if (isCompressed) return true;
  const text = bodyText(body);
  // An alias stands for what is named elsewhere.
  if (isYaml || /^[\s\ufeff]*</.test(text)) return namesMarked(place, text, steps);
  return namesMarked(place, (text.match(KEYS) ?? []).join('\n'), steps);
}
