import { Worker } from 'node:worker_threads';
import { StoreError } from './store-error.ts';
import type { Dialect } from './migrations.ts';
import type { SqlDriver, SqlRow, SqlSession, SqlValue } from './sql-driver.ts';
import { IN_MEMORY, type SqliteAnswer, type SqliteRequest } from './sqlite-messages.ts';

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
 * one statement at a time; several processes may have the same file open. Where the thread dies, what was under way rejects as unavailable, and the next question
 * opens the file in another one; where that is gone by then, it is not made anew.
 */
export function createSqliteDriver(path: string): SqlDriver {
  let worker: Worker | null = null;
  /** Between a success of `open` and `close`. */
  let opened = false;
  /** Whether the thread that there is has the database open. */
  let ready = false;
  let nextId = 0;
  let last: Promise<unknown> = Promise.resolve();
  const waiting = new Map<number, Waiting>();

  const failAll = (of: Worker, message: string): void => {
    if (worker !== of) return;
    worker = null;
    ready = false;
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
      failAll(started, `the store's thread failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on('exit', () => failAll(started, "the store's thread ended"));
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
  const openFile = async (makes: boolean): Promise<void> => {
    worker ??= start();
    await send({ open: path, makes });
    opened = true;
    ready = true;
  };
  /** In turn, and never within a transaction: what is left of one that the thread died in must not run in the next thread. */
  const inOpened = <T>(run: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      // What was in memory alone died with its thread.
      if (opened && !ready && path !== IN_MEMORY) await openFile(false);
      return run();
    });

  return {
    open: () => inTurn(() => openFile(true)),
    query: (sql, values: readonly SqlValue[] = []) => inOpened(() => session.query(sql, values)),
    transaction: (run) =>
      inOpened(async () => {
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
        opened = false;
        ready = false;
        await open?.terminate();
      }),
  };
}
