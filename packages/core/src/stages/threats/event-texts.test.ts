import { describe, expect, test } from 'vitest';
import { visitEvents, UNKNOWN_EVENTS } from './event-texts.ts';
import { operationWith } from './testing/operation-under-test.ts';
import { WHOLE } from './threat-judge.ts';

const TYPE = 'text/event-stream';
const text = { type: 'string' };
const found = (media: object, settings = ''): ((body: string) => string) => {
  const operation = operationWith({ requestBody: { content: { [TYPE]: media } } }, { openapi: '3.2.0', settings });
  return (body) => operation({ type: TYPE, body });
};
const said = (itemSchema: object, settings = ''): ((body: string) => string) => found({ itemSchema }, settings);

describe('the data of a server-sent event is one text, however many lines it came in', () => {
  test.each([
    ["data: x' or\ndata:  '7'='7\n\n", 'sql'],
    ["data:x' or\r\nid: 7\r\n: a note\r\ndata:'7'='7\r\n\r\n", 'sql'],
    ["data: x' or\rdata\rdata:'7'='7\r\r", 'sql'],
    ['data: 1 union\ndata: select password from users\n\n', 'sql'],
    [`data: {"text":\ndata: "x' or '7'='7"}\n\n`, 'sql'],
    ['data: {"text":\ndata: "\\u003cscript\\u003ef()"}', 'markup'],
    ["event: x' or '7'='7\n\n", 'sql'],
    ["id: x' or '7'='7\n\n", 'sql'],
    [": x' or '7'='7\n\n", 'sql'],
    ["note: x' or '7'='7\n\n", 'sql'],
    ["x' or '7'='7\n\n", 'sql'],
  ])('%j', (body, category) => {
    for (const media of [{}, { itemSchema: { properties: { data: text } } }]) expect(found(media)(body)).toBe(category);
    expect(found({}, 'modes: { body: observe }')(body)).toBe(category);
  });

  test.each([
    "event: note\nid: 7\ndata: O'Brien & Ann\ndata: a second line; or a third\n\n: keep-alive\n\nretry: 3000\n\n",
    `data: {"name":"O'Brien","note":"it's 5 > 3"}\n\ndata: {"name":"Ann","note":"'or' is a word"}\n\n`,
    "data: x' or\n\ndata: '7'='7\n\n",
    '\n\n\n',
  ])('and nothing is found in %j', (body) => {
    expect(found({})(body)).toBe('null');
    expect(found({}, 'modes: { body: observe }')(body)).toBe('null');
  });
});

describe('the data of an event is looked at as what the schema of events says', () => {
  const event = (data: object): object => ({ properties: { data, event: { enum: ['note'] } } });
  const inner = { properties: { u: { type: 'string', format: 'uri' }, state: { enum: ["x' or '7'='7"] } } };
  const json = event({ type: 'string', contentMediaType: 'application/json', contentSchema: inner });

  test('as the JSON that its contentSchema describes, where that is held to it', () => {
    expect(said(json)('data: {"u":\ndata: "http://10.0.0.1/"}\n\n')).toBe('ssrf');
    expect(said(json)('data: {"other": "http://10.0.0.1/"}\n\n')).toBe('null');
    expect(said(json)(`data: {"state":"x' or '7'='7"}\n\n`)).toBe('null');
    expect(said(json, 'modes: { body: observe }')(`data: {"state":"x' or '7'='7"}\n\n`)).toBe('sql');
    expect(said(json, 'modes: { body: observe }')('data: {"u": "http://10.0.0.1/"}\n\n')).toBe('ssrf');
  });

  test('but its name always: the check of bodies asks for that of the last, in an event with data', () => {
    expect(said(event(text))("event: x' or '7'='7\nevent: note\ndata: a\n\n")).toBe('sql');
    expect(said(event(text))("event: x' or '7'='7\n\n")).toBe('sql');
    expect(said(event(text))('event: note\ndata: a\n\n')).toBe('null');
  });

  test('as a URI, and not at all where it confines the text', () => {
    expect(said(event({ type: 'string', format: 'uri' }))('data: http://10.0.0.1/\n\n')).toBe('ssrf');
    expect(said(event(text))('data: http://10.0.0.1/\n\n')).toBe('null');
    const listed = event({ enum: ["x' or '7'='7"] });
    expect(said(listed)("data: x' or '7'='7\n\n")).toBe('null');
    expect(said(listed, 'modes: { body: observe }')("data: x' or '7'='7\n\n")).toBe('sql');
  });
});

test('a text is told of with the field that it stands in', () => {
  const places: string[] = [];
  visitEvents(
    'data: {"a":\ndata: ["1 or 7"]}\nid: it;\n\n',
    UNKNOWN_EVENTS,
    true,
    { in: 'body', name: null, tokens: WHOLE },
    (_text, _uri, { tokens }) => places.push(tokens().join('/')),
  );
  expect(new Set(places)).toEqual(new Set(['data', 'data/a/0', 'id']));
});

test('linear_time: a mebibyte of lines', () => {
  for (const unit of ['\n', 'data\n', 'data:{\n', ':\r', 'data: "\n', "id: '\n"])
    found({})(unit.repeat(1_048_576 / unit.length));
}, 60_000);
