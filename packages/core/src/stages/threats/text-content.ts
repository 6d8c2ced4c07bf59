import { isObject, type JsonValue } from '../../json/json-value.ts';
import { contentBytes, type ContentEncoding } from '../../schema/text-content.ts';
import { mayBeJson } from './may-be-json.ts';
import type { TextPlace } from './text-place.ts';

/** What a text holds of which the schema says that it is JSON. */
export interface TextContent {
  readonly bytes: Uint8Array;
  readonly place: TextPlace;
  /** Whether it is what the schema says of it, as far as that counts. */
  readonly isHeld: boolean;
}

/** Contents within each other that are told apart in one text: each goes as deep as its JSON does, and a client chooses how many there are. */
const MAX_LEVELS = 8;
/** How base64 begins of what begins with a brace, a bracket, a quote or white space. */
const PACKED = /^[eWICD][A-Za-z0-9+/_-]{3}/;

/**
 * What a text holds, where that is JSON by its schema; null where it is not. `contentSchema` is an annotation: here it is asked whether it holds, so
 * that what it declares passes, and what only looks as if is judged as everything is that nobody declares. `place` is asked only of what may be JSON.
 */
export function contentOf(text: string, place: () => TextPlace, enforced: boolean): TextContent | null {
  if (mayBeJson(text)) return place().isJson ? inEncoding(text, 'none', place(), enforced) : null;
  if (!PACKED.test(text) || !place().isPackedJson) return null;
  return inEncoding(text, 'base64', place(), enforced) ?? inEncoding(text, 'base64url', place(), enforced);
}

function inEncoding(text: string, encoding: ContentEncoding, around: TextPlace, enforced: boolean): TextContent | null {
  const bytes = contentBytes(text, encoding);
  if (bytes === null) return null;
  const place = around.content(encoding);
  return { bytes, place, isHeld: enforced && place.holds(bytes) };
}

/** Whether a text is base64 where the schema says that it is a file in that. */
export function isFiled(text: string, { filed }: TextPlace): boolean {
  return filed !== null && contentBytes(text, filed) !== null;
}

/**
 * The text of JSON that is held to its schema, without the names that are declared and the texts that are confined: whoever takes all of it for one
 * text finds them as they were declared.
 */
export function withoutDeclared(content: TextContent): string {
  return renderContent(content, 0);
}

function renderContent({ bytes, place }: TextContent, levels: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return render(JSON.parse(text) as JsonValue, place, levels);
}

function render(value: JsonValue, place: TextPlace, levels: number): string {
  if (typeof value === 'string') return JSON.stringify(renderText(value, place, levels));
  if (Array.isArray(value))
    return `[${value.map((item, i) => render(item as JsonValue, place.item(i), levels)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => {
    const below = place.member(name);
    return `${below.declared ? '""' : JSON.stringify(name)}:${render(member, below, levels)}`;
  });
  return `{${members.join(',')}}`;
}

function renderText(text: string, place: TextPlace, levels: number): string {
  if (place.confined !== null || isFiled(text, place)) return '';
  const content = levels < MAX_LEVELS ? contentOf(text, () => place, true) : null;
  return content?.isHeld === true ? renderContent(content, levels + 1) : text;
}
