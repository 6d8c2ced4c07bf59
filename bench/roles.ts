/**
 * What asking for a role costs a request, with 1, 100 and 10,000 roles in the policy: `npm run bench -- roles`. CPU nanoseconds of this process
 * for one decision; the document has a thousand operations, half of the roles inherit another one.
 */
import { compilePlan, createMemoryReader, Exchange, loadDocument, parsePolicy } from '@sallyport/core';
import type { GrantPort, Plan, PlannedStep, Ports, Principal } from '@sallyport/core';
import { cpuMicros } from './measuring.ts';

const OPERATIONS = 1000;
const CALLS = 2_000_000;
const NOW = 1_800_000_000_000;

const paths = Object.fromEntries(
  Array.from({ length: OPERATIONS }, (_, index) => [
    `/things${index}/{id}`,
    {
      get: {
        operationId: `get${index}`,
        tags: [`tag${index % 50}`],
        security: [{ token: [] }],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  ]),
);
const document = loadDocument(
  createMemoryReader({
    'openapi.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Bench', version: '1' },
      paths,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    }),
  }),
  'openapi.json',
);

for (const count of [1, 100, 10_000]) {
  const startedMs = performance.now();
  const plan = planWith(count);
  console.log(`${count.toLocaleString('en')} ${count === 1 ? 'role' : 'roles'}`);
  report('compiling document and policy', (performance.now() - startedMs) * 1e6, 'ms', 1e6);
  const last = `role${count - 1}`;
  const operation = plan.operations[(count - 1) % OPERATIONS];
  if (operation === undefined) throw new Error('there is such an operation');
  const [effective, check] = operation.steps.filter(({ rule }) => rule === 'roles');
  if (effective === undefined || check === undefined) throw new Error('roles are asked for');
  const timed = (name: string, principal: Principal, ports: Ports, step: PlannedStep): void => {
    const exchange = new Exchange('bench', NOW, 'GET', '/', [], '127.0.0.1', false);
    time(name, () => {
      exchange.principal = principal;
      if (step === effective) void step.gather?.(exchange, ports);
      else step.decide(exchange);
    });
  };
  const none = portsWith([]);
  timed('a role that may', principalWith([last]), none, check);
  timed('the third of three roles may', principalWith(['other', 'another', last]), none, check);
  timed('none of three roles may: a denial is made', principalWith(['a', 'b', 'c']), none, check);
  timed('effective roles of a principal that is known', principalWith([last]), none, effective);
  timed('effective roles with one granted', principalWith([last]), portsWith(['role0']), effective);
}

function planWith(count: number): Plan {
  const roles = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `role${index}`,
      {
        permissions: [`get${index % OPERATIONS}`, `tag:tag${index % 50}`],
        inherits: index % 2 === 1 ? [`role${index - 1}`] : [],
      },
    ]),
  );
  const policy = parsePolicy(
    {
      file: 'sallyport.yaml',
      text: JSON.stringify({
        limits: [],
        authentication: { token: { issuer: 'https://id.example.com/', audience: 'api' } },
        authorization: { grants: 'store', roles },
      }),
    },
    { environment: () => undefined, readFile: () => '' },
  );
  return compilePlan(document, policy);
}

function principalWith(roles: readonly string[]): Principal {
  return Object.freeze({
    kind: 'token',
    subject: 'ada',
    issuer: 'https://id.example.com/',
    scopes: new Set<string>(),
    roles,
    attributes: {},
    schemes: ['token'],
    keyId: null,
  });
}

function portsWith(granted: readonly string[]): Ports {
  const grants: GrantPort = { rolesOf: () => granted };
  return {
    tokens: new Map(),
    apiKeys: new Map(),
    passwords: new Map(),
    counters: { take: () => Promise.reject(new Error('not used')) },
    grants,
  };
}

function time(name: string, run: () => void): void {
  report(name, cpuMicros(CALLS, run) * 1000, 'ns', 1);
}

function report(name: string, value: number, unit: string, divisor: number): void {
  console.log(`  ${name.padEnd(48)} ${(value / divisor).toFixed(1)} ${unit}`);
}
