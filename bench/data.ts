/** What marks and detectors cost an answer: `node --conditions=sallyport-source bench/data.ts`. CPU microseconds. */
import { createMemoryReader } from '../packages/core/src/openapi/memory-document-reader.ts';
import { loadDocument } from '../packages/core/src/openapi/load-document.ts';
import { parsePolicy } from '../packages/core/src/policy/parse-policy.ts';
import { compilePlan } from '../packages/core/src/plan/compile-plan.ts';
import { decideAnswer } from '../packages/core/src/plan/decide-data.ts';
import { Exchange } from '../packages/core/src/exchange.ts';
import { ANONYMOUS } from '../packages/core/src/principal.ts';
import { UpstreamAnswer } from '../packages/core/src/stages/upstream-answer.ts';
import type { Ports } from '../packages/core/src/ports.ts';
import { cpuMicros } from './measuring.ts';

const PORTS = {} as Ports;

function measure(name: string, calls: number, run: (index: number) => unknown): void {
  console.log(`${name.padEnd(72)} ${cpuMicros(calls, run).toFixed(2)} µs`);
}

function planOf(policy: string, declared: number) {
  const properties = Object.fromEntries([
    ...['id', 'name', 'email', 'createdAt', 'amount', 'status', 'note', 'tags'].map((name) => [name, {}]),
    ...Array.from({ length: declared }, (_, index) => [
      `member${index}`,
      { type: 'string', 'x-sallyport-visible': ['role:staff'] },
    ]),
  ]);
  const schema = { type: 'array', items: { type: 'object', properties } };
  const document = loadDocument(
    createMemoryReader({
      'api.json': JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Bench', version: '1' },
        paths: {
          '/x': { get: { responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } } } },
        },
      }),
    }),
    'api.json',
  );
  const text = `upstream: http://127.0.0.1:1\n${policy}`;
  const plan = compilePlan(
    document,
    parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' }),
  );
  const [operation] = plan.operations;
  if (operation === undefined) throw new Error('no operation');
  return operation.checks().answer;
}

const items = Array.from({ length: 5 }, (_, i) => ({
  id: `550e8400-e29b-41d4-a716-44665544${1000 + i}`,
  name: 'Some Name',
  email: 'someone@example.org',
  createdAt: '2026-01-02T03:04:05.678Z',
  amount: 12.5,
  status: 'active',
  note: 'a few words of no consequence',
  tags: ['a', 'b'],
}));
const HEADERS = ['Content-Type', 'application/json'];

function cost(name: string, policy: string, declared: number, value: unknown): void {
  const steps = planOf(policy, declared);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  measure(`${name} (${bytes.length} bytes)`, 20_000, () => {
    const exchange = new Exchange('id', 0, 'GET', '/x', [], '127.0.0.1', false);
    exchange.principal = ANONYMOUS;
    const answer = new UpstreamAnswer(200, HEADERS, bytes);
    const denial = decideAnswer(steps, answer, exchange, PORTS);
    if (denial !== null) throw new Error('denied');
    return answer.bytes();
  });
}

const quiet = items.map((item) => ({ ...item, email: '' }));
cost('nothing marked, nothing looked for', 'data: { detect: off }', 0, items);
cost('detectors, nothing to find', '', 0, quiet);
cost('detectors, five e-mail addresses reported', '', 0, items);
cost('detectors, five e-mail addresses masked', 'data: { detect: mask }', 0, items);
const hide = (classes: number): string =>
  `data: { detect: off, classes: { ${['pii: [email]', ...Array.from({ length: classes }, (_, i) => `c${i}: [member${i}]`)].join(', ')} }, visible: { pii: [role:support] } }`;
cost('five members hidden by 1 class', hide(0), 0, items);
cost('five members hidden by 1 of 100 classes', hide(100), 0, items);
cost('five members hidden by 1 of 1,000 classes', hide(1_000), 0, items);
cost('five members hidden, 100 marked members in the schema', hide(0), 100, items);
cost('five members hidden, 10,000 marked members in the schema', hide(0), 10_000, items);
