import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runCommandLine } from '../run-command-line.ts';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Typing {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const MAIN = join(import.meta.dirname, '../main.ts');
const PLAIN = { NO_COLOR: '1', FORCE_COLOR: '0' };
let turn: Promise<unknown> = Promise.resolve();

/**
 * Types a command in this process, one at a time: a process of its own takes a second to start, and many where the machine is busy. For commands
 * that come to an end by themselves and read no standard input.
 */
export function typeHere(words: readonly string[], typing: Typing): Promise<Outcome> {
  const typed = turn.then(() => typeNow(words, typing));
  turn = typed.catch(() => undefined);
  return typed;
}

async function typeNow(words: readonly string[], { cwd, environment }: Typing): Promise<Outcome> {
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const said = { stdout: '', stderr: '' };
  const undo = [
    ...(['stdout', 'stderr'] as const).map((stream) =>
      replace(process[stream], 'write', (text: string | Uint8Array, written?: () => void) => {
        said[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
        written?.();
        return true;
      }),
    ),
    // The runner's console does not write to the streams of the process.
    replace(console, 'log', (text: unknown = '') => void (said.stdout += `${String(text)}\n`)),
    replace(console, 'error', (text: unknown = '') => void (said.stderr += `${String(text)}\n`)),
  ];
  process.chdir(cwd);
  Object.assign(process.env, PLAIN, environment);
  process.exitCode = undefined;
  try {
    await runCommandLine(words);
    return { status: Number(process.exitCode ?? 0), ...said };
  } finally {
    for (const put of undo) put();
    process.chdir(before.cwd);
    process.env = before.env;
    process.exitCode = before.exitCode;
  }
}

function replace<T extends object, Name extends keyof T>(owner: T, name: Name, value: unknown): () => void {
  const own = owner[name];
  owner[name] = value as T[Name];
  return () => (owner[name] = own);
}

/** Types a command in a process of its own, with this on its standard input. `unread`: nobody takes its standard output. */
export function typeInProcess(
  words: readonly string[],
  { cwd, environment, unread = false }: Typing & { readonly unread?: boolean },
  input = '',
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, ...words], {
      cwd,
      env: { ...process.env, ...PLAIN, ...environment },
    });
    const said = { stdout: '', stderr: '' };
    if (unread) child.stdout.destroy();
    else child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.on('close', (status) => resolve({ status, ...said }));
    child.stdin.end(input);
  });
}
