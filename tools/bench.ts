import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Runs one benchmark of bench/ by its name, `proxies` by default. `npm run bench -- [name] [options]`. */
const [name = 'proxies', ...rest] =
  process.argv.slice(2)[0]?.startsWith('-') === false ? process.argv.slice(2) : ['proxies', ...process.argv.slice(2)];
const file = resolve(import.meta.dirname, '../bench', `${name}.ts`);
process.exitCode =
  spawnSync(process.execPath, ['--conditions=sallyport-source', file, ...rest], { stdio: 'inherit' }).status ?? 1;
