import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Starts a program on one core. Its output is dropped, its errors are shown. */
export function startPinned(command: string, args: readonly string[], core: string): ChildProcess {
  return spawn('taskset', ['-c', core, command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

/** Writes the configuration of an nginx that keeps all its files in `folder`, and gives its path. */
export function writeNginx(folder: string, name: string, servers: string): string {
  const file = join(folder, `${name}.conf`);
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/${name}.pid; error_log ${folder}/${name}.err; events { worker_connections 4096; } http { client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; access_log off; ${servers} }`,
  );
  return file;
}
