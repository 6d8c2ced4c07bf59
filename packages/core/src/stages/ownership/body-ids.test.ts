import { describe, expect, it } from 'vitest';
import { EditableJson } from '../../json/editable-json.ts';
import { jsonIds } from './body-ids.ts';
import { LoosePlace } from './loose-place.ts';

function idsOf(text: string, ...tokens: string[]): unknown {
  const json = EditableJson.parse(new TextEncoder().encode(text));
  if (json === null) throw new Error('no JSON');
  const found = jsonIds(json, new LoosePlace(tokens));
  return found === 'unclear' ? found : found.isMissing ? [...found.ids, 'missing'] : found.ids;
}

describe('jsonIds', () => {
  it.each([
    ['{"items":[{"id":"a"},{"id":7}]}', ['a', '7']],
    ['{"items":[{"id":"a"},{},{"id":"b"},null]}', ['a', 'b', 'missing']],
    ['{"items":[]}', []],
    ['{"items":null}', ['missing']],
    ['{}', ['missing']],
    ['null', ['missing']],
    ['{"items":[{"id":"a","ids":1,"of_id":2}],"item":{}}', ['a']],
    ['{"items":[{"id":"a","ID":"b"}]}', 'unclear'],
    ['{"items":[{"Id":"b"}]}', 'unclear'],
    ['{"items":[{"id":"a","_id":"b"}]}', 'unclear'],
    ['{"items":[{"id":"a","i-d":"b"}]}', 'unclear'],
    ['{"items":[{"id":"a","\\uff49d":"b"}]}', 'unclear'],
    ['{"items":[{"id":"a","id\\u0000x":"b"}]}', 'unclear'],
    ['{"Items":[{"id":"b"}]}', 'unclear'],
    ['{"items":{"0":{"id":"b"}}}', 'unclear'],
    ['{"items":[[{"id":"b"}]]}', 'unclear'],
    ['{"items":["b"]}', 'unclear'],
    ['{"items":"b"}', 'unclear'],
    ['[{"items":[{"id":"b"}]}]', 'unclear'],
    ['{"items":[{"id":null}]}', 'unclear'],
  ])('of %s are %j', (text, expected) => expect(idsOf(text, 'items', '*', 'id')).toEqual(expected));

  it('follow the index of an item', () => {
    expect(idsOf('{"items":["a","b"]}', 'items', '1')).toEqual(['b']);
    expect(idsOf('{"items":["a"]}', 'items', '1')).toEqual(['missing']);
  });
});
