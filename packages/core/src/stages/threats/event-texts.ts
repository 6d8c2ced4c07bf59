import { type Held, visitJsonValues } from './json-values.ts';
import { mayBeJson } from './may-be-json.ts';
import { visitRawText } from './raw-text.ts';
import { ANYWHERE, type TextPlace } from './text-place.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';

/** What the document says of one event. */
export interface EventPlaces {
  readonly event: TextPlace;
  /** Of the JSON in its data, which is held to it; null where nothing says that it is JSON. */
  readonly json: TextPlace | null;
  readonly hasUris: boolean;
}

/** What is known of events that nobody declares. */
export const UNKNOWN_EVENTS: EventPlaces = { event: ANYWHERE, json: null, hasUris: false };

const UNHELD: Held = { enforced: false, hasUris: false };
const encoder = new TextEncoder();

/**
 * Gives the texts of server-sent events as their readers put them together (HTML, 9.2.6): the data of an event is one text, with a line break for each line
 * that it came in; every other line is one by itself, a comment and a field that no reader knows too.
 */
export function visitEvents(
  stream: string,
  { event, json, hasUris }: EventPlaces,
  enforced: boolean,
  around: TextLocation,
  visit: TextVisitor,
): void {
  const { in: where, name } = around;
  const at = (field: string): TextLocation => ({ in: where, name, tokens: () => [...around.tokens(), field] });
  const visitData = (text: string): void => {
    const bytes = encoder.encode(text);
    if (json !== null && enforced) {
      visitJsonValues(bytes, json, { enforced, hasUris }, at('data'), visit);
      return;
    }
    const place = event.member('data');
    if (enforced && place.confined !== null) return;
    visitRawText(text, [place], { enforced, hasUris }, at('data'), visit);
    if (mayBeJson(text))
      visitJsonValues(bytes, json?.unheld ?? ANYWHERE, { enforced: false, hasUris }, at('data'), visit);
  };
  let data: string[] = [];
  const end = (): void => {
    if (data.length > 0) visitData(data.join('\n'));
    data = [];
  };
  for (const line of stream.split(/\r\n?|\n/)) {
    if (line === '') {
      end();
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const text = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(text);
    // Of several the last is held to the schema, and none of an event without data.
    else if (field === 'event' || field === 'id')
      visitRawText(text, [event.member(field)], { enforced: false, hasUris }, at(field), visit);
    else visitRawText(field === '' ? text : line, [ANYWHERE], UNHELD, around, visit);
  }
  // What the end cuts off: there are readers that take it.
  end();
}
