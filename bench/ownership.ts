import { readFileSync } from 'node:fs';
import {
  compilePlan,
  createMemoryReader,
  decideData,
  decideOwnedAnswer,
  Exchange,
  loadDocument,
  parsePolicy,
  UpstreamAnswer,
  type PlannedOperation,
  type Ports,
  type Principal,
} from '@sallyport/core';
import { cpuMicros } from './measuring.ts';

/** What asking whose an object is costs a request: by a claim, by a prefix, and over the answer. Prints microseconds. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Bench', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  security: [{ key: [] }],
  paths: {
    '/a/{id}': {
      get: {
        operationId: 'a',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/a': { get: { operationId: 'list', responses: { 200: { description: 'ok' } } } },
  },
};
const PORTS = {} as Ports;
const encoder = new TextEncoder();

function planned(ownership: string, id: string): PlannedOperation {
  const document = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json');
  const text = `authentication: { key: { keys: [{ id: k, sha256: ${'ab'.repeat(32)}, subject: alice }] } }\nauthorization: { ownership: { a: ${ownership} } }`;
  const policy = parsePolicy(
    { file: 'sallyport.yaml', text },
    { environment: () => undefined, readFile: (path) => readFileSync(path, 'utf8') },
  );
  const found = compilePlan(document, policy).operations.find(({ operation }) => operation.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

function exchangeOf(operation: PlannedOperation, accounts: readonly string[]): Exchange {
  const exchange = new Exchange('r', Date.now(), 'GET', '/a/acme-17', [], '127.0.0.1', false);
  const principal: Principal = {
    kind: 'key',
    subject: 'alice',
    issuer: 'key',
    scopes: new Set(),
    roles: [],
    attributes: { tenant: 'acme', accounts },
    schemes: [],
    keyId: 'k',
  };
  exchange.operation = operation;
  exchange.pathValues = ['acme-17'];
  exchange.principal = principal;
  return exchange;
}

function measure(name: string, calls: number, run: (index: number) => unknown): void {
  console.log(`${name.padEnd(48)} ${cpuMicros(calls, run).toFixed(3)} µs`);
}

for (const count of [1, 100, 10_000]) {
  const accounts = Array.from({ length: count }, (_, index) => `acme-${index + 17}`).reverse();
  const operation = planned('{ id: path.id, in: principal.attributes.accounts }', 'a');
  const exchange = exchangeOf(operation, accounts);
  const { data } = operation.checks();
  measure(`a claim that lists ${count}`, 200_000, () => void decideData(data, exchange, PORTS));
}
{
  const operation = planned("{ id: path.id, startsWith: '{principal.attributes.tenant}-' }", 'a');
  const exchange = exchangeOf(operation, []);
  const { data } = operation.checks();
  measure('a prefix', 200_000, () => void decideData(data, exchange, PORTS));
}
for (const size of [1, 10, 100]) {
  const operation = planned('{ id: path.id, owner: response:/ownerId }', 'a');
  const exchange = exchangeOf(operation, []);
  const { owned } = operation.checks();
  const bytes = encoder.encode(
    JSON.stringify({
      id: 'acme-17',
      ownerId: 'alice',
      rows: Array.from({ length: size * 10 }, (_, index) => ({
        id: `row-${index}`,
        text: 'x'.repeat(60),
        amount: index + 0.5,
      })),
    }),
  );
  measure(`the owner in an answer of ${Math.round(bytes.length / 1024)} KiB`, 20_000 / size, () => {
    if (owned !== null)
      decideOwnedAnswer(owned, new UpstreamAnswer(200, ['Content-Type', 'application/json'], bytes), exchange);
  });
}
for (const items of [20, 1000]) {
  const operation = planned(
    '{ owner: response:/ownerId, lists: { list: { items: response:/items/*/ownerId, total: response:/total } } }',
    'list',
  );
  const exchange = exchangeOf(operation, []);
  const { owned } = operation.checks();
  const bytes = encoder.encode(
    JSON.stringify({
      items: Array.from({ length: items }, (_, index) => ({
        id: `row-${index}`,
        ownerId: index % 2 === 0 ? 'alice' : 'bob',
      })),
      total: items,
    }),
  );
  measure(`a list of ${items}, half of it another's`, 100_000 / items, () => {
    const answer = new UpstreamAnswer(200, ['Content-Type', 'application/json'], bytes);
    if (owned !== null) decideOwnedAnswer(owned, answer, exchange);
    answer.bytes();
  });
}
