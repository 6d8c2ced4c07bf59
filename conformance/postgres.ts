import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { until } from './until.ts';
import { freePort } from './free-port.ts';

/** A real PostgreSQL of a test's own: in a temporary folder, on a socket and a port of the loopback that was free. */
export interface Postgres {
  /** A URL of a new, empty database. */
  createDatabase(): string;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** The folder of PostgreSQL's programs: on the path, or where Debian puts the newest. Null where there is none. */
export function postgresFolder(): string | null {
  const onPath = spawnSync('sh', ['-c', 'command -v initdb'], { encoding: 'utf8' }).stdout.trim();
  if (onPath !== '') return dirname(realpathSync(onPath));
  const debian = '/usr/lib/postgresql';
  const [newest] = existsSync(debian) ? readdirSync(debian).toSorted((one, other) => Number(other) - Number(one)) : [];
  return newest === undefined ? null : join(debian, newest, 'bin');
}

/** PostgreSQL refuses to run as root; whoever is root runs it as this one. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout.trim() || 65_534);
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(programs: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'));
  const as = unprivileged();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const port = await freePort();
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr } = spawnSync(join(programs, program), args, { ...as, cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  run('initdb', ['-D', data, '-U', 'sallyport', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  let server: ChildProcess | null = null;
  let databases = 0;

  const start = async (): Promise<void> => {
    server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], {
      ...as,
      cwd: folder,
      stdio: 'ignore',
    });
    const isReady = (): boolean =>
      spawnSync(join(programs, 'pg_isready'), ['-h', folder, '-p', String(port)], { ...as }).status === 0;
    await until(isReady, undefined, { everyMs: 50 });
  };
  const stop = async (): Promise<void> => {
    const running = server;
    if (running === null) return;
    server = null;
    const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    // SIGINT is its fast shutdown: sessions are ended.
    running.kill('SIGINT');
    await gone;
  };
  await start();
  return {
    createDatabase() {
      const name = `test_${process.pid}_${++databases}`;
      run('createdb', ['-h', folder, '-p', String(port), '-U', 'sallyport', name]);
      return `postgres://sallyport@127.0.0.1:${port}/${name}`;
    },
    start,
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
