/**
 * What a decision over attribute policies costs: `npm run bench -- policies`. CPU microseconds, with 1, 100 and 10,000 policies, against the
 * reference engine with its policies and schema parsed beforehand, in the same run.
 */
import { type AuthorizationCall, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { compilePlan, createMemoryReader, Exchange, loadDocument, parsePolicy, type Plan } from '@sallyport/core';
import { cedarLanguage } from '@sallyport/gateway';
import type { Principal } from '../packages/core/src/principal.ts';

const DOCUMENT = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Bank', version: '1' },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  security: [{ bearer: [] }],
  paths: {
    '/accounts/{accountId}': {
      get: {
        operationId: 'getAccount',
        tags: ['accounts'],
        parameters: [{ name: 'accountId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  },
});

/** One policy for each of as many roles: a request has one of them, and its policy is the one that holds. */
const byRole = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, n) =>
      `permit(principal in Role::"r${n}", action == Action::"getAccount", resource)
when { resource.path.accountId like "acc_*" && principal.claims has tenant && principal.claims.tenant == "harbour" && context.hour >= 6 };`,
  );

/** Policies about everybody: each has to be asked. None of the forbids holds. */
const byCondition = (count: number): string[] => [
  'permit(principal, action, resource);',
  ...Array.from(
    { length: count - 1 },
    (_, n) =>
      `forbid(principal, action in Action::"tag:accounts", resource)
when { principal.claims has tenant && principal.claims.tenant == "t${n}" && !context.ip.isInRange(ip("10.0.0.0/8")) };`,
  ),
];

const PRINCIPAL: Principal = Object.freeze({
  kind: 'token',
  subject: 'ada',
  issuer: 'https://id.example.com/',
  scopes: new Set<string>(),
  roles: ['r0'],
  attributes: { tenant: 'harbour' },
  schemes: ['bearer'],
  keyId: null,
});

function plan(policies: readonly string[]): Plan {
  const document = loadDocument(createMemoryReader({ 'openapi.json': DOCUMENT }), 'openapi.json');
  const text =
    'authentication: { bearer: { issuer: https://id.example.com/, audience: a } }\nauthorization: { policies: { files: p, claims: { tenant: String } } }';
  return compilePlan(
    document,
    parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' }),
    { policies: { files: [{ file: 'p.cedar', text: policies.join('\n') }], language: cedarLanguage() } },
  );
}

/** An exchange as it is when its policies are asked: head, credential and parameters are done. */
function exchangeOf(compiled: Plan): Exchange {
  const exchange = new Exchange('bench', 1_800_000_000_000, 'GET', '/accounts/acc_1', [], '127.0.0.1', true);
  const [operation] = compiled.operations;
  if (operation === undefined) throw new Error('no operation');
  exchange.path = '/accounts/acc_1';
  exchange.pathValues = ['acc_1'];
  exchange.principal = PRINCIPAL;
  exchange.operation = operation;
  return exchange;
}

function cpuMicros(calls: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index++) run();
    const { user, system } = process.cpuUsage(before);
    if (round > 0 || calls < 100) best = Math.min(best, (user + system) / calls);
  }
  return best;
}

function ours(policies: readonly string[], calls: number): number {
  const compiled = plan(policies);
  const [operation] = compiled.operations;
  const steps = [
    ...(operation?.steps ?? []).filter(({ rule }) => rule === 'policies'),
    operation?.checks().parameterPolicies,
  ].filter((step) => step !== null && step !== undefined);
  const template = exchangeOf(compiled);
  return cpuMicros(calls, () => {
    template.policies = null;
    for (const step of steps) if (step.decide(template) !== null) throw new Error('denied');
  });
}

function reference(policies: readonly string[], calls: number): number {
  preparsePolicySet('bench', { staticPolicies: policies.join('\n') });
  const principal = { type: 'Principal', id: 'ada' };
  const resource = { type: 'GetAccount', id: '/accounts/acc_1' };
  const action = { type: 'Action', id: 'getAccount' };
  const call = {
    preparsedPolicySetId: 'bench',
    principal,
    action,
    resource,
    context: { hour: 9, ip: { __extn: { fn: 'ip', arg: '127.0.0.1' } } },
    entities: [
      { uid: principal, attrs: { claims: { tenant: 'harbour' } }, parents: [{ type: 'Role', id: 'r0' }] },
      { uid: action, attrs: {}, parents: [{ type: 'Action', id: 'tag:accounts' }] },
      { uid: resource, attrs: { path: { accountId: 'acc_1' } }, parents: [] },
    ],
  } as unknown as AuthorizationCall & { readonly preparsedPolicySetId: string };
  return cpuMicros(calls, () => {
    const answer = statefulIsAuthorized(call);
    if (answer.type !== 'success' || answer.response.decision !== 'allow') throw new Error('denied');
  });
}

console.log('one decision, µs of CPU'.padEnd(40), 'sallyport'.padStart(12), 'cedar-wasm'.padStart(12));
for (const [name, make] of [
  ['a policy for each role', byRole],
  ['policies about everybody', byCondition],
] as const)
  for (const count of [1, 100, 10_000]) {
    const policies = make(count);
    const started = performance.now();
    const mine = ours(policies, count === 10_000 && make === byCondition ? 200 : 100_000);
    const load = performance.now() - started;
    const theirs = reference(policies, count === 1 ? 2000 : count === 100 ? 200 : 5);
    console.log(
      `${name}, ${count.toLocaleString('en')}`.padEnd(40),
      mine.toFixed(2).padStart(12),
      theirs.toFixed(0).padStart(12),
      load > 5000 ? `  (with loading ${(load / 1000).toFixed(1)} s)` : '',
    );
  }
