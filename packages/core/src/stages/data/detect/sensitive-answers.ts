import type { EditableJson } from '../../../json/editable-json.ts';
import type { JsonNode } from '../../../json/json-node.ts';
import type { FindingAction } from '../../../policy/finding-action.ts';
import { NO_DATA_POLICY, type SensitiveKind } from '../../../policy/data-policy.ts';
import { JsonCursor, textOfRaw } from '../../../json/json-cursor.ts';
import { joinPointer } from '../../../json/json-pointer.ts';
import type { Finding } from '../../../record/access-record.ts';
import { deny, type FieldError } from '../../../verdict/denial.ts';
import { type BodyFormat, bodyFormat } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { AnswerStage } from '../../stage.ts';
import type { UpstreamAnswer } from '../../upstream-answer.ts';
import { type AnswerPlaces, dataIndex } from '../data-index.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { CLASSED, ENCRYPTED, VISIBLE } from '../marks.ts';
import { findSensitive, type SensitiveSpan } from './find-sensitive.ts';
import { LookBudget } from './look-budget.ts';
import { maskSpans } from './mask-spans.ts';
import { nextSensitiveSign } from './sensitive-signs.ts';

/** What is looked for in the answers of an operation. */
export interface SensitiveRule {
  readonly id: string;
  readonly actions: Readonly<Record<SensitiveKind, FindingAction>>;
  /** What is marked is what its owners know of. Null where nothing is. */
  readonly places: AnswerPlaces | null;
  /** Nothing is masked or blocked. */
  readonly reports: boolean;
  /** Ranges of declared types, files aside, that are not looked into. */
  readonly unread: readonly string[];
  /** What is only reported is looked for in so many answers. */
  readonly budget: LookBudget;
}

/** Where something was found: a JSON value, a name of a member, or a text body as a whole. */
interface Hit {
  readonly node: JsonNode | null;
  readonly inName: boolean;
  readonly spans: readonly SensitiveSpan[];
  readonly pointer: string;
}

const MAX_FINDINGS = 20;
/** More are not told apart; what is masked or blocked is looked for to the end. */
const MAX_SPANS = 1_000_000;
/** Answers above this are not looked into where nothing is done but report: looking takes some nanoseconds a byte. */
const MAX_REPORT_BYTES = 1_048_576;

/** What `decide` found, for `edit`. */
const HITS = new WeakMap<UpstreamAnswer, readonly Hit[]>();

/**
 * Finds sensitive data in answers where nothing marks it, by form and check digits: in JSON and in texts. Records place and kind, never the value;
 * masks it, or denies, where the policy says so. What only is reported is looked for in so many answers a second, and not in those of more than
 * 1 MiB, nor in streams.
 */
export const sensitiveAnswers: AnswerStage<SensitiveRule> = {
  name: 'data',
  compile(operation, context) {
    const { detect, sample } = context.policy.data ?? NO_DATA_POLICY;
    const actions = Object.values(detect);
    if (actions.every((action) => action === 'off')) return null;
    if (operation.responses.every(({ content }) => content.length === 0)) return null;
    return {
      id: operation.id,
      actions: detect,
      places: dataIndex(context).responses(operation, CLASSED | VISIBLE | ENCRYPTED),
      reports: !actions.includes('mask') && !actions.includes('block'),
      unread: [...new Set(operation.responses.flatMap(({ content }) => content.map(({ range }) => range)))].filter(
        isUnread,
      ),
      budget: new LookBudget(sample.amount, sample.windowMs),
    };
  },
  wants(rule, _status, exchange, head) {
    if (exchange.method === 'HEAD') return false;
    const type = parseMediaType(head.contentType ?? '');
    const format = type === null ? 'binary' : bodyFormat(type);
    if (!LOOKED_INTO.has(format)) return false;
    if (!rule.reports) return true;
    if (!head.collected && (head.length === null || head.length > MAX_REPORT_BYTES)) return false;
    return rule.budget.take(exchange.nowMs);
  },
  looksOnly: (rule) => rule.reports,
  decide(rule, answer, exchange) {
    if (answer.isEmpty) return null;
    const hits = find(rule, answer);
    if (hits.length === 0) return null;
    HITS.set(answer, hits);
    const errors: FieldError[] = [];
    const blocked = new Set<string>();
    const seen = new Set<string>();
    for (const { spans, pointer } of hits)
      for (const { kind, type } of spans) {
        const action = rule.actions[kind];
        const key = `${type} ${pointer}`;
        if (action === 'off' || seen.has(key)) continue;
        seen.add(key);
        if (exchange.findings.length < MAX_FINDINGS)
          exchange.findings.push({ kind, type, pointer, action } satisfies Finding);
        if (action !== 'block') continue;
        blocked.add(kind);
        if (errors.length < MAX_FINDINGS)
          errors.push({
            in: 'body',
            name: null,
            pointer,
            schema: null,
            keyword: type,
            message: 'holds sensitive data',
          });
      }
    return blocked.size === 0
      ? null
      : deny('DATA_SENSITIVE_FOUND', 'data', { rule: rule.id, errors, facts: { kinds: [...blocked].join(', ') } });
  },
  edit(rule, answer) {
    if (rule.reports) return;
    const json = answer.json;
    for (const { node, inName, spans } of HITS.get(answer) ?? []) {
      const masked = spans.filter(({ kind }) => rule.actions[kind] === 'mask');
      if (masked.length === 0) continue;
      if (node === null) answer.replaceBytes(new TextEncoder().encode(maskSpans(textOf(answer), masked)));
      else if (json === null || json.isEdited(node)) continue;
      // A name cannot be masked without making up another: the member goes.
      else if (inName) json.remove(node);
      else json.replace(node, maskSpans(valueText(json, node), masked));
    }
  },
  describe(rule) {
    const byAction = new Map<FindingAction, SensitiveKind[]>();
    for (const [kind, action] of Object.entries(rule.actions) as [SensitiveKind, FindingAction][])
      byAction.set(action, [...(byAction.get(action) ?? []), kind]);
    const done = { off: 'not looked for', report: 'reported', mask: 'masked', block: 'refused' };
    const unread = rule.unread.length === 0 ? [] : [`not looked into: ${rule.unread.join(', ')}`];
    if (byAction.size === 1)
      return [`sensitive data in unmarked places: ${done[[...byAction.keys()][0] as FindingAction]}`, ...unread];
    const told = [...byAction].map(([action, kinds]) => `${kinds.join(', ')} in unmarked places: ${done[action]}`);
    return [...told, ...unread];
  },
};

const LOOKED_INTO: ReadonlySet<BodyFormat> = new Set(['json', 'text', 'json-lines', 'xml']);

/** Of a range that stands for many types nothing is said, nor of files. */
function isUnread(range: string): boolean {
  const type = range.includes('*') ? null : parseMediaType(range);
  const format = type === null ? 'binary' : bodyFormat(type);
  return format !== 'binary' && !LOOKED_INTO.has(format);
}

/** Most answers end at the first line that looks at their bytes: nothing is made of what has no sign of anything. */
function find(rule: SensitiveRule, answer: UpstreamAnswer): readonly Hit[] {
  const limit = rule.reports ? MAX_FINDINGS * 5 : MAX_SPANS;
  const bytes = answer.bytes();
  if (rule.reports && bytes.length > MAX_REPORT_BYTES) return [];
  const first = nextSensitiveSign(bytes, 0);
  if (first < 0) return [];
  const type = parseMediaType(answer.header('content-type') ?? '');
  const place = rule.places?.of(answer.status)?.select(type) ?? null;
  if (type !== null && bodyFormat(type) === 'json') {
    const hits = findInJson(bytes, first, place, limit);
    if (hits !== null && (rule.reports || hits.length === 0)) return hits;
    const { json } = answer;
    if (json !== null) return new JsonSearch(json, limit).run(place);
  }
  if (place !== null && place.marks !== null) return [];
  const spans = findSensitive(textOf(answer), limit);
  return spans.length === 0 ? [] : [{ node: null, inName: false, spans, pointer: '' }];
}

/** Looks into the strings, numbers and names of a JSON text, of those that have a sign. Null where it is no JSON after all. */
function findInJson(bytes: Uint8Array, first: number, root: MarkedPlace | null, limit: number): readonly Hit[] | null {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const cursor = new JsonCursor(raw);
  const hits: Hit[] = [];
  for (let sign = first; sign >= 0; sign = nextSensitiveSign(bytes, cursor.end)) {
    if (!cursor.seek(sign)) return null;
    const text = cursor.isString ? textOfRaw(raw.slice(cursor.start, cursor.end)) : raw.slice(cursor.start, cursor.end);
    if (text === null) return null;
    const way = wayTo(cursor, root);
    const spans = way === null ? [] : findSensitive(text, limit, cursor.isName ? '' : way.name);
    if (way !== null && spans.length > 0) hits.push({ node: null, inName: cursor.isName, spans, pointer: way.pointer });
    if (hits.length >= limit) break;
  }
  return hits;
}

/** The place of what a cursor found, and the nearest name above it; null where it is marked, or stands in what is. */
function wayTo(
  cursor: JsonCursor,
  root: MarkedPlace | null,
): { readonly pointer: string; readonly name: string } | null {
  let place = root;
  let pointer = '';
  let name = '';
  for (const token of cursor.path()) {
    if (place !== null && place.marks !== null) return null;
    if (typeof token === 'number') {
      place = place?.item(token) ?? null;
      pointer += '/*';
    } else {
      name = textOfRaw(token) ?? token;
      place = place?.member(name) ?? null;
      // A name that is an address or a number of somebody is written down nowhere.
      pointer = findSensitive(name, 1).length > 0 ? `${pointer}/*` : joinPointer(pointer, name);
    }
  }
  return place !== null && place.marks !== null ? null : { pointer, name };
}

/** Looks at the values and names of a JSON tree that are not marked. */
class JsonSearch {
  readonly #json: EditableJson;
  readonly #limit: number;
  readonly #hits: Hit[] = [];

  constructor(json: EditableJson, limit: number) {
    this.#json = json;
    this.#limit = limit;
  }

  run(place: MarkedPlace | null): readonly Hit[] {
    this.#visit(this.#json.root, place, '', '');
    return this.#hits;
  }

  #visit(node: JsonNode, place: MarkedPlace | null, pointer: string, name: string): void {
    // What is marked, what was masked and what was taken out is not looked into.
    if (this.#hits.length >= this.#limit) return;
    if ((place !== null && place.marks !== null) || this.#json.isEdited(node)) return;
    if (node.members !== null) {
      for (const [key, member] of node.members) this.#visitMember(key, member, place?.member(key) ?? null, pointer);
    } else if (node.items !== null) {
      for (const [index, item] of node.items.entries())
        this.#visit(item, place?.item(index) ?? null, `${pointer}/*`, name);
    } else if (node.kind === 'string' || node.kind === 'number') {
      const spans = findSensitive(valueText(this.#json, node), this.#limit, name);
      if (spans.length > 0) this.#hits.push({ node, inName: false, spans, pointer });
    }
  }

  #visitMember(key: string, member: JsonNode, place: MarkedPlace | null, pointer: string): void {
    const spans = place === null || place.marks === null ? findSensitive(key, this.#limit) : [];
    // A name that is an address or a number of somebody is written down nowhere.
    const at = spans.length > 0 ? `${pointer}/*` : joinPointer(pointer, key);
    if (spans.length > 0) this.#hits.push({ node: member, inName: true, spans, pointer: at });
    this.#visit(member, place, at, key);
  }
}

function valueText(json: EditableJson, node: JsonNode): string {
  return node.kind === 'string' ? (json.value(node) as string) : json.raw(node);
}

function textOf(answer: UpstreamAnswer): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(answer.bytes());
}
