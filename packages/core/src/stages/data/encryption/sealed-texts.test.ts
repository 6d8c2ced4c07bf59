import { describe, expect, it } from 'vitest';
import { EditableJson } from '../../../json/editable-json.ts';
import { sealedTexts } from './sealed-texts.ts';

const FORM = 'application/x-www-form-urlencoded';
const found = (body: string, type: string): number => sealedTexts(Buffer.from(body), type, () => null).length;

describe('sealedTexts', () => {
  it.each([
    ['as it stands', 'ssn=sp1.x'],
    ['percent-encoded', 'ssn=%73p1.x'],
    ['behind an escape of a percent sign', 'ssn=%73p1.123-45-6789\\u0025zz'],
    ['in JSON in a field', 'user=%7B%22ssn%22%3A%22sp1.x%22%7D'],
    ['escaped in JSON in a field', 'user=%7B%22ssn%22%3A%22%5Cu0073p1.x%22%7D'],
  ])('sees one in a form %s', (_, body) => expect(found(body, FORM)).toBe(1));

  it('sees one in lines of JSON, escaped or not', () => {
    expect(found('{"a":"sp1.x"}\n', 'application/x-ndjson')).toBe(1);
    expect(found('{"a":"\\u0073p1.x"}\n', 'application/x-ndjson')).toBe(1);
  });

  it('sees a whole one in the name of a member, and takes no name for one that but begins like it', () => {
    const json = (name: string): string[] => {
      const bytes = Buffer.from(JSON.stringify({ hosts: { [name]: 1 } }));
      return sealedTexts(bytes, 'application/json', () => EditableJson.parse(bytes));
    };
    expect(json(`x\u200bsp1.k.1.${'A'.repeat(60)}`)).toEqual(['/hosts']);
    expect(json('sp1.example.com')).toEqual([]);
  });

  it('sees none where there is none', () => {
    expect(found('ssn=123-45-6789&note=a+sp1.x', FORM)).toBe(0);
  });
});
