import type { Plan } from '@sallyport/core';
import { json, queryOf } from './admin-answers.ts';
import type { OwnHandler } from '../own/own-upstream.ts';
import type { Store } from '../store/store-port.ts';

const DEFAULT_PAGE = 100;

/** The audit trail over the admin API. */
export function auditHandlers(store: Store): ReadonlyMap<string, OwnHandler> {
  return new Map<string, OwnHandler>([
    [
      'sallyport.audit.list',
      async (request) => {
        const query = queryOf(request);
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const page = await store.auditTrail(Number(query.get('after') ?? 0), limit);
        return json({
          entries: page.map(({ atMs, details, ...rest }) => ({
            ...rest,
            at: new Date(atMs).toISOString(),
            details: parsed(details),
          })),
          next: page.length < limit ? null : (page.at(-1)?.sequence ?? null),
        });
      },
    ],
    [
      'sallyport.audit.verify',
      async (request) => {
        const head = /^(\d{1,15}):([0-9a-f]{64})$/.exec(queryOf(request).get('head') ?? '');
        const report = await store.verifyAuditTrail(
          head === null ? undefined : { sequence: Number(head[1]), hash: head[2] ?? '' },
        );
        return json({ whole: report.faults.length === 0, ...report });
      },
    ],
  ]);
}

/** What is guarded, and how, over the admin API. */
export function operationHandlers(plan: Plan): ReadonlyMap<string, OwnHandler> {
  return new Map<string, OwnHandler>([
    [
      'sallyport.operations.list',
      (request) => {
        const query = queryOf(request);
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const from = Number(query.get('after') ?? 0);
        const page = plan.operations.slice(from, from + limit);
        return json({
          operations: page.map(({ operation, steps, off }) => ({
            id: operation.id,
            method: operation.method,
            paths: operation.basePaths.map((basePath) => basePath + operation.path),
            tags: operation.tags,
            deprecated: operation.deprecated,
            checks: steps.map(({ rule, mode, describe }) => ({ rule, mode, lines: describe() })),
            off,
          })),
          next: from + limit < plan.operations.length ? from + limit : null,
        });
      },
    ],
  ]);
}

/** A row that somebody changed is shown as it is. */
function parsed(details: string): unknown {
  try {
    return JSON.parse(details) as unknown;
  } catch {
    return details;
  }
}
