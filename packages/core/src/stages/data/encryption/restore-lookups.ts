import type { EditableJson } from '../../../json/editable-json.ts';
import type { JsonNode } from '../../../json/json-node.ts';
import { bodyFormat } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { AnswerStage } from '../../stage.ts';
import { type AnswerPlaces, dataIndex } from '../data-index.ts';
import { ENCRYPTED } from '../marks.ts';
import { soughtBy } from './field-indexes.ts';
import { mayHoldStray, restoreSought } from './stray-texts.ts';

/** Where answers may repeat what was looked up. */
export interface RestoreRule {
  /** Answers that are opened are collected anyway. */
  readonly opened: AnswerPlaces | null;
  readonly maxBytes: number;
}

/** Larger answers are not collected for this unless they have to be. */
export const MAX_LOOKED_BYTES = 1_048_576;
/** Formats whose texts are looked into. */
export const LOOKED_FORMATS: ReadonlySet<string> = new Set(['json', 'json-lines', 'text', 'xml', 'form']);

/** The bytes of a body that is no JSON, a character each, so that whatever is not replaced goes out as it came. */
export function bytesAsText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function textAsBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/**
 * Puts what the client looked up in the place of its index wherever the answer repeats that: in the query of a link to the next page, in a filter. Such a link
 * works, and tells no index. Texts alone; names of members are left as they are. Binary answers, streams of events and, unless they are collected anyway,
 * answers of more than 1 MiB are not looked into.
 */
export const restoreLookups: AnswerStage<RestoreRule> = {
  name: 'data',
  compile(operation, context) {
    const indexes = context.policy.data?.encrypt?.indexes;
    if (indexes === undefined || indexes.size === 0) return null;
    return {
      opened: dataIndex(context).responses(operation, ENCRYPTED),
      maxBytes: Math.min(MAX_LOOKED_BYTES, context.policy.responses.maxBodyBytes),
    };
  },
  wants({ opened, maxBytes }, status, exchange, head) {
    if (soughtBy(exchange) === null || exchange.method === 'HEAD') return false;
    const type = parseMediaType(head.contentType ?? '');
    if (type === null || !LOOKED_FORMATS.has(bodyFormat(type))) return false;
    if ((opened?.of(status)?.select(type) ?? null) !== null) return true;
    return head.collected || (head.length !== null && head.length <= maxBytes);
  },
  // Where indexes must not go out, or fields are opened, others see to it that nothing too large passes.
  mayMiss: () => true,
  decide: () => null,
  edit(_rule, answer, exchange) {
    const sought = soughtBy(exchange);
    if (sought === null || answer.isEmpty) return;
    const text = bytesAsText(answer.bytes());
    if (!mayHoldStray(text)) return;
    if (answer.json !== null) {
      restoreBelow(answer.json, answer.json.root, sought);
      return;
    }
    const restored = restoreSought(text, sought, true);
    if (restored !== text) answer.replaceBytes(textAsBytes(restored));
  },
  describe: () => ['indexes of what the request looked up: what it looked up in their place'],
};

function restoreBelow(json: EditableJson, node: JsonNode, sought: ReadonlyMap<string, string>): void {
  if (node.kind === 'string') {
    const text = json.value(node) as string;
    const made = restoreSought(text, sought, false);
    if (made !== text) json.replace(node, made);
  }
  for (const child of node.members?.values() ?? node.items ?? []) restoreBelow(json, child, sought);
}
