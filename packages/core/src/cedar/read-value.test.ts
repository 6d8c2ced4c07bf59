import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EditableJson } from '../json/editable-json.ts';
import { type CedarType, recordType } from './cedar-type.ts';
import { EvaluationError } from './evaluation-error.ts';
import { valueOfJs, valueOfNode, valueOfText } from './read-value.ts';
import { CedarRecord, type CedarValue, valueKey } from './value.ts';

const DECIMAL: CedarType = { kind: 'decimal' };
const LONG: CedarType = { kind: 'Long' };
const DATETIME: CedarType = { kind: 'datetime' };
const IP: CedarType = { kind: 'ipaddr' };

function node(text: string, type: CedarType): CedarValue | null {
  const json = EditableJson.parse(new TextEncoder().encode(text));
  if (json === null) throw new Error('no JSON');
  return valueOfNode(json, json.root, type);
}

const key = (value: CedarValue | null): string | null => (value === null ? null : valueKey(value));

describe('valueOfNode', () => {
  it.each([
    ['1000', 'd10000000'],
    ['1e3', 'd10000000'],
    ['12.5', 'd125000'],
    ['-0.0001', 'd-1'],
    ['-0', 'd0'],
    ['1.00000', 'd10000'],
    ['922337203685477.5807', 'd9223372036854775807'],
  ])('reads the decimal %s by its digits', (text, expected) => expect(key(node(text, DECIMAL))).toBe(expected));

  it.each(['1.00001', '1000.00000000000000001', '922337203685477.5808', '1e999', '1e-400', '"1.0"', 'null', 'true'])(
    'reads no decimal from %s, and rounds nothing',
    (text) => expect(node(text, DECIMAL)).toBeNull(),
  );

  it.each([
    ['9007199254740993', 'n9007199254740993'],
    ['1.0', 'n1'],
    ['1e2', 'n100'],
    ['-9223372036854775808', 'n-9223372036854775808'],
  ])('reads the whole number %s exactly', (text, expected) => expect(key(node(text, LONG))).toBe(expected));

  it.each(['9223372036854775808', '1.5', '"1"', '1e30'])('reads no whole number from %s', (text) =>
    expect(node(text, LONG)).toBeNull(),
  );

  it('reads members when they are asked for: one that cannot be read is there, and an error', () => {
    const record = node(
      '{"good":1,"bad":"x","none":null,"other":2}',
      recordType([
        ['good', { type: LONG, required: true }],
        ['bad', { type: LONG, required: true }],
        ['none', { type: LONG, required: false }],
        ['absent', { type: LONG, required: false }],
      ]),
    ) as CedarRecord;
    expect([...record.names()]).toEqual(['good', 'bad']);
    expect(record.get('good')).toBe(1);
    expect(record.has('bad')).toBe(true);
    expect(() => record.get('bad')).toThrow(EvaluationError);
    expect(record.has('none')).toBe(false);
    expect(record.get('absent')).toBeUndefined();
    expect(record.has('other')).toBe(false);
    expect(record.has('toString')).toBe(false);
  });

  it('reads sets without order, and none where an item is of another type', () => {
    const longs: CedarType = { kind: 'Set', of: LONG };
    expect(key(node('[2,1,2]', longs))).toBe(key(node('[1,2]', longs)));
    expect(node('[1,"2"]', longs)).toBeNull();
    expect(node('[1,null]', longs)).toBeNull();
    expect(node('{}', longs)).toBeNull();
  });

  it('reads_as_json_does: numbers that a double holds exactly are the same to both', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(node(JSON.stringify(value), LONG)).toBe(value === 0 ? 0 : value);
        expect(valueOfJs(value, LONG)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('valueOfText', () => {
  it.each([
    ['2026-01-31', 'm1769817600000'],
    ['2026-01-31T09:00:00Z', 'm1769850000000'],
    ['2026-01-31t09:00:00.5z', 'm1769850000500'],
    ['2026-01-31T10:00:00.123456+01:00', 'm1769850000123'],
  ])('reads the moment %s', (text, expected) => expect(key(valueOfText(text, DATETIME))).toBe(expected));

  it.each([
    '2026-02-31',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    '2026-01-31T24:30:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-31T09:00',
    'now',
    '',
  ])('reads no moment from %j', (text) => expect(valueOfText(text, DATETIME)).toBeNull());

  it('reads addresses and no ranges', () => {
    expect(key(valueOfText('10.0.0.1', IP))).toBe('i10.0.0.1/32');
    expect(valueOfText('10.0.0.0/8', IP)).toBeNull();
    expect(valueOfText('010.0.0.1', IP)).toBeNull();
    expect(valueOfText('::ffff:10.0.0.1', IP)).toBeNull();
  });

  it('takes only true and false for booleans, and texts as they are', () => {
    expect(valueOfText('true', { kind: 'Boolean' })).toBe(true);
    expect(valueOfText('TRUE', { kind: 'Boolean' })).toBeNull();
    expect(valueOfText('007', { kind: 'String' })).toBe('007');
  });
});
