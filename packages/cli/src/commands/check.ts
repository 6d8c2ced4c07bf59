import { styleText } from 'node:util';
import { Command } from 'commander';
import {
  checkPlan,
  ConfigurationError,
  meansOperation,
  suggestName,
  type EgressPolicy,
  type Fetch,
  type OperationReport,
  type Plan,
  type PlanReport,
} from '@sallyport/core';
import {
  createMemoryCounters,
  describeCertificates,
  loadApi,
  openEncryption,
  type CertificateDescription,
} from '@sallyport/gateway';
import { counted } from '../counted.ts';
import { renderProblems, renderWarnings, shortPath } from '../report-failure.ts';
import { groupAlike } from '../told-together.ts';
import { toResolvedSources, withSources, type SourceOptions } from '../api-sources.ts';

/** `sallyport check`: every problem of document and policy, and the plan, operation by operation. */
export function checkCommand(): Command {
  return withSources(new Command('check'))
    .description('report every problem of document and policy at once, and print the plan')
    .option(
      '--operation <id>',
      'only this operation: its operationId, "METHOD /path" or tag:NAME; may be given several times',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--summary', 'only warnings, problems and how many operations there are')
    .option('--json', 'print the plan as JSON; where there is none, problems and warnings alone')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport check openapi.yaml --upstream http://127.0.0.1:3000\n  sallyport check --operation createTransfer --operation "GET /accounts/{id}"\n\nExit code 0: well; 1: a schema of the document cannot be compiled, so that its operation would be refused, or unchecked where only observed; 2: cannot run.',
    )
    .action(async (openapi: string | undefined, options: CheckOptions) => {
      try {
        await check(openapi, options);
      } catch (error) {
        // Where there is no plan, what keeps it from being made is all of the JSON.
        if (options.json === true && error instanceof ConfigurationError)
          console.log(JSON.stringify({ problems: error.problems, warnings: error.warnings }, null, 2));
        throw error;
      }
    });
}

type CheckOptions = SourceOptions & {
  readonly json?: boolean;
  readonly summary?: boolean;
  readonly operation?: readonly string[];
};

async function check(openapi: string | undefined, options: CheckOptions): Promise<void> {
  const sources = await toResolvedSources(openapi, options);
  const api = loadApi({ ...sources, allProblems: 'problems' }, createMemoryCounters());
  try {
    await openEncryption(api.plan.policy, api.fieldKeys, false);
  } finally {
    api.fieldKeys?.close();
    await api.identity.close();
    await api.upstream.close();
  }
  const checked = checkOperations(api.plan, options.operation ?? null);
  const certificates = [...describeCertificates(api.listenTls), ...describeCertificates(api.adminTls, 'admin.tls')];
  const fieldKeys = api.fieldKeys?.provider ?? null;
  const report = { ...checked, certificates, fieldKeys, warnings: [...checked.warnings, ...api.warnings] };
  if (options.json === true) console.log(JSON.stringify(report, null, 2));
  else console.log(renderReport(api.plan, report, options.summary === true));
  if (report.problems.length > 0) {
    console.error(renderProblems(report.problems));
    process.exitCode = 1;
  }
}

function checkOperations(plan: Plan, only: readonly string[] | null): PlanReport {
  for (const key of only ?? []) {
    if (plan.operations.some(({ operation }) => meansOperation(key, operation))) continue;
    const near = suggestName(
      key,
      plan.operations.flatMap(({ operation }) => [operation.id, `${operation.method} ${operation.path}`]),
    );
    throw new ConfigurationError([
      {
        file: 'command line',
        line: 0,
        column: 0,
        code: 'POLICY_OPERATION_UNKNOWN',
        path: '/operation',
        message: `the document has no operation ${JSON.stringify(key)}${near === null ? '' : `; is ${JSON.stringify(near)} meant?`}`,
        hint: 'An operation is named by its operationId, "METHOD /path" or tag:NAME.',
      },
    ]);
  }
  return checkPlan(plan, only);
}

const OWN_PATHS = {
  login: 'a login begins',
  callback: 'a login comes back',
  logout: 'a session ends',
  backChannelLogout: 'the provider ends sessions',
} as const;

/** What it is about comes first and the count last, for a plan of a large document is many screens. */
type Report = PlanReport & {
  readonly certificates: readonly CertificateDescription[];
  /** Whose key the data keys are wrapped under; null where no fields are encrypted. */
  readonly fieldKeys: string | null;
};

function renderReport(plan: Plan, report: Report, summary: boolean): string {
  const { document, policy } = plan;
  const from = `${document.title || 'The API'} (${shortPath(document.file)}), ${policy.file === null ? 'safe defaults, no sallyport.yaml' : `policy ${shortPath(policy.file)}`}, upstream ${policy.upstream.url}`;
  const all = report.operations.length === plan.operations.length;
  const count = `${all ? counted(report.operations.length, 'operation') : `${report.operations.length} of ${counted(plan.operations.length, 'operation')}`}, ${report.unguarded} without authentication, ${counted(groupAlike(report.warnings).length, 'warning')}, ${counted(report.problems.length, 'problem')}`;
  const own =
    report.ownPaths === undefined
      ? []
      : [
          '',
          'Answered by Sallyport itself',
          ...report.ownPaths.map(({ path, scheme, role }) => `  ${path}  ${OWN_PATHS[role]} (${scheme})`),
        ];
  const fetched = summary ? [] : renderFetches(report.fetches ?? [], policy.egress);
  const operations = summary ? [] : report.operations.flatMap((operation) => renderOperation(operation));
  const warnings = report.warnings.length === 0 ? [] : ['', renderWarnings(report.warnings, process.stdout)];
  return [
    from,
    ...report.certificates.map(renderCertificate),
    ...(report.fieldKeys === null ? [] : [`field encryption: data keys wrapped by ${report.fieldKeys}`]),
    count,
    ...operations,
    ...own,
    ...fetched,
    ...warnings,
    ...(operations.length + warnings.length === 0 ? [] : ['', count]),
  ].join('\n');
}

function renderFetches(fetches: readonly Fetch[], egress: EgressPolicy = { ranges: [], hosts: [] }): string[] {
  if (fetches.length === 0) return [];
  const allowed = ['public addresses', ...egress.ranges, ...egress.hosts].join(', ');
  return [
    '',
    'Asked for by Sallyport itself',
    ...fetches.map(({ what, from, names }) =>
      from === null
        ? `  ${what}, from whom ${names.join(', ')} name`
        : `  ${what}, from ${from}${names.length === 0 ? '' : `, and from the ${names.join(', ')} that it names`}`,
    ),
    ...(fetches.some(({ names }) => names.length > 0) ? [`  what is so named may lead to: ${allowed}`] : []),
  ];
}

function renderCertificate({ names, expires, from, of }: CertificateDescription): string {
  const until = expires === null ? 'none yet' : `until ${expires.slice(0, 10)}`;
  return `certificate ${names.slice(0, 5).join(', ') || 'without a name'}${names.length > 5 ? ', …' : ''}: ${until}, ${from}${of === undefined ? '' : ` (${of})`}`;
}

function renderOperation(operation: OperationReport): string[] {
  const lines = ['', styleText('bold', `${operation.method} ${operation.path}  ${operation.id}`)];
  for (const check of operation.checks) {
    const name = `  ${check.rule}${check.mode === 'enforce' ? '' : ` (${check.mode})`}`.padEnd(18);
    for (const [i, line] of check.lines.entries()) lines.push(`${i === 0 ? name : ' '.repeat(18)}${line}`);
  }
  return lines;
}
