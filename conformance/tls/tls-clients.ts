import { spawn, spawnSync } from 'node:child_process';

/** What a client program said, and how it ended. */
export interface ClientEnd {
  readonly text: string;
  readonly code: number | null;
}

/** Runs a program with `input` on its standard input; both outputs together. */
export function runClient(
  program: string,
  words: readonly string[],
  input = '',
  timeoutMs = 20_000,
): Promise<ClientEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    child.on('error', reject);
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => resolve({ text, code }));
    child.stdin.end(input);
  });
}

/** A handshake of `openssl s_client`, and nothing after it but `input`. */
export function handshake(port: number, words: readonly string[], input = ''): Promise<ClientEnd> {
  return runClient('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...words], input);
}

/** The answer to one request of curl: head and body. */
export function curl(url: string, words: readonly string[]): Promise<ClientEnd> {
  return runClient('curl', ['--silent', '--show-error', '--include', '--max-time', '10', ...words, url]);
}

/** True where the program can be run. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;
}

/** The status of an answer, and its `code` where it is a problem. */
export function answerOf({ text }: ClientEnd): { readonly status: number; readonly code: string | null } {
  return {
    status: Number(/HTTP\/(?:1\.1|2) (\d{3})/.exec(text)?.[1]),
    code: /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null,
  };
}
