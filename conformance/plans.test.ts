import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkPlan,
  compilePlan,
  createMemoryReader,
  explain,
  loadDocument,
  parsePolicy,
  type ApiKeyEntry,
  type ImaginedPrincipal,
  type Plan,
  type Ports,
} from '@sallyport/core';
import { createMemoryCounters } from '@sallyport/gateway';
import { createHash } from 'node:crypto';

/**
 * Golden plans and decisions: each folder of plans/ holds a document, a policy and requests; what `check` and `explain` say of them is kept
 * beside them. Every shell that runs this core decides alike. `UPDATE_GOLDEN=1` writes them anew.
 */
const PLANS = join(import.meta.dirname, 'plans');
const NOW = Date.UTC(2026, 5, 1, 12);

interface GoldenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly as?: ImaginedPrincipal;
  readonly key?: string;
  readonly body?: string;
}

function readPlan(name: string): Plan {
  const read = (file: string): string => readFileSync(join(PLANS, name, file), 'utf8');
  const document = loadDocument(createMemoryReader({ 'openapi.yaml': read('openapi.yaml') }), 'openapi.yaml');
  return compilePlan(
    document,
    parsePolicy(
      { file: 'sallyport.yaml', text: read('sallyport.yaml') },
      { environment: () => undefined, readFile: () => '' },
    ),
  );
}

/** Keys of the policy, looked up as the shell does, without its files. */
function portsOf(plan: Plan): Ports {
  const apiKeys: Ports['apiKeys'] = new Map(
    [...plan.policy.authentication].flatMap(([scheme, entry]) =>
      entry.kind === 'api-key' && entry.keys.from === 'inline'
        ? [
            [
              scheme,
              { lookup: (key: string) => lookup(scheme, entry.keys.from === 'inline' ? entry.keys.entries : [], key) },
            ] as const,
          ]
        : [],
    ),
  );
  return { tokens: new Map(), passwords: new Map(), apiKeys, counters: createMemoryCounters() };
}

function lookup(
  scheme: string,
  entries: readonly ApiKeyEntry[],
  key: string,
): ReturnType<NonNullable<ReturnType<Ports['apiKeys']['get']>>['lookup']> {
  const entry = entries.find(({ sha256 }) => sha256 === createHash('sha256').update(key).digest('hex'));
  if (entry === undefined) return { ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: {} };
  return {
    ok: true,
    principal: {
      kind: 'key',
      subject: entry.subject,
      issuer: scheme,
      scopes: new Set(entry.scopes),
      roles: entry.roles,
      attributes: {},
      schemes: [scheme],
      keyId: entry.id,
    },
  };
}

function holdAgainst(file: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] !== undefined || !existsSync(file)) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe.each(readdirSync(PLANS))('the plan %s', (name) => {
  it('is what it was', () => {
    holdAgainst(join(PLANS, name, 'plan.golden.json'), `${JSON.stringify(checkPlan(readPlan(name)), null, 2)}\n`);
  });

  it('decides as it did', async () => {
    const plan = readPlan(name);
    const ports = portsOf(plan);
    const lines: string[] = [];
    for (const line of readFileSync(join(PLANS, name, 'requests.jsonl'), 'utf8')
      .trim()
      .split('\n')) {
      const request = JSON.parse(line) as GoldenRequest;
      const { verdict, code, status, operation, stages } = await explain(plan, ports, {
        method: request.method,
        target: request.target,
        headers: request.headers ?? [],
        token: null,
        key: request.key ?? null,
        principal: request.as ?? null,
        body: request.body === undefined ? null : Buffer.from(request.body),
        nowMs: NOW,
      });
      const deciding = stages.find(({ outcome }) => outcome === 'deny' || outcome === 'answer');
      const observed = stages.flatMap(({ denial, outcome }) =>
        outcome === 'observed' && denial !== null ? [denial.code] : [],
      );
      const errors =
        deciding?.denial?.errors.map((error) => `${error.in} ${error.name ?? ''}${error.pointer} ${error.keyword}`) ??
        [];
      lines.push(
        JSON.stringify({
          request: `${request.method} ${request.target}`,
          operation,
          verdict,
          code,
          status,
          stage: deciding?.stage ?? null,
          ...(observed.length > 0 ? { observed } : {}),
          ...(errors.length > 0 ? { errors } : {}),
        }),
      );
    }
    holdAgainst(join(PLANS, name, 'decisions.golden.jsonl'), `${lines.join('\n')}\n`);
  });
});
