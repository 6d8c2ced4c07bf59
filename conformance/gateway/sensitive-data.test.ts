import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';
import { detailOf } from './documents.ts';

const CARD = '4111111111111111';
const IBAN = 'DE89370400440532013000';
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const text = { type: 'string' };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Sensitive', version: '1' },
  paths: {
    '/notes': {
      get: {
        operationId: 'notes',
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    note: text,
                    card: { type: 'string', 'x-sallyport-data': 'secret' },
                    list: { type: 'array', items: { type: 'object', properties: { note: text } } },
                    map: { type: 'object', additionalProperties: text },
                    number: { type: 'integer' },
                  },
                },
              },
              'text/csv': {},
              'text/plain': {},
              'application/octet-stream': {},
            },
          },
        },
      },
    },
  },
};

let door: Door;
afterEach(() => door.close());

async function ask(policy: string, body: string, type = 'application/json', chunked = false): Promise<Response> {
  door = await openDoor({
    document: DOCUMENT,
    policy,
    upstream: (_request, response) => {
      response.setHeader('Content-Type', type);
      if (!chunked) response.setHeader('Content-Length', Buffer.byteLength(body));
      response.write(body);
      response.end();
    },
  });
  return fetch(`${door.url}/notes`);
}

async function findings(): Promise<string[]> {
  await until(() => door.log.length === 1);
  const found = (detailOf(door.log[0])['findings'] ?? []) as { type: string; pointer: string; action: string }[];
  return found.map(({ type, pointer, action }) => `${type} ${pointer} ${action}`);
}

describe('sensitive data in responses', () => {
  it('is recorded by place and kind where nothing marks it, once a place, and never the value', async () => {
    const body = JSON.stringify({
      note: `card ${CARD}`,
      card: CARD,
      list: [{ note: 'a@example.org' }, { note: 'b@example.org' }],
      map: { 'someone@example.org': 'x', [IBAN]: 'y' },
      number: 4111111111111111,
    });
    const answer = await ask('', body);
    expect(await answer.text()).toBe(body);
    expect(await findings()).toEqual([
      'card-number /note report',
      'email /list/*/note report',
      'email /map/* report',
      'iban /map/* report',
      'card-number /number report',
    ]);
    for (const secret of [CARD, IBAN, 'example.org']) expect(door.logText()).not.toContain(secret);
    const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
    expect(metrics).toContain('sallyport_findings_total{operation="notes",kind="card-number"} 2');
  });

  it('is masked where the policy says so, and every other byte stays', async () => {
    const body = `{ "note": "card ${CARD} of \\u0062ob, ${TOKEN}", "map": { "${IBAN}": "x", "k": "v" }, "number": ${CARD} }`;
    const answer = await ask('data: { detect: mask }', body);
    expect(await answer.text()).toBe('{"note": "card ****1111 of bob, ****","map": {"k": "v"},"number": "****1111"}');
    expect(await findings()).toEqual([
      'card-number /note mask',
      'ghp-token /note mask',
      'iban /map/* mask',
      'card-number /number mask',
    ]);
  });

  it('refuses the answer where the policy says so, and only for the kinds that it says', async () => {
    const refused = await ask('data: { detect: { iban: block } }', `{"note":"${IBAN}"}`);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([502, 'RESPONSE_INVALID']);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])).toMatchObject({
      code: 'DATA_SENSITIVE_FOUND',
      facts: { kinds: 'iban' },
      errors: [{ pointer: '/note' }],
    });
    expect((await fetch(`${door.url}/notes`)).status).toBe(502);
    await door.close();
    expect((await ask('data: { detect: { iban: block } }', `{"note":"${CARD}"}`)).status).toBe(200);
  });

  it('is only recorded where the rule is observed', async () => {
    const answer = await ask(
      'data: { detect: { iban: block, card-number: mask } }\nmodes: { data: observe }\n',
      `{"note":"${IBAN} ${CARD}"}`,
    );
    expect(await answer.text()).toBe(`{"note":"${IBAN} ${CARD}"}`);
    expect(await findings()).toEqual(['iban /note block', 'card-number /note mask']);
  });

  it('is looked for in texts too, and not in files', async () => {
    expect(await (await ask('data: { detect: mask }', `name,card\nx,${CARD}\n`, 'text/csv')).text()).toBe(
      'name,card\nx,****1111\n',
    );
    expect(await findings()).toEqual(['card-number  mask']);
    await door.close();
    expect(await (await ask('data: { detect: mask }', CARD, 'application/octet-stream')).text()).toBe(CARD);
  });

  it('is looked for in a text of known length that goes on as it comes, with the length that it came with', async () => {
    const text = `name,card\nx,${CARD}\n`;
    await (await ask('', text, 'text/plain')).text();
    expect(await findings()).toEqual(['card-number  report']);
    const lengths = await new Promise<string[]>((done, fail) => {
      get(`${door.url}/notes`, (response) => {
        response.resume();
        done(response.rawHeaders.filter((_, i, all) => i % 2 === 1 && /^content-length$/i.test(all[i - 1] as string)));
      }).on('error', fail);
    });
    expect(lengths).toEqual([String(text.length)]);
  });

  it('is not looked for in a text of unknown length where nothing is done but report: it goes on as it comes', async () => {
    expect(await (await ask('', `name,card\nx,${CARD}\n`, 'text/plain', true)).text()).toBe(`name,card\nx,${CARD}\n`);
    expect(await findings()).toEqual([]);
  });

  it('is not looked for where the rule is off', async () => {
    await ask('data: { detect: off }', `{"note":"${CARD}"}`);
    expect(await findings()).toEqual([]);
  });
});
