import type { JsonNode } from '../../../json/json-node.ts';
import type { FindingAction } from '../../../policy/finding-action.ts';
import { deny } from '../../../verdict/denial.ts';
import { bodyFormat } from '../../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../../validation/media-type.ts';
import type { AnswerStage } from '../../stage.ts';
import type { UpstreamAnswer } from '../../upstream-answer.ts';
import { type AnswerPlaces, dataIndex } from '../data-index.ts';
import { pointerOf } from '../marked-nodes.ts';
import { ENCRYPTED } from '../marks.ts';
import { bytesAsText, LOOKED_FORMATS, MAX_LOOKED_BYTES, textAsBytes } from './restore-lookups.ts';
import { maskStrays, mayHoldStray, strayIn } from './stray-texts.ts';

/** What becomes of encrypted values and indexes where none belong. */
export interface StrayRule {
  readonly id: string;
  readonly action: Exclude<FindingAction, 'off'>;
  /** Answers that are opened are there whole. */
  readonly opened: AnswerPlaces | null;
  /** Larger answers are not collected for this unless they have to be. */
  readonly maxBytes: number;
}

/** What `decide` found, for `edit`. */
const FOUND = new WeakMap<UpstreamAnswer, readonly Stray[]>();
/** Of one answer, in its body and its headers. */
export const MAX_FINDINGS = 20;

/**
 * Finds encrypted values and indexes where none belong: a column that somebody forgot to mark, a value that was moved, an index that the API repeats. Looks at
 * texts and at names of members. Records place and kind; masks them, or denies, where the policy says so; a member whose name holds one is left out. In answers that are
 * opened no encrypted value is left by then, but an index may be. Unless it denies, streams and answers of more than 1 MiB that nothing is opened in
 * are not looked into. Binary answers and streams of events never are.
 */
export const strayCiphertexts: AnswerStage<StrayRule> = {
  name: 'data',
  compile(operation, context) {
    const encrypt = context.policy.data?.encrypt ?? null;
    if (encrypt === null || encrypt.elsewhere === 'off') return null;
    return {
      id: operation.id,
      action: encrypt.elsewhere,
      opened: dataIndex(context).responses(operation, ENCRYPTED),
      maxBytes: Math.min(MAX_LOOKED_BYTES, context.policy.responses.maxBodyBytes),
    };
  },
  wants({ action, opened, maxBytes }, status, exchange, head) {
    if (exchange.method === 'HEAD') return false;
    const type = parseMediaType(head.contentType ?? '');
    // Of one status, one type may be opened and another not.
    if (isOpened(opened, status, type)) return type === null || bodyFormat(type) !== 'binary';
    if (type === null || !LOOKED_FORMATS.has(bodyFormat(type))) return false;
    return action === 'block' || head.collected || (head.length !== null && head.length <= maxBytes);
  },
  looksOnly: ({ action }) => action === 'report',
  mayMiss: ({ action }) => action !== 'block',
  decide(rule, answer, exchange) {
    if (answer.isEmpty) return null;
    const bytes = answer.bytes();
    const type = parseMediaType(answer.header('content-type') ?? '');
    if (rule.action !== 'block' && bytes.length > MAX_LOOKED_BYTES && !isOpened(rule.opened, answer.status, type))
      return null;
    // Nearly every answer ends here.
    if (!mayHoldStray(bytesAsText(bytes))) return null;
    const found = findStray(answer);
    FOUND.set(answer, found);
    for (const { pointer, type: kind } of found.slice(0, Math.max(MAX_FINDINGS - exchange.findings.length, 0)))
      exchange.findings.push({ kind: 'ciphertext', type: kind, pointer, action: rule.action });
    if (rule.action !== 'block' || found.length === 0) return null;
    const facts = { pointer: found[0]?.pointer ?? '', reason: 'where nothing is encrypted' };
    return deny('ENCRYPTED_VALUE_INVALID', 'data', { rule: rule.id, facts });
  },
  edit(rule, answer) {
    if (rule.action !== 'mask') return;
    for (const { node, isName, text } of FOUND.get(answer) ?? []) {
      if (node === null) answer.replaceBytes(textAsBytes(maskStrays(text)));
      // Two masked names would be one.
      else if (isName) answer.json?.remove(node);
      else answer.json?.replace(node, maskStrays(text));
    }
  },
  describe: ({ action }) => [`encrypted values where none belong: ${DONE[action]}`],
};

const DONE = { report: 'reported', mask: 'masked', block: 'refused' } as const;

interface Stray {
  /** Null where it is the body as a whole. */
  readonly node: JsonNode | null;
  /** True where it stands in the name of the member. */
  readonly isName: boolean;
  readonly pointer: string;
  readonly text: string;
  readonly type: 'value' | 'index';
}

function isOpened(opened: AnswerPlaces | null, status: number, type: ParsedMediaType | null): boolean {
  return (opened?.of(status)?.select(type) ?? null) !== null;
}

function findStray(answer: UpstreamAnswer): readonly Stray[] {
  const { json } = answer;
  const found: Stray[] = [];
  const look = (node: JsonNode | null, isName: boolean, pointer: () => string, text: string): boolean => {
    const type = strayIn(text);
    if (type !== null) found.push({ node, isName, pointer: pointer(), text, type });
    return type !== null;
  };
  if (json === null) {
    look(null, false, () => '', bytesAsText(answer.bytes()));
    return found;
  }
  const visit = (node: JsonNode): void => {
    const { key, parent } = node;
    // The pointer of such a member would hold it.
    if (typeof key === 'string' && parent !== null && look(node, true, () => pointerOf(parent), key)) return;
    if (node.kind === 'string') look(node, false, () => pointerOf(node), json.value(node) as string);
    for (const child of node.members?.values() ?? node.items ?? []) visit(child);
  };
  visit(json.root);
  return found;
}
