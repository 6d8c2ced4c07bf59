import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';

const ATTACK = "x' or '7'='7";
const CANARY = 'hunter2';
const note = { type: 'object', properties: { text: { type: 'string' }, state: { enum: ['open', 'closed'] } } };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1' },
  paths: {
    '/notes': {
      get: {
        operationId: 'findNotes',
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
      post: {
        operationId: 'writeNote',
        requestBody: { content: { 'application/json': { schema: note }, 'application/xml': {} } },
        responses: { 200: { description: 'ok' } },
      },
    },
  },
};

let door: Door;
afterEach(() => door.close());

const write = (body: string, type = 'application/json'): Promise<Response> =>
  fetch(`${door.url}/notes`, { method: 'POST', body, headers: { 'Content-Type': type } });
const find = (q: string): Promise<Response> => fetch(`${door.url}/notes?q=${encodeURIComponent(q)}`);

describe('threats through a door', () => {
  it('refuses with the place alone, and records category, score and feature without the value', async () => {
    door = await openDoor({ document: DOCUMENT });
    const answer = await write(JSON.stringify({ text: `${ATTACK} ${CANARY}` }));
    const problem = (await answer.json()) as { code: string; errors: object[]; requestId: string };
    expect([answer.status, problem.code]).toEqual([403, 'THREAT_DETECTED']);
    expect(problem.errors).toEqual([
      { in: 'body', name: null, pointer: '/text', schema: null, keyword: 'threat', message: 'is not accepted' },
    ]);
    expect(JSON.stringify(problem)).not.toMatch(/sql|score/);
    await until(() => door.logText().includes(problem.requestId));
    expect(door.logText()).toContain('"category":"sql"');
    expect(door.logText()).not.toContain(CANARY);
    expect(door.seen).toEqual([]);
  });

  it('lets honest text through, and hands on byte for byte what it looked at', async () => {
    door = await openDoor({ document: DOCUMENT });
    const body = JSON.stringify({ text: "O'Brien & Ann; 5 > 3, or so (see {notes})", state: 'open' });
    expect((await write(body)).status).toBe(200);
    expect((await find("Ann's 2 or 3 notes; please select one")).status).toBe(200);
    expect(door.seen[0]?.body.toString()).toBe(body);
  });

  it('observes where it is told to: the request goes on, and the log and the metrics say what would have been refused', async () => {
    door = await openDoor({ document: DOCUMENT, policy: 'modes: { threats: observe }' });
    expect((await find(ATTACK)).status).toBe(200);
    await until(() => door.logText().includes('THREAT_DETECTED'));
    const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    expect(metrics).toContain('sallyport_threats_total{category="sql",mode="observe"} 1');
    expect(door.seen).toHaveLength(1);
  });

  it('looks into XML, which no schema is held against', async () => {
    door = await openDoor({ document: DOCUMENT });
    expect(
      (await write('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]><a>&b;</a>', 'application/xml')).status,
    ).toBe(403);
    expect(
      (await write('<note><link href="https://example.com/"/>Ann &amp; Bob</note>', 'application/xml')).status,
    ).toBe(200);
  });
});
