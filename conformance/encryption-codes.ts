import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataKey, writeKeyFile } from '@sallyport/gateway';
import type { Code } from '@sallyport/core';
import { openDoor, type Door } from './door.ts';

const MASTER = Buffer.alloc(32, 5);

/** A master key and a file with data keys, `k1.1` and so on, as files beside a policy. */
export function keyFiles(versions = 1): Record<'keys.json' | 'master.key', string> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
  try {
    writeKeyFile(
      join(folder, 'keys'),
      Array.from({ length: versions }, (_, at) => makeDataKey(MASTER, 'k1', at + 1, 0)),
      true,
    );
    return { 'keys.json': readFileSync(join(folder, 'keys'), 'utf8'), 'master.key': MASTER.toString('base64') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const note = { type: 'object', properties: { id: { type: 'string' }, ssn: { type: 'string' } } };
const content = { 'application/json': { schema: note }, 'application/xml': { schema: note } };
const patch = { type: 'array', items: { type: 'object' } };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Encryption', version: '1' },
  paths: {
    '/notes': {
      post: {
        operationId: 'notes',
        security: [],
        requestBody: { content: { ...content, 'application/json-patch+json': { schema: patch } } },
        responses: { 200: { description: 'ok', content } },
      },
    },
  },
};

/** The upstream answers with what stands in the id, whatever it got. */
const send =
  (body: string, type = 'application/json') =>
  (door: Door): Promise<Response> =>
    fetch(`${door.url}/notes`, { method: 'POST', body, headers: { 'Content-Type': type } });
const answered = (name: keyof typeof ANSWERS): ((door: Door) => Promise<Response>) =>
  send(JSON.stringify({ id: name }));
const ANSWERS = {
  clear: '{"id":"a","ssn":"123"}',
  changed: `{"id":"a","ssn":"sp1.k1.1.${'A'.repeat(80)}"}`,
  unknown: `{"id":"a","ssn":"sp1.k9.1.${'A'.repeat(80)}"}`,
  xml: '<ssn/>',
};

/** For each code of fields that are encrypted: what leads to it. */
export const ENCRYPTION_SCENARIOS: Readonly<Partial<Record<Code, (door: Door) => Promise<Response>>>> = {
  ENCRYPTED_VALUE_SENT: send('{"id":"a","ssn":"sp1.x"}'),
  ENCRYPTED_BODY_UNREADABLE: send('<ssn/>', 'application/xml'),
  ENCRYPTED_PATCH_REFUSED: send('[{"op":"copy","from":"/ssn","path":"/name"}]', 'application/json-patch+json'),
  ENCRYPTED_RECORD_UNKNOWN: send('{"ssn":"123"}'),
  ENCRYPTED_VALUE_INVALID: answered('changed'),
  ENCRYPTED_KEY_UNKNOWN: answered('unknown'),
  ENCRYPTED_VALUE_MISSING: answered('clear'),
  ENCRYPTED_ANSWER_UNREADABLE: answered('xml'),
};

/** The door that the scenarios need. */
export function openEncryptionDoor(): Promise<Door> {
  return openDoor({
    document: DOCUMENT,
    policy:
      'limits: []\ndata: { encrypt: { fields: [ssn], record: [id], keys: { file: keys.json, master: master.key } } }\n',
    files: keyFiles(),
    upstream(request, response) {
      const name = (JSON.parse(request.body.toString()) as { id: keyof typeof ANSWERS }).id;
      response
        .writeHead(200, { 'Content-Type': name === 'xml' ? 'application/xml' : 'application/json' })
        .end(ANSWERS[name]);
    },
  });
}
