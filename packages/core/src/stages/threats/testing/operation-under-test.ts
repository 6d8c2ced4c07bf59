import { Exchange } from '../../../exchange.ts';
import type { JsonObject } from '../../../json/json-value.ts';
import { documentOf, operationOf } from '../../../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../../../policy/parse-policy.ts';
import { createSchemaCompiler } from '../../../schema/create-schema-compiler.ts';
import { threats, type ThreatsRule } from '../threats.ts';

export interface Sent {
  readonly path?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly cookie?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly encoding?: string;
}

interface Around {
  readonly path?: string;
  readonly openapi?: string;
  readonly components?: JsonObject;
  /** More of the policy. */
  readonly settings?: string;
  /** Cookies that are not declared. */
  readonly undeclared?: 'pass' | 'strip';
}

/** What an operation finds in requests, one after another: the category, or `null`. */
export function operationWith(declared: object, around: Around = {}): (sent: Sent) => string {
  const rule = ruleOf(declared, around);
  return (sent) => String(threats.decide(rule, exchangeOf(sent))?.facts['category'] ?? null);
}

/** Whether an operation has to have the body of a request there whole. */
export function collectsBody(declared: object, around: Around, sent: Sent): boolean {
  return threats.readsBody(ruleOf(declared, around), exchangeOf(sent));
}

function ruleOf(
  declared: object,
  { path = '/', openapi = '3.1.0', components = {}, settings = '', undeclared = 'pass' }: Around,
): ThreatsRule {
  const document = documentOf({
    openapi,
    components,
    info: { title: 'Links', version: '1' },
    paths: { [path]: { post: { operationId: 'link', responses: { 200: { description: 'ok' } }, ...declared } } },
  });
  const operation = operationOf(document, 'link');
  const policy = parsePolicy(
    {
      file: 'p.yaml',
      text: `upstream: http://127.0.0.1:1\nrequests: { unknownCookies: ${undeclared} }\n${settings}`,
    },
    { environment: () => undefined, readFile: () => '' },
  );
  const schemas = createSchemaCompiler(document, { readOnlyProperties: 'refuse', caseVariants: 'refuse' });
  const rule = threats.compile(operation, { document, policy, schemas, problems: [] });
  if (rule === null) throw new Error('no rule');
  return rule;
}

function exchangeOf(sent: Sent): Exchange {
  const exchange = new Exchange('r', 0, 'POST', '/', sent.headers ?? [], '192.0.2.1', false);
  exchange.pathValues = sent.path === undefined ? [] : [sent.path];
  exchange.query = sent.query ?? null;
  exchange.headers.cookie = sent.cookie ?? null;
  exchange.headers.contentType = sent.type ?? null;
  exchange.headers.contentEncoding = sent.encoding ?? null;
  exchange.body = typeof sent.body === 'string' ? new TextEncoder().encode(sent.body) : (sent.body ?? null);
  return exchange;
}
