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
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  paths: {
    '/a': {
      post: {
        operationId: 'a',
        security: [],
        requestBody: { content: { 'application/json': { schema }, [FORM]: { schema } } },
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
function edited(body: string, contentType: string): string {
  const plan = compilePlan(
    loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json'),
    parsePolicy({ file: 'sallyport.yaml', text: POLICY }, { environment: () => undefined, readFile: () => '' }),
  );
  const exchange = new Exchange('id', 1, 'POST', '/a', [], '127.0.0.1', false);
  exchange.headers.contentType = contentType;
  exchange.body = new TextEncoder().encode(body);
  for (const step of plan.operations[0]?.checks().data ?? []) {
    if (step.rule !== 'data') continue;
    void step.gather?.(exchange, PORTS);
    step.edit?.(exchange);
    exchange.applyEdits();
  }
  return new TextDecoder().decode(exchange.body);
}

describe('encryptFields', () => {
  it('encrypts a text that begins like an encrypted one, though its own check would have refused it', () => {
    expect(JSON.parse(edited('{"ssn":"sp1.mine"}', 'application/json'))).toEqual({ ssn: 'sp1.sealed("sp1.mine")' });
    expect(new URLSearchParams(edited('ssn=sp1.mine', FORM)).get('ssn')).toBe('sp1.sealed("sp1.mine")');
  });

  it('encrypts a field once that is an array and its item', () => {
    expect(new URLSearchParams(edited('tags=a&tags=b', FORM)).getAll('tags')).toEqual([
      'sp1.sealed("a")',
      'sp1.sealed("b")',
    ]);
  });
});
