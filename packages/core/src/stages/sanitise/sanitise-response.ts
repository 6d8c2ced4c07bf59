import { DEFAULT_SANITISE_POLICY, type SanitisePolicy } from '../../policy/sanitise-policy.ts';
import { deny, type FieldError } from '../../verdict/denial.ts';
import { type AnswerPlaces, dataIndex } from '../data/data-index.ts';
import { listMarked } from '../data/marked-nodes.ts';
import { ADDRESS, TEXT } from '../data/marks.ts';
import { readBody } from '../data/read-body.ts';
import { unreadAnswers } from '../data/unread-ranges.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { jsonTexts } from '../json-texts.ts';
import type { AnswerStage } from '../stage.ts';
import type { UpstreamAnswer } from '../upstream-answer.ts';
import { cleanText, mayHoldForbidden, visitTexts } from './clean-values.ts';
import { isCsv, mayBeCsv } from './csv-type.ts';
import { neutraliseCsv } from './neutralise-csv.ts';

/** What the texts of an operation's answers may hold. */
export interface AnswerTextRule {
  readonly id: string;
  readonly policy: SanitisePolicy;
  /** Null where no text is marked, or old data passes. */
  readonly places: AnswerPlaces | null;
  readonly addressesOnly: boolean;
  readonly csv: boolean;
  /** Ranges of declared types in which texts are marked and that are not looked into. */
  readonly unread: readonly string[];
}

const MAX_TOLD = 20;
const MAX_LINES = 50;

/** Cleans what was stored before it was cleaned on its way in: HTML, markup, addresses that run something, formulas in tables. */
export const sanitiseResponse: AnswerStage<AnswerTextRule> = {
  name: 'sanitise',
  compile(operation, context) {
    const policy = context.policy.sanitise ?? DEFAULT_SANITISE_POLICY;
    const places = policy.answers === 'clean' ? dataIndex(context).responses(operation, TEXT | ADDRESS) : null;
    const csv = policy.csv.answers !== 'pass' && operation.responses.some(({ content }) => mayBeCsv(content));
    return places === null && !csv
      ? null
      : {
          id: operation.id,
          policy,
          places,
          csv,
          addressesOnly: dataIndex(context).responses(operation, TEXT) === null,
          unread: unreadAnswers(operation, places),
        };
  },
  wants(rule, status, _exchange, head) {
    const type = parseMediaType(head.contentType ?? '');
    if (rule.csv && isCsv(type)) return true;
    if (type === null || (rule.places?.of(status)?.select(type) ?? null) === null) return false;
    const format = bodyFormat(type);
    return format !== 'xml' && format !== 'event-stream' && format !== 'binary';
  },
  takesPieces: (_rule, _status, _exchange, { contentType }) => jsonTexts(contentType) !== null,
  decide: () => null,
  observe(rule, answer) {
    const errors: FieldError[] = [];
    clean(rule, answer, (pointer) => {
      if (errors.length < MAX_TOLD)
        errors.push({ in: 'body', name: null, pointer, schema: null, keyword: 'markup', message: 'would be cleaned' });
    });
    return errors.length === 0 ? null : deny('TEXT_MARKUP_REFUSED', 'sanitise', { rule: rule.id, errors });
  },
  edit(rule, answer) {
    const edited = clean(rule, answer, (pointer, replace) => {
      replace();
      if (answer.dropped.length < MAX_TOLD) answer.dropped.push(pointer);
    });
    if (edited !== null && answer.json === null) answer.replaceBytes(edited());
  },
  describe(rule) {
    const lines = [...(rule.places?.stated ?? [])].flatMap(([status, places]) =>
      listMarked(places?.all ?? null, MAX_LINES)
        .filter(({ marks }) => marks.texts.length > 0)
        .map(
          ({ pointer, marks }) =>
            `${status === 'DEFAULT' ? 'default' : status}: ${pointer === '' ? 'the body' : pointer}: ${marks.texts.join(', ')}`,
        ),
    );
    if (rule.csv) lines.push(`formulas in CSV: ${rule.policy.csv.answers}`);
    if (rule.unread.length > 0) lines.push(`not looked into: ${rule.unread.join(', ')}`);
    return lines;
  },
};

/** Calls `change` for each text that is to be changed; gives the edited bytes, null where the body is not looked into. */
function clean(
  rule: AnswerTextRule,
  answer: UpstreamAnswer,
  change: (pointer: string, replace: () => void) => void,
): (() => Uint8Array) | null {
  if (answer.isEmpty) return null;
  const type = parseMediaType(answer.header('content-type') ?? '');
  if (type === null) return null;
  let bytes = answer.bytes();
  if (rule.csv && isCsv(type)) {
    const table = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const neutral = neutraliseCsv(table);
    if (neutral !== table)
      change('', () => {
        bytes = new TextEncoder().encode(neutral);
      });
    return () => bytes;
  }
  const place = rule.places?.of(answer.status)?.select(type) ?? null;
  if (rule.addressesOnly && bodyFormat(type) === 'json' && !mayHoldForbidden(bytes, rule.policy)) return null;
  const read = place === null ? null : readBody(bytes, type, () => answer.json);
  if (place === null || read === null) return null;
  visitTexts(read, place, (leaf, text, kinds) => {
    const cleaned = cleanText(text, kinds, rule.policy);
    if (cleaned !== text) change(leaf.pointer, () => leaf.replace(cleaned));
  });
  return () => read.bytes();
}
