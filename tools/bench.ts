import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { readBenchCommand } from './benchmarks.ts';

/** Runs one benchmark of bench/ by its name, `proxies` by default. `npm run bench -- [name] [options]`; `--help` lists them. */
const command = readBenchCommand(process.argv.slice(2));
if ('say' in command) {
  (command.isWrong ? console.error : console.log)(command.say);
  process.exitCode = command.isWrong ? 2 : 0;
} else {
  const file = resolve(import.meta.dirname, '../bench', `${command.name}.ts`);
  const words = ['--conditions=sallyport-source', file, ...command.words];
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
}
