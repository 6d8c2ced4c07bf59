import fc from 'fast-check';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { createApiModel } from '../../../cedar/api-model.ts';
import { authorize } from '../../../cedar/authorize.ts';
import { compilePolicy } from '../../../cedar/compile-policy.ts';
import type { LoadedPolicy } from '../../../cedar/load-policies.ts';
import { createPolicyChooser } from '../../../cedar/operation-policies.ts';
import type { PolicyJson } from '../../../cedar/policy-json.ts';
import { PolicyRequests } from '../../../cedar/policy-request.ts';
import { Exchange } from '../../../exchange.ts';
import { loadDocument } from '../../../openapi/load-document.ts';
import { createMemoryReader } from '../../../openapi/memory-document-reader.ts';
import type { Principal } from '../../../principal.ts';
import type { Denial } from '../../../verdict/denial.ts';
import type { CompileContext } from '../../stage.ts';
import { ExchangeFacts } from './exchange-facts.ts';
import { bodyPolicies, parameterPolicies, policies } from './policies.ts';
import type { PolicySet } from './policy-set.ts';

const DOCUMENT = loadDocument(
  createMemoryReader({
    'openapi.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 't', version: '1' },
      paths: {
        '/transfers/{id}': {
          post: {
            operationId: 'transfer',
            tags: ['money'],
            parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
            requestBody: {
              content: {
                'application/json': { schema: { type: 'object', properties: { amount: { type: 'integer' } } } },
              },
            },
            responses: { 200: { description: 'ok' } },
          },
        },
      },
    }),
  }),
  'openapi.json',
);
const MODEL = createApiModel(DOCUMENT, { claims: new Map(), country: false });
const [OPERATION] = MODEL.operations;
if (OPERATION === undefined) throw new Error('no operation');
const REQUESTS = new PolicyRequests(MODEL);

const PRINCIPALS = [
  '',
  ' in Role::"r0"',
  ' in Role::"r1"',
  ' == Principal::"i|ada"',
  ' is Principal',
  ' is Principal in Role::"r2"',
  ' in Role::"nobody"',
];
const ACTIONS = [
  '',
  ' == Action::"transfer"',
  ' in Action::"tag:money"',
  ' in [Action::"transfer", Action::"other"]',
  ' == Action::"other"',
  ' in Action::"method:GET"',
];
const CONDITIONS = [
  '',
  'when { context.hour < 12 }',
  'when { context.secure }',
  'when { resource.path.id == "a" }',
  'unless { resource.path.id like "a*" }',
  'when { resource.body.amount > 10 }',
  'when { resource has body && resource.body has amount && resource.body.amount > 10 }',
  'unless { resource has body }',
  'when { principal.roles.contains("r1") && resource.path.id == "b" }',
  'when { 9007199254740991 * 9007199254740991 > 0 }',
  'when { false }',
];

const known = new Map<string, PolicyJson>();
function parse(text: string): PolicyJson {
  let json = known.get(text);
  if (json === undefined) {
    const answer = policyToJson(text);
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
    json = answer.json as unknown as PolicyJson;
    known.set(text, json);
  }
  return json;
}

const policy = fc
  .tuple(
    fc.constantFrom('permit', 'permit', 'forbid'),
    fc.constantFrom(...PRINCIPALS),
    fc.constantFrom(...ACTIONS),
    fc.constantFrom(...CONDITIONS),
  )
  .map(([effect, principal, action, condition]) =>
    parse(`${effect}(principal${principal}, action${action}, resource) ${condition};`),
  );

const request = fc.record({
  roles: fc.subarray(['r0', 'r1', 'r2']),
  subject: fc.constantFrom('ada', 'bob'),
  id: fc.constantFrom('a', 'ab', 'b', '%ff'),
  hour: fc.constantFrom(3, 15),
  secure: fc.boolean(),
  body: fc.constantFrom(null, '', '{"amount":11}', '{"amount":9}', '{"amount":"x"}', '{"amount":1', '{}', '[]'),
});

function load(list: readonly PolicyJson[]): LoadedPolicy[] {
  return list.map((json, index) => ({ ...compilePolicy(`p${index}`, json), file: '', line: 0, column: 0 }));
}

function setOf(list: readonly LoadedPolicy[], needsPermit: boolean): PolicySet {
  const model = OPERATION as NonNullable<typeof OPERATION>;
  const governed = { model, policies: createPolicyChooser(list)(model), needsPermit };
  return {
    policies: list,
    requests: REQUESTS,
    country: null,
    operations: new Map([['transfer', governed]]),
    warnings: [],
  };
}

interface Asked {
  readonly roles: readonly string[];
  readonly subject: string;
  readonly id: string;
  readonly hour: number;
  readonly secure: boolean;
  readonly body: string | null;
}

function exchangeOf({ roles, subject, id, hour, secure, body }: Asked): Exchange {
  const exchange = new Exchange('r', hour * 3_600_000, 'POST', '/', [], '127.0.0.1', secure);
  exchange.path = `/transfers/${id}`;
  exchange.pathValues = [id];
  exchange.principal = {
    kind: 'token',
    subject,
    issuer: 'i',
    roles,
    scopes: new Set(),
    attributes: {},
    schemes: [],
    keyId: null,
  } satisfies Principal;
  exchange.headers.contentType = 'application/json';
  if (body !== null) exchange.headers.contentLength = String(body.length);
  return exchange;
}

/** What an exchange comes to, moment by moment; the body is there at the last one only. */
function decideAll(set: PolicySet, asked: Asked): { denial: Denial | null; denials: number; exchange: Exchange } {
  const context = { policySet: set } as CompileContext;
  const operation = DOCUMENT.operations[0] as NonNullable<(typeof DOCUMENT.operations)[0]>;
  const exchange = exchangeOf(asked);
  let denial: Denial | null = null;
  let denials = 0;
  for (const stage of [policies, parameterPolicies, bodyPolicies]) {
    if (stage === bodyPolicies && asked.body !== null) exchange.body = new TextEncoder().encode(asked.body);
    const rule = stage.compile(operation, context);
    const said = rule === null ? null : stage.decide(rule, exchange);
    denial ??= said;
    if (said !== null) denials += 1;
  }
  return { denial, denials, exchange };
}

describe('policies', () => {
  it('deciding_early_is_deciding_late: moments and index come to what asking every policy at the end comes to', () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 8 }), request, fc.boolean(), (list, asked, needsPermit) => {
        const loaded = load(list);
        const { denial, denials, exchange } = decideAll(setOf(loaded, needsPermit), asked);
        const whole = exchangeOf(asked);
        if (asked.body !== null) whole.body = new TextEncoder().encode(asked.body);
        const model = OPERATION as NonNullable<typeof OPERATION>;
        const said = authorize(loaded, REQUESTS.create(model, new ExchangeFacts(whole, model, null)));
        const against = said.determining.some((id) => loaded.find((one) => one.id === id)?.effect === 'forbid');
        expect(denial === null).toBe(!against && (said.allowed || !needsPermit));
        if (denial === null && needsPermit) expect(said.determining).toContain(exchange.policies?.permittedBy);
        const { policy: by } = denial?.facts ?? {};
        if (by !== undefined) expect(said.determining).toContain(by);
        // Where policies are only observed, all moments are asked.
        expect(denials).toBe(denial === null ? 0 : 1);
      }),
      { numRuns: 3000 },
    );
  });

  it('deny over a forbid by role while nobody can tell the roles, and permit by those that are known', () => {
    const rules = (...texts: readonly string[]): string | undefined => {
      const set = setOf(load(texts.map(parse)), true);
      const exchange = exchangeOf({ roles: ['r0'], subject: 'ada', id: 'a', hour: 1, secure: true, body: null });
      exchange.grantsKnown = false;
      const operation = DOCUMENT.operations[0] as NonNullable<(typeof DOCUMENT.operations)[0]>;
      const rule = policies.compile(operation, { policySet: set } as CompileContext);
      return rule === null ? undefined : policies.decide(rule, exchange)?.code;
    };
    const known = 'permit(principal in Role::"r0", action, resource);';
    expect(rules(known)).toBeUndefined();
    expect(rules('permit(principal in Role::"r1", action, resource);')).toBe('AUTHZ_PERMIT_MISSING');
    expect(rules(known, 'forbid(principal in Role::"suspended", action, resource);')).toBe('AUTHZ_POLICY_FAILED');
    expect(rules(known, 'forbid(principal, action, resource) when { principal.roles.contains("suspended") };')).toBe(
      'AUTHZ_POLICY_FAILED',
    );
    expect(rules(known, 'forbid(principal == Principal::"i|bob", action, resource);')).toBeUndefined();
  });

  it('ask nothing of the body where somebody is refused whatever it says', () => {
    const set = setOf(
      load([
        parse('permit(principal in Role::"r0", action, resource) when { resource has body };'),
        parse('forbid(principal in Role::"r1", action, resource);'),
      ]),
      true,
    );
    const context = { policySet: set } as CompileContext;
    const operation = DOCUMENT.operations[0] as NonNullable<(typeof DOCUMENT.operations)[0]>;
    const rule = policies.compile(operation, context);
    if (rule === null) throw new Error('nothing to ask');
    const decide = (roles: readonly string[]): string | undefined =>
      policies.decide(rule, exchangeOf({ roles, subject: 'x', id: 'a', hour: 1, secure: true, body: '{}' }))?.code;
    expect(decide(['r2'])).toBe('AUTHZ_PERMIT_MISSING');
    expect(decide(['r0', 'r1'])).toBe('AUTHZ_POLICY_FORBIDS');
    expect(decide(['r0'])).toBeUndefined();
  });
});
