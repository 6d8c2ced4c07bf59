import { styleText } from 'node:util';
import { Command } from 'commander';
import { checkPlan, type OperationReport, type PlanReport } from '@sallyport/core';
import { loadApi, createMemoryCounters } from '@sallyport/gateway';
import { renderProblems, shortPath } from '../report-failure.ts';
import { toSources, withSources, type SourceOptions } from '../api-sources.ts';

/** `sallyport check`: every problem of document and policy, and the plan, operation by operation. */
export function checkCommand(): Command {
  return withSources(new Command('check'))
    .description('report every problem of document and policy at once, and print the plan')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport check openapi.yaml --upstream http://127.0.0.1:3000\n\nExit code 0: well; 1: something in the document cannot be compiled or is left unguarded by mistake; 2: cannot run.',
    )
    .action(async (openapi: string | undefined, options: SourceOptions & { readonly json?: boolean }) => {
      const api = loadApi(toSources(openapi, options), createMemoryCounters());
      const report = checkPlan(api.plan);
      api.identity.close();
      await api.upstream.close();
      if (options.json === true) console.log(JSON.stringify(report, null, 2));
      else console.log(renderReport(report));
      if (report.problems.length > 0) {
        console.error(renderProblems(report.problems));
        process.exitCode = 1;
      }
    });
}

function renderReport(report: PlanReport): string {
  const lines = report.operations.flatMap((operation) => renderOperation(operation));
  for (const warning of report.warnings)
    lines.push(
      styleText(
        'yellow',
        `warning ${shortPath(warning.file)}:${warning.line}:${warning.column} ${warning.code} ${warning.message}`,
      ),
    );
  lines.push(
    '',
    `${report.operations.length} operations, ${report.unguarded} without authentication, ${report.warnings.length} warnings, ${report.problems.length} problems`,
  );
  return lines.join('\n');
}

function renderOperation(operation: OperationReport): string[] {
  const lines = ['', styleText('bold', `${operation.method} ${operation.path}  ${operation.id}`)];
  for (const check of operation.checks) {
    const name = `  ${check.rule}${check.mode === 'enforce' ? '' : ` (${check.mode})`}`.padEnd(18);
    for (const [i, line] of check.lines.entries()) lines.push(`${i === 0 ? name : ' '.repeat(18)}${line}`);
  }
  return lines;
}
