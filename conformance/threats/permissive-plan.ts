import {
  compilePlan,
  createMemoryReader,
  decideData,
  decideRequest,
  Exchange,
  loadDocument,
  parsePolicy,
  type Denial,
  type Plan,
  type Ports,
} from '@sallyport/core';
import type { CorpusRequest } from './request-values.ts';

const anything = { schema: { type: 'object', additionalProperties: true } };
const operation = (id: string, parameters: readonly object[], body: boolean): object => ({
  operationId: id,
  parameters,
  ...(body
    ? {
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': anything,
            'multipart/form-data': anything,
            'application/json': {},
            'application/xml': {},
            'text/xml': {},
            'text/plain': { schema: { type: 'string' } },
          },
        },
      }
    : {}),
  responses: { 200: { description: 'ok' } },
});
const rest = [{ name: 'rest', in: 'path', required: true, schema: { type: 'string' } }];

/** An API that takes anything anywhere as free text: what is refused is refused for what it looks like, or for how it is written. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Anything', version: '1' },
  paths: {
    '/': { get: operation('readRoot', [], false), post: operation('writeRoot', [], true) },
    '/{rest}': { get: operation('read', rest, false), post: operation('write', rest, true) },
  },
};
const POLICY = `upstream: http://127.0.0.1:9
requests: { unknownParameters: pass, unknownCookies: pass }
limits: []
`;

const PORTS = {} as Ports;

/** What became of a request: let through, refused as an attack, or refused before that for how it is written. */
export type Refusal = 'passed' | 'detected' | 'malformed';

export function permissivePlan(more = ''): Plan {
  return compilePlan(
    loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json'),
    parsePolicy({ file: 'sallyport.yaml', text: POLICY + more }, { environment: () => undefined, readFile: () => '' }),
  );
}

/** Decides over a request as the door does. */
export function refusalOf(plan: Plan, request: CorpusRequest): Refusal {
  const denial = denialOf(plan, request);
  return denial === null ? 'passed' : denial.code === 'THREAT_DETECTED' ? 'detected' : 'malformed';
}

export function denialOf(plan: Plan, request: CorpusRequest): Denial | null {
  const headers = Object.entries(request.headers).filter(([name]) => !/^(?:host|content-length)$/i.test(name));
  const raw = [...headers.flat(), 'Host', 'api.example'];
  if (request.body !== null) raw.push('Content-Length', String(request.body.length));
  const exchange = new Exchange('corpus', 0, request.method, request.target, raw, '192.0.2.1', false);
  const verdict = decideRequest(plan, exchange, PORTS);
  if (verdict instanceof Promise) throw new Error('nothing here waits');
  if (verdict !== null) return 'answer' in verdict ? null : verdict;
  const checks = exchange.operation?.checks();
  const refused = checks?.body?.rule.decideHead(exchange) ?? null;
  if (refused !== null) return refused;
  exchange.body = request.body;
  const invalid = request.body === null ? null : (checks?.body?.rule.decide(exchange) ?? null);
  if (invalid !== null) return invalid;
  const decided = decideData(checks?.data ?? [], exchange, PORTS);
  if (decided instanceof Promise) throw new Error('nothing here waits');
  return decided;
}
