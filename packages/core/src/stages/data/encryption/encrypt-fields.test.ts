import { describe, expect, it } from 'vitest';
import { Exchange } from '../../../exchange.ts';
import { loadDocument } from '../../../openapi/load-document.ts';
import { createMemoryReader } from '../../../openapi/memory-document-reader.ts';
import { compilePlan } from '../../../plan/compile-plan.ts';
import { parsePolicy } from '../../../policy/parse-policy.ts';
import type { Ports } from '../../../ports.ts';

const text = { type: 'string' };
const schema = { type: 'object', properties: { ssn: text, tags: { type: 'array', items: text } } };
const FORM = 'application/x-www-form-urlencoded';
const DOCUMENT = {
  openapi: '3.2.0',
  info: { title: 'T', version: '1' },
  paths: {
    '/a': {
      post: {
        operationId: 'a',
        security: [],
        requestBody: {
          content: {
            'application/json': { schema },
            [FORM]: { schema },
            'application/x-ndjson': { itemSchema: schema },
          },
        },
        responses: { 204: { description: 'done' } },
      },
    },
  },
};
const POLICY =
  'upstream: http://127.0.0.1:1\ndata: { encrypt: { fields: [ssn, tags], keys: { file: k, master: m } } }\n';
const PORTS = {
  fieldCipher: { canSeal: () => true, seal: (raw: string) => `sp1.sealed(${raw})`, open: () => ({ ok: false }) },
} as unknown as Ports;

/** What goes on of a body whose check let it through, whatever it is. */
async function edited(body: string, contentType: string, ports = PORTS): Promise<string> {
  const plan = compilePlan(
    loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json'),
    parsePolicy({ file: 'sallyport.yaml', text: POLICY }, { environment: () => undefined, readFile: () => '' }),
  );
  const exchange = new Exchange('id', 1, 'POST', '/a', [], '127.0.0.1', false);
  exchange.headers.contentType = contentType;
  exchange.body = new TextEncoder().encode(body);
  for (const step of plan.operations[0]?.checks().data ?? []) {
    if (step.rule !== 'data') continue;
    await step.gather?.(exchange, ports);
    await step.edit?.(exchange);
    exchange.applyEdits();
  }
  return new TextDecoder().decode(exchange.body);
}

describe('encryptFields', () => {
  it('encrypts a text that begins like an encrypted one, though its own check would have refused it', async () => {
    expect(JSON.parse(await edited('{"ssn":"sp1.mine"}', 'application/json'))).toEqual({
      ssn: 'sp1.sealed("sp1.mine")',
    });
    expect(new URLSearchParams(await edited('ssn=sp1.mine', FORM)).get('ssn')).toBe('sp1.sealed("sp1.mine")');
  });

  it('encrypts a field once that is an array and its item', async () => {
    expect(new URLSearchParams(await edited('tags=a&tags=b', FORM)).getAll('tags')).toEqual([
      'sp1.sealed("a")',
      'sp1.sealed("b")',
    ]);
  });

  it('lets others have their turn again and again while it encrypts many fields, and then sends all of them', async () => {
    let waiting = 0;
    let turns = 0;
    const nextTurn = async (): Promise<void> => {
      waiting += 1;
      await Promise.resolve();
      turns += 1;
    };
    const lines = Array.from({ length: 1_000 }, (_, i) => JSON.stringify({ ssn: String(i) }));
    const sent = await edited(lines.join('\n'), 'application/x-ndjson', { ...PORTS, nextTurn });
    expect(sent.split('\n')).toEqual(lines.map((_, i) => JSON.stringify({ ssn: `sp1.sealed("${i}")` })));
    expect([waiting, turns]).toEqual([3, 3]);
    await edited('{"ssn":"1"}', 'application/json', { ...PORTS, nextTurn });
    expect(turns).toBe(3);
  });
});
