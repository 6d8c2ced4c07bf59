import { Command } from 'commander';
import { countUnguarded, planWarnings, withoutToldAgain, type ConfigurationProblem } from '@sallyport/core';
import { startGateway, type Gateway } from '@sallyport/gateway';
import { basePaths } from '../base-paths.ts';
import { counted } from '../counted.ts';
import { inlineMore } from '../inline-more.ts';
import { groupAlike } from '../told-together.ts';
import { renderProblems, renderWarnings, shortPath } from '../report-failure.ts';
import { takeSignals } from '../heed-signals.ts';
import { toSources, withSources, type SourceOptions } from '../api-sources.ts';

/** `sallyport run`: guards an API until it is told to stop. */
export function runCommand(): Command {
  return withSources(new Command('run'))
    .description('guard an API: reverse proxy in front of --upstream')
    .option('-p, --port <number>', 'port to listen on (default 8080)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--admin-port <number>', 'port of the admin API, /metrics, /healthz and /readyz (default 9090)')
    .option('--mode <mode>', 'off, observe or enforce: the default for every rule')
    .option('--no-watch', 'do not reload when document or policy change on disk')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport run openapi.yaml --upstream http://127.0.0.1:3000\n\nSIGHUP reloads; SIGTERM and SIGINT finish what is under way and stop, and a second one stops at once.',
    )
    .action(async (openapi: string | undefined, options: SourceOptions & { readonly watch: boolean }) => {
      inlineMore();
      const unusable: ConfigurationProblem[] = [];
      const gateway = await startGateway({
        ...toSources(openapi, options),
        watch: options.watch,
        onUnusable: (problem) => {
          unusable.push(problem);
          console.error(renderWarnings([problem]));
        },
        onLogTrouble: (message) => console.error(`sallyport: ${message}`),
      });
      // Before the greeting: who reads it may signal at once, and a start that is told to stop drops what is under way.
      const stopped = untilStopped(gateway);
      console.error(greeting(gateway, unusable));
      await stopped;
    });
}

/** One screen: what is guarded, where, and how to look at it. `unusable` schemas have been warned of already. */
function greeting(gateway: Gateway, unusable: readonly ConfigurationProblem[]): string {
  const { document, operations, policy } = gateway.plan;
  const lines = [
    `Sallyport guards ${document.title || shortPath(document.file)}: ${counted(operations.length, 'operation')} of ${shortPath(document.file)}`,
    `  door      ${gateway.url}  →  ${policy.upstream.url}`,
  ];
  const bases = basePaths(gateway.plan);
  if (bases.length > 0) lines.push(`  paths     behind ${bases.join(', ')}, as the servers of the document say`);
  if (gateway.redirectPort !== null)
    lines.push(`  redirect  plain HTTP at port ${gateway.redirectPort}  →  ${gateway.url}`);
  if (gateway.selfSigned !== null) {
    const { file, names, expiresAtMs } = gateway.selfSigned;
    const until = new Date(expiresAtMs).toISOString().slice(0, 10);
    lines.push(
      `  tls       self-signed, for development, until ${until}: ${[...names, '127.0.0.1', '::1'].join(', ')}`,
    );
    lines.push(`            curl --cacert ${shortPath(file)} ${gateway.url}`);
  }
  if (gateway.plan.policy.listen.tls?.acme)
    lines.push(
      `  tls       certificate of ${new URL(gateway.plan.policy.listen.tls.acme.directory).host}, ordered and renewed`,
    );
  if (gateway.admin !== null)
    lines.push(
      `  admin     ${gateway.admin.tls ? 'https' : 'http'}://${gateway.admin.host}:${gateway.admin.port}/metrics  /healthz  /readyz`,
    );
  lines.push(`  policy    ${policy.file === null ? 'safe defaults (no sallyport.yaml)' : shortPath(policy.file)}`);
  const softened = Object.entries(policy.modes).filter(([, mode]) => mode !== 'enforce');
  if (softened.length > 0) lines.push(`  softened  ${softened.map(([rule, mode]) => `${rule}: ${mode}`).join(', ')}`);
  const open = countUnguarded(operations);
  if (open > 0)
    lines.push(
      `  open      ${open === operations.length ? 'every operation' : counted(open, 'operation')} to anyone, without authentication`,
    );
  const told = [...withoutToldAgain(planWarnings(gateway.plan), unusable), ...gateway.warnings];
  const warnings = groupAlike(told).length + unusable.length;
  if (warnings > 0) lines.push(`  warnings  ${warnings}; \`sallyport check\` shows ${warnings === 1 ? 'it' : 'them'}`);
  return lines.join('\n');
}

/** Reloads and stops as signals ask for. Ends the process. */
async function untilStopped(gateway: Gateway): Promise<void> {
  await new Promise<void>((resolve) => {
    let asked = false;
    takeSignals({
      reload() {
        void gateway.reload().then((problem) => {
          if (problem === null) return;
          const problems = renderProblems(problem.problems);
          console.error(`${problems}\n\nThe reload was refused; the running policy stays.`);
        });
      },
      stop() {
        // Whoever asks twice does not want to wait for the exchanges under way.
        if (asked) process.exit(1);
        asked = true;
        void gateway.close().then(resolve);
      },
    });
  });
  process.exit(0);
}
