import type { EditableJson } from '../../json/editable-json.ts';
import type { JsonNode } from '../../json/json-node.ts';

/** Longer names nothing, and would be kept in caches. */
const MAX_ID_LENGTH = 256;
/** The one way to write an integer: `01`, `1.0`, `1e0` and `-0` are 1 and 0 to some readers and something else, or nothing, to others. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** Whether a text can name an object at all: not empty, not endless, no control characters, whole characters only. */
export function isId(text: string): boolean {
  return (
    text !== '' && text.length <= MAX_ID_LENGTH && !/[\u0000-\u001f\u007f-\u009f]/.test(text) && text.isWellFormed()
  );
}

/**
 * Whether an id keeps its meaning as a part of a path: `acme-x/../umbrella-1`, written `acme-x%2F..%2Fumbrella-1`, begins like one of acme's
 * and is another's to an upstream that decodes before it resolves.
 */
export function isPathPart(id: string): boolean {
  return !/[/\\%?#;]/.test(id) && !/^\.{1,2}$/.test(id);
}

/** Whether no reader divides it: `acme-1,umbrella-2` begins like one of acme's, and its second half is not. */
export function isUndivided(id: string): boolean {
  return !/[,|&\s]/.test(id);
}

/**
 * The id that a member of a request's body is; null where readers could take it for different ones. Numbers are compared as text, so 1 is
 * "1" and never "01". One that JavaScript cannot hold exactly is refused: 9007199254740993 is another object to an upstream that rounds.
 */
export function requestedId(node: JsonNode, json: EditableJson): string | null {
  const text = scalarText(node, json);
  if (text === null || !isId(text)) return null;
  return node.kind === 'number' && !Number.isSafeInteger(Number(text)) ? null : text;
}

/** The owner, or the id, that an answer names; null for what can be neither: null, a list, an object, a fraction, nothing. */
export function scalarText(node: JsonNode, json: EditableJson): string | null {
  if (node.kind === 'string') {
    const text = json.value(node) as string;
    return text === '' ? null : text;
  }
  if (node.kind !== 'number') return null;
  const text = json.raw(node);
  return INTEGER.test(text) ? text : null;
}
