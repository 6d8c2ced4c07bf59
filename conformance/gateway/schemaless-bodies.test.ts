import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';

/** A body of JSON that no schema describes, declared alone and beside another type whose schema leaves no room for anything marked. */
const text = { type: 'string' };
const closed = { type: 'object', properties: { note: text }, additionalProperties: false };
const BESIDE = {
  nothing: {},
  'a text': { 'text/plain': { schema: text } },
  'closed XML': { 'application/xml': { schema: closed } },
  'closed JSON of another type': { 'application/vnd.note+json': { schema: closed } },
  'a closed form': { 'application/x-www-form-urlencoded': { schema: closed } },
  'a file': { 'application/octet-stream': { schema: { ...text, format: 'binary' } } },
  'a picture and a table': { 'image/png': { schema: text }, 'text/csv': { schema: text } },
};
const SECRET = '123-45-6789';
const NAMES = Object.keys(BESIDE);
const json = { 'application/json': {} };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Schemaless', version: '1' },
  paths: Object.fromEntries(
    Object.values(BESIDE).flatMap((content, at): [string, object][] => {
      const bodies = { ...json, ...content };
      return [
        [
          `/in/${at}`,
          {
            post: {
              operationId: `in${at}`,
              security: [],
              requestBody: { content: bodies },
              responses: { 200: { description: 'ok', content: json } },
            },
          },
        ],
        [
          `/out/${at}`,
          {
            get: { operationId: `out${at}`, security: [], responses: { 200: { description: 'ok', content: bodies } } },
          },
        ],
      ];
    }),
  ),
};
const DATA = {
  encrypted: 'data: { encrypt: { fields: [ssn], keys: { file: keys.json, master: master.key } } }\n',
  guarded:
    'data: { classes: { secret: [ssn] }, visible: { secret: [role:admin] }, writable: { secret: [role:admin] } }\n',
  masked: 'data: { classes: { secret: [ssn] }, visible: { secret: [role:admin] }, hidden: { secret: mask } }\n',
};

describe.each(['enforce', 'observe'])('a body of JSON without a schema, where bodies are held to %s', (mode) => {
  const doors = new Map<string, Door>();
  /** What an upstream stored, encrypted by the door. */
  let stored = '';
  beforeAll(async () => {
    for (const [name, data] of Object.entries(DATA))
      doors.set(
        name,
        await openDoor({
          document: DOCUMENT,
          policy: `${data}modes: { body: ${mode}, responses: ${mode}, threats: off }\nlimits: []\n`,
          files: keyFiles(),
          upstream: (request, response) => {
            response.writeHead(200, { 'Content-Type': 'application/json' });
            if (request.method === 'POST') stored = request.body.toString();
            response.end(request.method === 'POST' ? '{}' : name === 'encrypted' ? stored : `{"ssn":"${SECRET}"}`);
          },
        }),
      );
  });
  afterAll(async () => {
    for (const door of doors.values()) await door.close();
  });
  const ask = async (door: string, path: string): Promise<string> =>
    (await fetch(`${doors.get(door)?.url}${path}`, { headers: { Accept: 'application/json' } })).text();
  const send = (door: string, path: string): Promise<Response> =>
    fetch(`${doors.get(door)?.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: `{"person":{"ssn":"${SECRET}"}}`,
    });

  it.each(NAMES)('is encrypted on its way in, and opened on its way out, beside %s', async (name) => {
    const at = NAMES.indexOf(name);
    expect((await send('encrypted', `/in/${at}`)).status).toBe(200);
    expect(stored).toMatch(/^\{"person":\{"ssn":"sp1\.[\w.-]+"\}\}$/);
    expect(await ask('encrypted', `/out/${at}`)).toBe(`{"person":{"ssn":"${SECRET}"}}`);
  });

  it.each(NAMES)('sets and shows nothing that its caller may neither set nor see, beside %s', async (name) => {
    const at = NAMES.indexOf(name);
    const refused = await send('guarded', `/in/${at}`);
    expect(await refused.json()).toMatchObject({ status: 403, code: 'PROPERTY_NOT_WRITABLE' });
    expect(await ask('guarded', `/out/${at}`)).toBe('{}');
    expect(await ask('masked', `/out/${at}`)).not.toContain(SECRET.slice(0, 6));
  });
});
