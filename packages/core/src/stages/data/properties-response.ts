import { type Audience, type DataPolicy, NO_DATA_POLICY } from '../../policy/data-policy.ts';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { deny, type FieldError } from '../../verdict/denial.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { jsonTexts } from '../json-texts.ts';
import type { AnswerStage } from '../stage.ts';
import type { UpstreamAnswer } from '../upstream-answer.ts';
import { audiencesOf } from './audiences.ts';
import { type AnswerPlaces, dataIndex } from './data-index.ts';
import { listMarked, type MarkedPlace } from './marked-nodes.ts';
import { maskText } from './mask-text.ts';
import { admits, type Marks, renderAudience, VISIBLE } from './marks.ts';
import type { ReadBody } from './marked-value.ts';
import { readBody } from './read-body.ts';
import { unreadAnswers } from './unread-ranges.ts';

/** Who sees which properties of an operation's answers. */
export interface VisibleRule {
  readonly id: string;
  readonly places: AnswerPlaces;
  /** Who is in all of these sees everything. */
  readonly audiences: readonly (readonly Audience[])[];
  readonly policy: DataPolicy;
  /** Ranges of declared types in which properties are marked and cannot be told apart. */
  readonly unread: readonly string[];
}

const MAX_TOLD = 20;
const MAX_LINES = 50;

/**
 * Keeps back what the caller may not see (`x-sallyport-visible`, `data.visible`): members and items are left out, required or not, or their texts are
 * masked. An answer that is hidden as a whole, and one in which properties cannot be told apart, is denied.
 */
export const visibleProperties: AnswerStage<VisibleRule> = {
  name: 'properties',
  compile(operation, context) {
    const places = dataIndex(context).responses(operation, VISIBLE);
    if (places === null) return null;
    const policy = context.policy.data ?? NO_DATA_POLICY;
    const stated = [...policy.visible].filter(([name]) => policy.classes.has(name)).map(([, list]) => list);
    const audiences = [...places.stated.values()].flatMap((one) => audiencesOf(one?.all ?? null, 'visible', stated));
    return {
      id: operation.id,
      places,
      audiences: [...audiences, ...stated],
      policy,
      unread: unreadAnswers(operation, places),
    };
  },
  wants(rule, status, exchange, { contentType }) {
    const places = rule.places.of(status);
    if (places === null || admits(rule.audiences, exchange.principal ?? ANONYMOUS)) return false;
    const type = parseMediaType(contentType ?? '');
    const place = places.select(type);
    // A file or a text has no members: where it is not marked as a whole, it goes on as it comes, however large it is.
    return place !== null && (type === null || place.marks !== null || !isWhole(type));
  },
  takesPieces(rule, status, exchange, { contentType }) {
    if (jsonTexts(contentType) === null) return false;
    const marks = rule.places.of(status)?.select(parseMediaType(contentType ?? ''))?.marks ?? null;
    return marks === null || admits(marks.visible, exchange.principal ?? ANONYMOUS);
  },
  decide(rule, answer, exchange) {
    if (answer.isEmpty) return null;
    const found = read(rule, answer);
    if (found === null) return null;
    const { body, place } = found;
    if (body === null) return deny('PROPERTY_ANSWER_UNREADABLE', 'properties', { rule: rule.id });
    const { marks } = place;
    return marks !== null && !admits(marks.visible, exchange.principal ?? ANONYMOUS)
      ? deny('PROPERTY_ANSWER_HIDDEN', 'properties', { rule: rule.id, facts: { needs: renderAudience(marks.visible) } })
      : null;
  },
  observe(rule, answer, exchange) {
    const denial = visibleProperties.decide(rule, answer, exchange);
    const found = denial === null ? read(rule, answer) : null;
    if (found === null) return denial;
    const errors: FieldError[] = [];
    visitHidden(found, exchange.principal ?? ANONYMOUS, (_, pointer) => {
      if (errors.length < MAX_TOLD)
        errors.push({
          in: 'body',
          name: null,
          pointer,
          schema: null,
          keyword: 'visible',
          message: 'would be kept back',
        });
    });
    return errors.length === 0 ? null : deny('PROPERTY_ANSWER_HIDDEN', 'properties', { rule: rule.id, errors });
  },
  edit(rule, answer, exchange) {
    const found = read(rule, answer);
    if (found === null || found.body === null) return;
    visitHidden(found, exchange.principal ?? ANONYMOUS, (value, pointer) => {
      const text = isMasked(value.marks, rule.policy) ? value.text() : null;
      if (text !== null) value.replace(maskText(text));
      else value.remove();
      if (answer.dropped.length < MAX_TOLD) answer.dropped.push(pointer);
    });
    if (answer.json === null) answer.replaceBytes(found.body.bytes());
  },
  describe(rule) {
    const lines = [...rule.places.stated].flatMap(([status, places]) =>
      listMarked(places?.all ?? null, MAX_LINES)
        .filter(({ marks }) => marks.visible.length > 0)
        .map(
          ({ pointer, marks }) =>
            `${status === 'DEFAULT' ? 'default' : status}: ${pointer === '' ? 'the body' : pointer} seen by ${renderAudience(marks.visible)} only, ${isMasked(marks, rule.policy) ? 'masked' : 'left out'} for others`,
        ),
    );
    const unread = rule.unread.map(
      (range) => `${range}: refused to who may not see all of these, for it is not looked into`,
    );
    return [...lines, ...unread];
  },
};

interface Found {
  readonly body: ReadBody | null;
  readonly place: MarkedPlace;
}

/** Null where nothing of this answer is marked. */
function read(rule: VisibleRule, answer: UpstreamAnswer): Found | null {
  const places = rule.places.of(answer.status);
  if (places === null || answer.isEmpty) return null;
  const type = parseMediaType(answer.header('content-type') ?? '');
  const place = places.select(type);
  if (place === null) return null;
  return { body: type === null ? null : readBody(answer.bytes(), type, () => answer.json), place };
}

function isWhole(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'binary' || format === 'text';
}

type HiddenVisitor = (
  value: { readonly marks: Marks; text(): string | null; remove(): boolean; replace(text: string): void },
  pointer: string,
) => void;

function visitHidden(found: Found, principal: Principal, visit: HiddenVisitor): void {
  found.body?.visit(found.place, (value) => {
    if (admits(value.marks.visible, principal)) return true;
    visit(value, value.pointer);
    return false;
  });
}

/** Masked only where everything that is said of it says so; what is encrypted says so of itself, but for what its classes say. */
function isMasked({ classes, encrypted }: Marks, { hidden, hiddenElse: otherwise }: DataPolicy): boolean {
  const hiddenElse = encrypted ? 'mask' : otherwise;
  if (classes.length === 0) return hiddenElse === 'mask';
  return classes.every((name) => (hidden.get(name) ?? hiddenElse) === 'mask');
}
