import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../testing/corpora.ts';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import { loadDocument } from '../../openapi/load-document.ts';
import type { Operation } from '../../openapi/model.ts';
import { compileBody } from './body.ts';
import { parameters } from './parameters.ts';
import { contextOf, exchangeOf } from './testing/fixtures.ts';
import { parseCurl } from './testing/parse-curl.ts';

interface Case {
  readonly id: string;
  readonly spec: string;
  readonly command: string;
  readonly status: number;
}

/** Where we decide otherwise than Prism, what we decide (`pass`, a code, or `load`: the document is refused), and why. */
const DIFFERENCES: Readonly<Record<string, { readonly got: string; readonly why: string }>> = JSON.parse(
  readFileSync(new URL('golden/request-cases-differences.json', import.meta.url), 'utf8'),
);

/** The groups about requests and their schemas; security, mocking, negotiation and routing are other parts' cases. */
const GROUPS = [
  'validate-body-params',
  'validate-header-params',
  'validate-path-params',
  'validate-query-params',
  'proxy',
  'references',
  'violations',
  'default-responses',
  'content-negotiation',
];
/** Statuses that say something of the request: the others come of mocking an answer. */
const REQUEST_STATUSES = new Set([200, 201, 202, 204, 415, 422]);

const path = corpusPath('openapi-request-cases.jsonl');
const cases =
  path === null
    ? []
    : readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Case);
/** Postman collections are no OpenAPI documents. */
const chosen = cases.filter(
  ({ id, status }) => GROUPS.includes(id.split('/', 1)[0] ?? '') && REQUEST_STATUSES.has(status) && !id.endsWith('.pc'),
);

describe.skipIf(path === null)(
  'parameters and body decide the public request cases (left out where shared/corpora is absent)',
  () => {
    for (const one of chosen) {
      const difference = Object.hasOwn(DIFFERENCES, one.id) ? DIFFERENCES[one.id] : undefined;
      it(`${one.id}${difference === undefined ? '' : ` (otherwise: ${difference.why})`}`, () => {
        const got = decide(one);
        if (difference !== undefined) expect(got).toBe(difference.got);
        else if (one.status < 300) expect(got).toBe('pass');
        else expect(got).toMatch(/^(?:PARAMETERS|BODY)_/);
      });
    }

    it('has no difference that is none', () => {
      expect(Object.keys(DIFFERENCES).filter((key) => !chosen.some(({ id }) => id === key))).toEqual([]);
    });
  },
);

/** `pass`, the code of the denial, `unmatched`, or `load` where the document is refused. */
function decide({ spec, command }: Case): string {
  const request = parseCurl(command);
  let document: ReturnType<typeof loadDocument>;
  try {
    document = loadDocument(createMemoryReader({ 'api.yaml': spec }), 'api.yaml');
  } catch (error) {
    return `load ${error instanceof Error ? error.message.split('\n', 1)[0] : ''}`;
  }
  const match = find(document.operations, request.method, request.path);
  if (match === null) return 'unmatched';
  const context = contextOf({ schemas: createSchemaCompiler(document), document });
  const header = (name: string) =>
    request.headers[request.headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name) + 1] ??
    null;
  const has = (name: string) => request.headers.some((one, index) => index % 2 === 0 && one.toLowerCase() === name);
  const exchange = exchangeOf({
    method: request.method,
    pathValues: match.values,
    query: request.query,
    headers: request.headers,
    body: request.body,
    contentType: has('content-type') ? header('content-type') : null,
    contentLength: has('content-length') ? header('content-length') : null,
  });
  const rule = parameters.compile(match.operation, context);
  const body = compileBody(match.operation, context);
  const denial =
    (rule === null ? null : parameters.decide(rule, exchange)) ??
    body.decideHead(exchange) ??
    (request.body !== null && body.collects(exchange) ? body.decide(exchange) : null);
  return denial?.code ?? 'pass';
}

function find(
  operations: readonly Operation[],
  method: string,
  target: string,
): { readonly operation: Operation; readonly values: readonly string[] } | null {
  for (const operation of operations) {
    if (operation.method !== method) continue;
    for (const basePath of operation.basePaths) {
      const pattern = (basePath + operation.path)
        .split(/\{[^{}]*\}/)
        .map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
      const found = new RegExp(`^${pattern.join('([^/]+)')}$`).exec(target);
      if (found !== null) return { operation, values: found.slice(1) };
    }
  }
  return null;
}
