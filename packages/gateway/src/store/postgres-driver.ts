import { Socket } from 'node:net';
import { StoreError } from './store-error.ts';
import type { Dialect } from './migrations.ts';
import type { SqlDriver, SqlRow, SqlSession, SqlValue } from './sql-driver.ts';

/** One writer at a time among all nodes: changes become visible in the order of their versions, and the audit trail has one end. */
const WRITERS_LOCK = 0x5a11_0917;
const CHANNEL = 'sallyport';
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 5000;
/** A server that hangs never says goodbye; whoever stops the gateway is not to wait for it. */
const CLOSE_TIMEOUT_MS = 1000;
const POOL_SIZE = 4;
/** bigint; times and versions stay far below what a number holds. */
const INT8 = 20;

export const POSTGRES_DIALECT: Dialect = {
  shareLock: ' FOR SHARE',
  appendOnly: (table) => [
    `CREATE FUNCTION ${table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${table} only grows'; END $$`,
    `CREATE TRIGGER ${table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${table}_only_grows()`,
  ],
};

interface PgClient {
  connect(): Promise<void>;
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: SqlRow[] }>;
  on(event: 'notification' | 'error' | 'end', listener: (error: unknown) => void): void;
  end(): Promise<void>;
}
interface PgPoolClient extends PgClient {
  off(event: 'error', listener: (error: unknown) => void): void;
  release(destroy: boolean): void;
}
interface PgPool {
  connect(): Promise<PgPoolClient>;
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: SqlRow[] }>;
  on(event: 'error', listener: (error: unknown) => void): void;
  end(): Promise<void>;
}
interface PgModule {
  readonly Pool: new (options: object) => PgPool;
  readonly Client: new (options: object) => PgClient;
  readonly types: { getTypeParser(oid: number, format?: string): unknown };
}

const ignore = (): void => undefined;

/** PostgreSQL through `pg`, which is installed by those who use it. `load` is replaced in tests. */
export function createPostgresDriver(url: string, load: () => Promise<PgModule> = loadPg): SqlDriver {
  let pool: PgPool | null = null;
  let settings: object = {};
  let pg: PgModule | null = null;
  let listening: PgClient | null = null;
  let closed = false;
  const listeners: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const openSocket = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };

  const told = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw error instanceof StoreError ? error : explain(error);
    }
  };
  const poolOf = (): PgPool => {
    if (pool === null) throw new StoreError('unavailable', 'the store is not open');
    // Notifications stop with their connection; asking brings them back with the database.
    void listen();
    return pool;
  };
  async function listen(): Promise<void> {
    if (pg === null || listening !== null || closed || listeners.length === 0) return;
    const client = new pg.Client(settings);
    listening = client;
    const forget = (): void => {
      if (listening === client) listening = null;
      client.end().catch(() => undefined);
    };
    client.on('error', forget);
    client.on('end', forget);
    client.on('notification', () => {
      for (const listener of listeners) listener();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      forget();
    }
  }

  return {
    open: () =>
      told(async () => {
        if (pool === null) {
          const loaded = await load();
          pg = loaded;
          settings = {
            connectionString: url,
            application_name: 'sallyport',
            connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
            query_timeout: QUERY_TIMEOUT_MS,
            keepAlive: true,
            stream: openSocket,
            types: {
              getTypeParser: (oid: number, format?: string) =>
                oid === INT8 ? Number : loaded.types.getTypeParser(oid, format),
            },
          };
          pool = new loaded.Pool({ ...settings, max: POOL_SIZE, allowExitOnIdle: true });
          // A connection that breaks while nobody uses it; the next query opens another.
          pool.on('error', ignore);
        }
        await pool.query('SELECT 1');
      }),
    query: (sql, values: readonly SqlValue[] = []) => told(async () => (await poolOf().query(sql, values)).rows),
    transaction: (run) =>
      told(async () => {
        const client = await poolOf().connect();
        // A connection that breaks rejects the query under way, and tells the client as well: heard by nobody, that would end the process.
        client.on('error', ignore);
        const session: SqlSession = {
          query: (sql, values = []) => told(async () => (await client.query(sql, values)).rows),
        };
        let whole = false;
        try {
          await client.query('BEGIN');
          // Whatever the server's default is: what is acknowledged is on disk.
          await client.query('SET LOCAL synchronous_commit = on');
          await client.query(`SELECT pg_advisory_xact_lock(${WRITERS_LOCK})`);
          const result = await run(session);
          await client.query(`NOTIFY ${CHANNEL}`);
          await client.query('COMMIT');
          whole = true;
          return result;
        } finally {
          // A connection in doubt is closed, which rolls back.
          client.release(!whole);
          // From here on the pool listens itself.
          client.off('error', ignore);
        }
      }),
    onChange(listener) {
      listeners.push(listener);
      void listen();
    },
    async close() {
      closed = true;
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_TIMEOUT_MS);
      await Promise.allSettled([listening?.end(), pool?.end()]);
      clearTimeout(late);
      pool = null;
    },
  };
}

async function loadPg(): Promise<PgModule> {
  // By a name that the compiler does not follow: the module may be absent.
  const name: string = 'pg';
  try {
    const loaded = (await import(name)) as { readonly default: PgModule };
    return loaded.default;
  } catch (cause) {
    throw new StoreError('settings', 'a PostgreSQL store needs the module pg: npm install pg@8', { cause });
  }
}

/** What PostgreSQL answered that does not heal by itself: wrong user or password (28), no such database (3D), lacking rights or a wrong schema (42). */
const LASTING = /^(?:28|3D|42)/;

/** What the system says of a server that it does not reach. */
const NOT_REACHED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;

function explain(error: unknown): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const advice = adviceFor(code, message);
  if (advice !== null) return new StoreError('settings', `PostgreSQL: ${advice}`);
  const kind =
    code === '23505' ? 'conflict' : /^[0-9A-Z]{5}$/.test(code) && LASTING.test(code) ? 'settings' : 'unavailable';
  const lookAt = NOT_REACHED.test(code) ? '; see that it runs, and that the host and port in store are its own' : '';
  return new StoreError(kind, `PostgreSQL: ${message === '' ? code || 'no connection' : message}${lookAt}`);
}

/** What keeps TLS from beginning does not heal by itself either, and is said in words of the URL; null for everything else. */
function adviceFor(code: string, message: string): string | null {
  if (message.startsWith('The server does not support SSL'))
    return 'the server does not speak TLS, which sslmode in the URL asks for; switch it on there (ssl = on)';
  if (code === 'ENOENT' || code === 'EACCES') return `a file that the URL names cannot be read: ${message}`;
  if (code.includes('SELF_SIGNED') || code.startsWith('UNABLE_TO_'))
    return 'no authority that is trusted vouches for the certificate of the server; name its own in the URL: sslrootcert=/path/to/ca.pem';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'the certificate of the server is for another name than the host in the URL';
  if (code === 'CERT_HAS_EXPIRED') return 'the certificate of the server has expired';
  return null;
}
