/** What encrypted fields cost a request and an answer: `node --conditions=sallyport-source bench/encryption.ts`. CPU microseconds, best of five rounds. */
import { randomBytes } from 'node:crypto';
import {
  ANONYMOUS,
  compilePlan,
  createMemoryReader,
  decideAnswer,
  decideData,
  Exchange,
  loadDocument,
  parsePolicy,
  type Ports,
  UpstreamAnswer,
} from '@sallyport/core';
import { createFieldCipher, createFieldIndex, heldForGood, makeDataKey, unwrapKey } from '@sallyport/gateway';
import { cpuMicros } from './measuring.ts';

const MASTER = randomBytes(32);
const key = unwrapKey(MASTER, makeDataKey(MASTER, 'k1', 1, 0));
const cipher = createFieldCipher(heldForGood([key]));
const PORTS = {
  fieldCipher: cipher,
  fieldIndex: createFieldIndex(['k1.1'], () => key.key),
} as unknown as Ports;
const TEXT = 'someone@example.org';
const SIZES = [1, 10, 100];

function measure(name: string, calls: number, run: () => unknown): number {
  const best = cpuMicros(calls, run);
  console.log(`${name.padEnd(66)} ${best.toFixed(2).padStart(9)} µs`);
  return best;
}

/** One operation with `count` encrypted members in its request and its answer; `mark` is what the policy says of them. */
function operationOf(count: number, encrypt: string) {
  const properties = Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, { type: 'string' }]));
  const content = { 'application/json': { schema: { type: 'object', properties, additionalProperties: false } } };
  const responses = { 200: { description: 'ok', content } };
  const paths = { '/x': { post: { security: [], requestBody: { content }, responses } } };
  const document = { openapi: '3.1.0', info: { title: 'Bench', version: '1' }, paths };
  const plan = compilePlan(
    loadDocument(createMemoryReader({ 'api.json': JSON.stringify(document) }), 'api.json'),
    parsePolicy(
      { file: 'p.yaml', text: `upstream: http://127.0.0.1:1\ndata: { detect: off${encrypt} }\n` },
      { environment: () => undefined, readFile: () => '' },
    ),
  );
  const [operation] = plan.operations;
  if (operation === undefined) throw new Error('no operation');
  return operation;
}

function exchangeOf(body: Uint8Array | null): Exchange {
  const exchange = new Exchange('id', 1, 'POST', '/x', [], '127.0.0.1', false);
  exchange.principal = ANONYMOUS;
  exchange.headers.contentType = 'application/json';
  exchange.body = body;
  return exchange;
}

const KEYS = 'keys: { file: k, master: m }';
const bodyOf = (count: number, value: (field: string) => string): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, value(`f${at}`)]))),
  );

function request(name: string, count: number, encrypt: string): number {
  const operation = operationOf(count, encrypt);
  const steps = operation.checks().data;
  const body = bodyOf(count, () => TEXT);
  return measure(`${name}, ${count} fields`, Math.ceil(20_000 / count), () => {
    const exchange = exchangeOf(body);
    exchange.operation = operation;
    if (decideData(steps, exchange, PORTS) !== null) throw new Error('denied');
    return exchange.body;
  });
}

function answer(name: string, count: number, encrypt: string, more: object = {}): number {
  const { opening, answer: steps } = operationOf(count, encrypt).checks();
  const sealed = bodyOf(count, (field) =>
    !opening ? TEXT : cipher.seal(JSON.stringify(TEXT), { field, record: null }, 1),
  );
  const merged = { ...(JSON.parse(new TextDecoder().decode(sealed)) as object), ...more };
  const bytes = new TextEncoder().encode(JSON.stringify(merged));
  return measure(`${name}, ${count} fields`, Math.ceil(20_000 / count), () => {
    const got = new UpstreamAnswer(200, ['Content-Type', 'application/json'], bytes);
    const exchange = exchangeOf(null);
    const denial = opening?.open(got, exchange, PORTS) ?? decideAnswer(steps, got, exchange, PORTS);
    if (denial !== null) throw new Error('denied');
    return got.bytes();
  });
}

const place = { field: 'f0', record: null };
const sealedText = cipher.seal(JSON.stringify(TEXT), place, 1);
measure('seal a text of 19 characters', 50_000, () => cipher.seal(JSON.stringify(TEXT), place, 1));
measure('open it', 50_000, () => cipher.open(sealedText, place));
measure('make its index', 50_000, () => PORTS.fieldIndex?.indexesOf(TEXT, 'f0'));
for (const count of SIZES) {
  const indexes = Array.from({ length: count }, (_, at) => `f${at}: {}`).join(', ');
  const indexed = `, encrypt: { fields: ["f*"], ${KEYS}, indexes: { ${indexes} } }`;
  const marked = `, encrypt: { fields: ["f*"], ${KEYS} }`;
  const asked = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`f${at}Index`, `si1.1.${'A'.repeat(22)}`]),
  );
  request('request, nothing encrypted', count, '');
  request('request, encrypted', count, marked);
  request('request, encrypted with index', count, indexed);
  answer('answer, nothing encrypted', count, '');
  answer('answer, nothing of it encrypted, strays looked for', count, `, encrypt: { fields: [other], ${KEYS} }`);
  answer('answer, decrypted', count, marked);
  answer('answer, decrypted, indexes taken out', count, indexed, asked);
}
