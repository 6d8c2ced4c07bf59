import fc from 'fast-check';

/** Values, expressions, policies and requests of Cedar, at random, in its JSON form. */
export type Json = unknown;

const TYPES = ['User', 'Group', 'Doc'];
const IDS = ['a', 'b', 'c'];
const ATTRIBUTES = ['s', 'n', 'b', 'set', 'rec', 'ent', 'ip', 'dec', 'at', 'dur', 'x y'];
export const TEXTS = ['', 'a', 'b', 'ab', 'abc', 'a*c', 'é', '😀', 'a\\*'];
const IPS = [
  '10.0.0.1',
  '10.0.0.0/8',
  '127.0.0.1',
  '127.0.0.0/7',
  '224.0.0.1',
  '239.1.1.1/3',
  '::1',
  '::1/127',
  '2001:db8::/32',
  '2001:DB8::1',
  'ff00::/8',
  'ff02::1',
  '0.0.0.0/0',
  '::/0',
];
const BAD_IPS = [
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4/33',
  '1.2.3.4/08',
  '::ffff:1.2.3.4',
  '::g',
  '1::2::3',
  '10.0.0.1/',
  'fe80::1%eth0',
  '00001::',
  '1.2.3.4/',
];
const DECIMALS = ['0.0', '1.2', '-1.2', '1.20', '-0.0001', '922337203685477.5807', '-922337203685477.5808', '12.3456'];
const BAD_DECIMALS = ['', '1', '1.', '.1', '1.23456', '+1.0', '922337203685477.5808', 'a', '1.2.3', ' 1.0', '-'];
const MOMENTS = [
  '2024-02-29',
  '1969-12-31',
  '2026-01-31T09:00:00Z',
  '2026-01-31T09:00:00.123Z',
  '2026-01-31T09:00:00+0130',
  '2026-01-31T09:00:00.001-2359',
  '0000-01-01',
  '9999-12-31T23:59:59Z',
  '0099-03-01',
];
const BAD_MOMENTS = [
  '',
  '2023-02-29',
  '2026-13-01',
  '2026-1-01',
  '2026-01-31T24:00:00Z',
  '2026-01-31T09:00:60Z',
  '2026-01-31T09:00:00',
  '2026-01-31T09:00:00.1Z',
  '2026-01-31T09:00:00+01:00',
  '2026-01-31T09:00:00+2400',
  '2026-01-31 09:00:00Z',
  '2026-00-10',
  '2026-04-31',
  '1900-02-29',
];
const DURATIONS = ['0ms', '1d2h3m4s5ms', '-1h', '90m', '-5ms', '24h', '1d', '106751991167d', '00001s'];
const BAD_DURATIONS = [
  '',
  '-',
  '1',
  '1h1d',
  '+1h',
  '1.5h',
  '1 h',
  '9223372036854775808ms',
  '1h-1m',
  '106751991168d',
  'h',
  '1ms1s',
];
export const LONGS = [0, 1, -1, 2, 7, 100, 2 ** 31, 9007199254740991, -9007199254740991];

export const uid = fc.record({ type: fc.constantFrom(...TYPES), id: fc.constantFrom(...IDS) });

function extension(fn: string, good: readonly string[]): fc.Arbitrary<Json> {
  return fc.constantFrom(...good).map((arg) => ({ __extn: { fn, arg } }));
}

/** Plain values, as attributes of entities and members of the context have them. */
const value: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.boolean(),
    fc.constantFrom(...TEXTS),
    fc.constantFrom(...LONGS),
    uid.map((entity) => ({ __entity: entity })),
    extension('ip', IPS),
    extension('decimal', DECIMALS),
    extension('datetime', MOMENTS),
    extension('duration', DURATIONS),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...ATTRIBUTES), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** Attributes that mostly have the type their name says, so that most expressions have a value. */
const MEMBERS = {
  s: fc.constantFrom(...TEXTS),
  n: fc.constantFrom(...LONGS),
  b: fc.boolean(),
  set: fc.array(
    fc.oneof(
      fc.constantFrom(...TEXTS),
      fc.constantFrom(...LONGS),
      uid.map((e) => ({ __entity: e })),
    ),
    { maxLength: 4 },
  ),
  rec: fc.record(
    { s: fc.constantFrom(...TEXTS), n: fc.constantFrom(...LONGS), rec: fc.record({ b: fc.boolean() }) },
    { requiredKeys: [] },
  ),
  ent: uid.map((entity) => ({ __entity: entity })),
  ip: extension('ip', IPS),
  dec: extension('decimal', DECIMALS),
  at: extension('datetime', MOMENTS),
  dur: extension('duration', DURATIONS),
  'x y': value,
};
const attributes: fc.Arbitrary<Record<string, Json>> = fc.oneof(
  { weight: 4, arbitrary: fc.record(MEMBERS) },
  { weight: 1, arbitrary: fc.record(MEMBERS, { requiredKeys: [] }) },
);

export const op = (name: string, operand: Json): Json => ({ [name]: operand });

interface Typed {
  readonly any: Json;
  readonly bool: Json;
  readonly long: Json;
  readonly text: Json;
  readonly set: Json;
  readonly record: Json;
  readonly entity: Json;
  readonly ip: Json;
  readonly decimal: Json;
  readonly moment: Json;
  readonly length: Json;
}

/** Mostly an expression of the wanted type; now and then another, for the errors. */
export const expressions = fc.letrec<Typed>((tie) => {
  const mostly = (name: keyof Typed) =>
    fc.oneof({ weight: 39, arbitrary: tie(name) }, { weight: 1, arbitrary: tie('any') });
  const pair = (name: string, left: keyof Typed, right: keyof Typed = left) =>
    fc.record({ left: mostly(left), right: mostly(right) }).map((operands) => op(name, operands));
  const call = (name: string, ...args: readonly (keyof Typed)[]) =>
    fc.tuple(...args.map(mostly)).map((list) => op(name, list));
  const variable = fc.constantFrom('principal', 'resource', 'context').map((name) => op('Var', name));
  const attribute = (name: string) =>
    fc
      .record({
        left: fc.oneof({ weight: 6, arbitrary: variable }, mostly('entity'), mostly('record')),
        attr: fc.oneof(
          { weight: 29, arbitrary: fc.constant(name) },
          { weight: 1, arbitrary: fc.constantFrom(...ATTRIBUTES) },
        ),
      })
      .map((operands) => op('.', operands));
  const choose = (name: keyof Typed) =>
    fc.record({ if: mostly('bool'), then: tie(name), else: tie(name) }).map((operands) => op('if-then-else', operands));
  const tag = fc.record({ left: mostly('entity'), right: mostly('text') }).map((operands) => op('getTag', operands));
  const literal = (of: fc.Arbitrary<Json>) => of.map((one) => op('Value', one));
  const constructed = (fn: string, good: readonly string[], bad: readonly string[]) =>
    fc
      .oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) })
      .map((text) => op(fn, [op('Value', text)]));
  const leafFirst = (leaves: readonly fc.Arbitrary<Json>[], branches: readonly fc.Arbitrary<Json>[]) =>
    fc.oneof({ depthSize: 'small', maxDepth: 3 }, ...leaves, ...branches);
  return {
    any: fc.oneof(
      { maxDepth: 3 },
      literal(fc.constantFrom<Json>(true, 1, 'a')),
      tie('bool'),
      tie('long'),
      tie('text'),
      tie('set'),
      tie('record'),
      tie('entity'),
      tie('ip'),
      tie('decimal'),
      tie('moment'),
      tie('length'),
      attribute('x y'),
    ),
    bool: leafFirst(
      [literal(fc.boolean())],
      [
        attribute('b'),
        choose('bool'),
        mostly('bool').map((arg) => op('!', { arg })),
        pair('&&', 'bool'),
        pair('||', 'bool'),
        pair('==', 'any'),
        pair('!=', 'any'),
        pair('==', 'set'),
        pair('==', 'record'),
        pair('==', 'ip'),
        ...['long', 'moment', 'length'].flatMap((name) =>
          ['<', '<=', '>', '>='].map((sign) => pair(sign, name as keyof Typed)),
        ),
        pair('in', 'entity'),
        pair('in', 'entity', 'set'),
        pair('contains', 'set', 'any'),
        pair('contains', 'set', 'text'),
        pair('containsAll', 'set'),
        pair('containsAny', 'set'),
        mostly('set').map((arg) => op('isEmpty', { arg })),
        pair('hasTag', 'entity', 'text'),
        fc
          .record({
            left: fc.oneof(mostly('entity'), mostly('record')),
            attr: fc.oneof(
              fc.constantFrom(...ATTRIBUTES).map((name) => [name]),
              fc.constant(['rec', 's']),
              fc.constant(['rec', 'rec', 'b']),
              fc.constant(['ent', 'n']),
            ),
          })
          .map((operands) => op('has', operands)),
        fc
          .record({
            left: mostly('text'),
            pattern: fc.array(
              fc.oneof(
                fc.constant('Wildcard'),
                fc.constantFrom('a', 'b', 'c', '*', 'é', '😀', '\\').map((Literal) => ({ Literal })),
              ),
              { maxLength: 5 },
            ),
          })
          .map((operands) => op('like', operands)),
        fc
          .record({ left: mostly('entity'), entity_type: fc.constantFrom(...TYPES) })
          .map((operands) => op('is', operands)),
        fc
          .record({
            left: mostly('entity'),
            entity_type: fc.constantFrom(...TYPES),
            in: fc.oneof(mostly('entity'), mostly('set')),
          })
          .map((operands) => op('is', operands)),
        ...['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'].map((name) => call(name, 'ip')),
        call('isInRange', 'ip', 'ip'),
        ...['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'].map((name) =>
          call(name, 'decimal', 'decimal'),
        ),
      ],
    ),
    long: leafFirst(
      [literal(fc.constantFrom(...LONGS))],
      [
        attribute('n'),
        choose('long'),
        pair('+', 'long'),
        pair('-', 'long'),
        pair('*', 'long'),
        mostly('long').map((arg) => op('neg', { arg })),
        ...['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'].map((name) => call(name, 'length')),
      ],
    ),
    text: leafFirst(
      [literal(fc.constantFrom(...TEXTS))],
      [attribute('s'), attribute('s'), attribute('s'), choose('text'), tag],
    ),
    set: leafFirst(
      [fc.constant(op('Set', []))],
      [
        attribute('set'),
        choose('set'),
        fc.array(fc.oneof(tie('any'), tie('text'), tie('entity')), { maxLength: 4 }).map((items) => op('Set', items)),
        fc.array(tie('entity'), { maxLength: 3 }).map((items) => op('Set', items)),
      ],
    ),
    record: leafFirst(
      [fc.constant(op('Var', 'context'))],
      [
        attribute('rec'),
        choose('record'),
        fc
          .dictionary(fc.constantFrom(...ATTRIBUTES), tie('any'), { maxKeys: 3 })
          .map((members) => op('Record', members)),
      ],
    ),
    entity: leafFirst(
      [
        fc.constantFrom('principal', 'action', 'resource').map((name) => op('Var', name)),
        literal(uid.map((entity) => ({ __entity: entity }))),
      ],
      [attribute('ent'), choose('entity')],
    ),
    ip: leafFirst([constructed('ip', IPS, BAD_IPS)], [attribute('ip'), choose('ip')]),
    decimal: leafFirst([constructed('decimal', DECIMALS, BAD_DECIMALS)], [attribute('dec'), choose('decimal')]),
    moment: leafFirst(
      [constructed('datetime', MOMENTS, BAD_MOMENTS)],
      [attribute('at'), choose('moment'), call('offset', 'moment', 'length'), call('toDate', 'moment')],
    ),
    length: leafFirst(
      [constructed('duration', DURATIONS, BAD_DURATIONS)],
      [attribute('dur'), choose('length'), call('durationSince', 'moment', 'moment'), call('toTime', 'moment')],
    ),
  };
});

const action = fc.constantFrom('view', 'edit', 'all').map((id) => ({ type: 'Action', id }));

export function scope(entity: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const all = { weight: 9, arbitrary: fc.constant<Json>({ op: 'All' }) };
  return fc.oneof(
    all,
    entity.map((one) => ({ op: '==', entity: one })),
    entity.map((one) => ({ op: 'in', entity: one })),
    fc.constantFrom(...TYPES).map((type) => ({ op: 'is', entity_type: type })),
    fc
      .tuple(fc.constantFrom(...TYPES), entity)
      .map(([type, one]) => ({ op: 'is', entity_type: type, in: { entity: one } })),
  );
}

export const anyAction = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Json>({ op: 'All' }) },
  action.map((entity) => ({ op: '==', entity })),
  action.map((entity) => ({ op: 'in', entity })),
  fc.array(action, { maxLength: 3 }).map((entities) => ({ op: 'in', entities })),
);

/** A policy in Cedar's JSON form. */
export const policyJson: fc.Arbitrary<Json> = fc.record({
  effect: fc.constantFrom('permit', 'permit', 'forbid'),
  principal: scope(uid),
  action: anyAction,
  resource: scope(uid),
  conditions: fc.array(fc.record({ kind: fc.constantFrom('when', 'when', 'unless'), body: expressions.bool }), {
    minLength: 1,
    maxLength: 2,
  }),
});

const tags = fc.dictionary(fc.constantFrom(...TEXTS.filter((text) => text !== '')), value, { maxKeys: 3 });

/** Entities of which none is its own ancestor: a parent has a larger id or a later type. */
export const entitiesJson: fc.Arbitrary<
  {
    uid: { type: string; id: string };
    parents: { type: string; id: string }[];
    attrs: Record<string, Json>;
    tags: Record<string, Json>;
  }[]
> = fc.uniqueArray(uid, { selector: ({ type, id }) => `${type} ${id}`, minLength: 5, maxLength: 9 }).chain((uids) =>
  fc.tuple(
    ...uids.map((one) =>
      fc.record({
        uid: fc.constant(one),
        parents: fc.subarray(uids.filter((other) => rank(other) > rank(one))),
        attrs: attributes,
        tags,
      }),
    ),
  ),
);

function rank({ type, id }: { readonly type: string; readonly id: string }): number {
  return TYPES.indexOf(type) * IDS.length + IDS.indexOf(id);
}

/** Who asks what of what, and under which circumstances. */
export const requestJson = fc.record({
  principal: uid,
  action: fc.constantFrom('view', 'edit').map((id) => ({ type: 'Action', id })),
  resource: uid,
  context: attributes,
});
