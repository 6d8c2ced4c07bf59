import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command } from 'commander';
import { ConfigurationError, parsePolicyTests, runPolicyTests, type PolicyTestResult } from '@sallyport/core';
import { createMemoryCounters, loadApi } from '@sallyport/gateway';
import { allowFolder, toResolvedSources, type SourceOptions } from '../api-sources.ts';
import { counted } from '../counted.ts';
import { shortPath } from '../report-failure.ts';

/** `sallyport test-policies`: whether the policies say what tests expect of them. */
export function testPoliciesCommand(): Command {
  return new Command('test-policies')
    .description('ask the policies what the tests in files ask, and tell which are answered otherwise than expected')
    .argument('<file...>', 'files of tests, in YAML')
    .option('-a, --api <openapi>', 'the OpenAPI document; default: what `api` in the policy names')
    .option('-c, --config <file>', 'the policy; default: sallyport.yaml where there is one')
    .addOption(allowFolder())
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport test-policies policies/bank.test.yaml\n\nExit code 0: all as expected; 1: some are not; 2: cannot run, a test that asks for what cannot exist included.',
    )
    .action(
      async (files: readonly string[], options: SourceOptions & { readonly api?: string; readonly json?: boolean }) => {
        const api = loadApi(await toResolvedSources(options.api, options), createMemoryCounters());
        api.fieldKeys?.close();
        await api.identity.close();
        await api.upstream.close();
        const set = api.plan.policySet;
        if (set === null) throw new Error('the policy names no policies: write authorization.policies into it');
        const parsed = files.map((file) => parsePolicyTests(file, read(file), set));
        const problems = parsed.flatMap((one) => one.problems);
        if (problems.length > 0) throw new ConfigurationError(problems);
        const results = runPolicyTests(
          set,
          parsed.flatMap(({ cases }) => cases),
        );
        const asked = new Set(results.flatMap(({ determining }) => determining));
        const untested = set.policies.map(({ id }) => id).filter((id) => !asked.has(id));
        const failed = results.filter(({ passed }) => !passed);
        if (options.json === true)
          console.log(JSON.stringify({ tests: results.length, failed: failed.length, results, untested }, null, 2));
        else console.log(render(results, untested));
        if (failed.length > 0) process.exitCode = 1;
      },
    );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw new Error(`${file} cannot be read: ${reason}`, { cause: error });
  }
}

function render(results: readonly PolicyTestResult[], untested: readonly string[]): string {
  const lines = results.flatMap((result) => renderResult(result));
  const failed = results.filter(({ passed }) => !passed).length;
  if (untested.length > 0) lines.push('', `decided in no test: ${untested.join(', ')}`);
  lines.push('', `${counted(results.length, 'test')}, ${failed} failed`);
  return lines.join('\n');
}

function renderResult({
  name,
  file,
  line,
  passed,
  expected,
  allowed,
  determining,
  erring,
}: PolicyTestResult): string[] {
  if (passed) return [`${styleText('green', '✓')} ${name}`];
  const by = expected.by === null ? '' : expected.by === '' ? ' by default' : ` by ${expected.by}`;
  const got = determining.length === 0 ? (allowed ? '' : ' by default') : ` by ${determining.join(', ')}`;
  const errors = erring.length === 0 ? [] : [`  cannot be evaluated: ${erring.join(', ')}`];
  return [
    `${styleText('red', '✗')} ${name} (${shortPath(file)}:${line})`,
    `  expected ${expected.allowed ? 'allow' : 'deny'}${by}, and it is ${allowed ? 'allow' : 'deny'}${got}`,
    ...errors,
  ];
}
