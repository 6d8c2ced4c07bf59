import { ANONYMOUS } from '../../principal.ts';
import type { Audience } from '../../policy/data-policy.ts';
import { NO_DATA_POLICY } from '../../policy/data-policy.ts';
import { deny, type FieldError } from '../../verdict/denial.ts';
import { parseMediaType } from '../validation/media-type.ts';
import type { DataStage } from '../stage.ts';
import { audiencesOf } from './audiences.ts';
import type { BodyPlaces } from './body-places.ts';
import { dataIndex } from './data-index.ts';
import { listMarked } from './marked-nodes.ts';
import { admits, renderAudience, WRITABLE } from './marks.ts';
import { hasFields, readBody } from './read-body.ts';
import { StepBudget } from './step-budget.ts';
import { unreadRanges } from './unread-ranges.ts';

/** Who may set which properties of an operation's request bodies. */
export interface WritableRule {
  readonly id: string;
  readonly places: BodyPlaces;
  /** Who is in all of these may set everything. */
  readonly audiences: readonly (readonly Audience[])[];
  /** Ranges of declared types in which properties are marked and cannot be told apart. */
  readonly unread: readonly string[];
}

const MAX_ERRORS = 20;
const MAX_LINES = 50;

/**
 * Refuses a body that sets a property which its sender may not set (mass assignment; `x-sallyport-writable`, `data.writable`): by name, whatever
 * the value. A body in which properties cannot be told apart is refused to everyone who may not set all of them.
 */
export const writableProperties: DataStage<WritableRule> = {
  name: 'properties',
  compile(operation, context) {
    const places = dataIndex(context).request(operation, WRITABLE);
    if (places === null) return null;
    const { classes, writable } = context.policy.data ?? NO_DATA_POLICY;
    const stated = [...writable].filter(([name]) => classes.has(name)).map(([, list]) => list);
    const unread = unreadRanges(operation.requestBody?.content ?? [], places);
    return { id: operation.id, places, audiences: audiencesOf(places.all, 'writable', stated), unread };
  },
  readsBody: () => true,
  decide(rule, exchange) {
    const { body } = exchange;
    if (body === null || body.length === 0) return null;
    const principal = exchange.principal ?? ANONYMOUS;
    if (admits(rule.audiences, principal)) return null;
    const type = parseMediaType(exchange.headers.contentType ?? '');
    const place = rule.places.select(type);
    if (place === null) return null;
    const read = type === null ? null : readBody(body, type, () => exchange.json);
    if (type === null || read === null || (hasFields(type) && read.isDoubtful(place, new StepBudget())))
      return deny('PROPERTY_BODY_UNREADABLE', 'properties', { rule: rule.id });
    const errors: FieldError[] = [];
    const audiences = new Set<string>();
    read.visit(place, ({ marks, pointer }) => {
      if (admits(marks.writable, principal)) return true;
      if (errors.length < MAX_ERRORS) {
        audiences.add(renderAudience(marks.writable));
        errors.push({
          in: 'body',
          name: null,
          pointer,
          schema: null,
          keyword: 'writable',
          message: 'may not be set by this caller',
        });
      }
      return false;
    });
    return errors.length === 0
      ? null
      : deny('PROPERTY_NOT_WRITABLE', 'properties', {
          rule: rule.id,
          errors,
          facts: { needs: [...audiences].join('; ') },
        });
  },
  describe(rule) {
    const listed = listMarked(rule.places.all, MAX_LINES);
    return [
      ...listed
        .filter(({ marks }) => marks.writable.length > 0)
        .map(
          ({ pointer, marks }) =>
            `${pointer === '' ? 'the body' : pointer} set by ${renderAudience(marks.writable)} only`,
        ),
      ...rule.unread.map((range) => `${range}: refused to who may not set all of these, for it is not looked into`),
      ...(listed.length === 0 ? ['undeclared members of classified names, as data.writable says'] : []),
    ];
  },
};
