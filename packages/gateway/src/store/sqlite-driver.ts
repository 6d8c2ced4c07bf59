import { Worker } from 'node:worker_threads';
import { StoreError } from './store-error.ts';
import type { Dialect } from './migrations.ts';
import type { SqlDriver, SqlRow, SqlSession, SqlValue } from './sql-driver.ts';
import type { SqliteAnswer, SqliteRequest } from './sqlite-messages.ts';

export const SQLITE_DIALECT: Dialect = {
  // Whoever writes has the database to himself.
  shareLock: '',
  appendOnly: (table) =>
    ['UPDATE', 'DELETE'].map(
      (act) =>
        `CREATE TRIGGER ${table}_${act.toLowerCase()} BEFORE ${act} ON ${table} BEGIN SELECT RAISE(ABORT, '${table} only grows'); END`,
    ),
};

interface Waiting {
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * SQLite in a thread of its own: a write waits for the disk and for other processes, and requests must not wait with it. One connection,
 * one statement at a time; several processes may have the same file open.
 */
export function createSqliteDriver(path: string): SqlDriver {
  let worker: Worker | null = null;
  let nextId = 0;
  let last: Promise<unknown> = Promise.resolve();
  const waiting = new Map<number, Waiting>();

  const failAll = (message: string): void => {
    worker = null;
    const failed = [...waiting.values()];
    waiting.clear();
    for (const { reject } of failed) reject(new StoreError('unavailable', message));
  };
  const start = (): Worker => {
    const started = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url),
    );
    started.unref();
    started.on('message', ({ id, rows, error }: SqliteAnswer) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) started.unref();
      if (error === undefined) asked?.resolve(rows ?? []);
      else asked?.reject(new StoreError(error.kind, error.message));
    });
    started.on('error', (error) =>
      failAll(`the store's thread failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on('exit', () => {
      if (worker === started) failAll("the store's thread ended");
    });
    return started;
  };
  const send = (request: Omit<SqliteRequest, 'id'>): Promise<readonly SqlRow[]> => {
    const to = worker;
    if (to === null) return Promise.reject(new StoreError('unavailable', 'the store is not open'));
    return new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      // A process that waits for an answer must not end without it; one that only has the store open may.
      to.ref();
      to.postMessage({ id, ...request });
    });
  };
  const session: SqlSession = { query: (sql, values = []) => send({ sql, values }) };
  /** One after the other: what is not part of a transaction must not run inside it. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run, run);
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    open: () =>
      inTurn(async () => {
        worker ??= start();
        await send({ open: path });
      }),
    query: (sql, values: readonly SqlValue[] = []) => inTurn(() => session.query(sql, values)),
    transaction: (run) =>
      inTurn(async () => {
        await session.query('BEGIN IMMEDIATE');
        try {
          const result = await run(session);
          await session.query('COMMIT');
          return result;
        } catch (error) {
          await session.query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }),
    onChange: () => undefined,
    close: () =>
      inTurn(async () => {
        const open = worker;
        worker = null;
        await open?.terminate();
      }),
  };
}
