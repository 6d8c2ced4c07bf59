import type { JsonNode } from '../../../json/editable-json.ts';
import type { FindingAction } from '../../../policy/data-policy.ts';
import { deny } from '../../../verdict/denial.ts';
import { bodyFormat } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { AnswerStage } from '../../stage.ts';
import type { UpstreamAnswer } from '../../upstream-answer.ts';
import { type AnswerPlaces, dataIndex } from '../data-index.ts';
import { pointerOf } from '../marked-nodes.ts';
import { ENCRYPTED } from '../marks.ts';

/** What becomes of encrypted values in answers in which nothing is to be encrypted. */
export interface StrayRule {
  readonly id: string;
  readonly action: Exclude<FindingAction, 'off'>;
  /** Answers that are opened are looked through there. */
  readonly opened: AnswerPlaces | null;
  /** Larger answers are not collected for this unless they have to be. */
  readonly maxBytes: number;
}

/** What `decide` found, for `edit`. */
const FOUND = new WeakMap<UpstreamAnswer, readonly Stray[]>();
const MARK = /s[pi]1\./;
const STRAY = /(sp1\.[a-z0-9]{1,32}\.[0-9]{1,9}\.[A-Za-z0-9_-]{60,})|si1\.[0-9]{1,9}\.[A-Za-z0-9_-]{22}/g;
const MAX_FINDINGS = 20;
/** Larger answers are not looked into unless they have to be. */
const MAX_BYTES = 1_048_576;
const FORMATS = new Set(['json', 'json-lines', 'text', 'xml', 'form']);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Finds encrypted values and indexes in answers of operations in which nothing is encrypted: a column that somebody forgot to mark, or a value that was
 * moved there. Records place and kind; masks them, or denies, where the policy says so. Unless it denies, streams and answers of more than 1 MiB
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
      maxBytes: Math.min(MAX_BYTES, context.policy.responses.maxBodyBytes),
    };
  },
  wants({ action, opened, maxBytes }, status, exchange, head) {
    if (exchange.method === 'HEAD') return false;
    const type = parseMediaType(head.contentType ?? '');
    // Of one status, one type may be opened and another not.
    if ((opened?.of(status)?.select(type) ?? null) !== null) return false;
    if (type === null || !FORMATS.has(bodyFormat(type))) return false;
    return action === 'block' || head.collected || (head.length !== null && head.length <= maxBytes);
  },
  looksOnly: ({ action }) => action === 'report',
  decide(rule, answer, exchange) {
    if (answer.isEmpty) return null;
    const bytes = answer.bytes();
    if (rule.action !== 'block' && bytes.length > MAX_BYTES) return null;
    // Nearly every answer ends here.
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (!MARK.test(raw)) return null;
    const found = findStray(answer);
    FOUND.set(answer, found);
    for (const { pointer, isIndex } of found.slice(0, Math.max(MAX_FINDINGS - exchange.findings.length, 0)))
      exchange.findings.push({ kind: 'ciphertext', type: isIndex ? 'index' : 'value', pointer, action: rule.action });
    if (rule.action !== 'block' || found.length === 0) return null;
    const facts = { pointer: found[0]?.pointer ?? '', reason: 'in an answer in which nothing is encrypted' };
    return deny('ENCRYPTED_VALUE_INVALID', 'data', { rule: rule.id, facts });
  },
  edit(rule, answer) {
    if (rule.action !== 'mask') return;
    for (const { node, text } of FOUND.get(answer) ?? []) {
      const masked = text.replaceAll(STRAY, '****');
      if (node === null) answer.replaceBytes(new TextEncoder().encode(masked));
      else answer.json?.replace(node, masked);
    }
  },
  describe: ({ action }) => [`encrypted values where none belong: ${DONE[action]}`],
};

const DONE = { report: 'reported', mask: 'masked', block: 'refused' } as const;

interface Stray {
  /** Null where it is the body as a whole. */
  readonly node: JsonNode | null;
  readonly pointer: string;
  readonly text: string;
  readonly isIndex: boolean;
}

function findStray(answer: UpstreamAnswer): readonly Stray[] {
  const { json } = answer;
  if (json === null) return strayIn(null, '', decoder.decode(answer.bytes()));
  const found: Stray[] = [];
  const visit = (node: JsonNode): void => {
    if (json.isEdited(node)) return;
    if (node.kind === 'string') found.push(...strayIn(node, pointerOf(node), json.value(node) as string));
    for (const child of node.members?.values() ?? node.items ?? []) visit(child);
  };
  visit(json.root);
  return found;
}

function strayIn(node: JsonNode | null, pointer: string, text: string): readonly Stray[] {
  STRAY.lastIndex = 0;
  const match = STRAY.exec(text);
  return match === null ? [] : [{ node, pointer, text, isIndex: match[1] === undefined }];
}
