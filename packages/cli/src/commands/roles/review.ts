import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { readSources, type StoredGrant } from '@sallyport/gateway';
import { reviewRoles, type ApiDocument, type Policy, type RoleFinding } from '@sallyport/core';
import { counted } from '../../counted.ts';
import { shortPath } from '../../report-failure.ts';
import { toResolvedSources } from '../../api-sources.ts';
import { listOption } from '../../list-option.ts';
import { readDuration } from '../keys/key-options.ts';
import { withStore, withStoreOptions, type StoreOptions } from '../keys/store-command.ts';
import { allGrants } from './list.ts';
import { revokeLine, shownGrant } from './grant-options.ts';
import { readTraffic, type RoleTraffic } from './read-traffic.ts';

interface ReviewOptions extends StoreOptions {
  readonly log: readonly string[];
  readonly unseen: number;
}

const NINETY_DAYS_MS = 90 * 86_400_000;

/** `sallyport roles review`: what gives more than is needed, with the lines of the policy to change. */
export function reviewCommand(): Command {
  return withStoreOptions(new Command('review'))
    .description('report grants, roles and permissions that nobody needs, with the lines of the policy to change')
    .addOption(
      listOption('--log <file>', 'access records (log: { format: ecs }) of the time that counts', (file) => file),
    )
    .addOption(
      new Option('--unseen <duration>', 'how long a subject may stay away before its grant is told of')
        .argParser(readDuration)
        .default(NINETY_DAYS_MS, '90d'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  sallyport roles review --log access.log\n\nWithout --log, roles that nobody uses and permissions that nobody exercises are not looked for.\nExit code 0: nothing found; 1: something found; 2: cannot run.',
    )
    .action(async (options: ReviewOptions) => {
      const { policy, document } = readSources(await toResolvedSources(options.api, options));
      const roles = policy.roles ?? null;
      if (roles === null) throw new Error('the policy declares no roles: write them under authorization.roles');
      const traffic = options.log.length === 0 ? null : await readTrafficOf(options.log, policy, document);
      let grants: readonly StoredGrant[] = [];
      if (roles.grants === 'store')
        await withStore(options, async ({ store }) => {
          grants = (await allGrants(store)).filter(({ revokedAtMs }) => revokedAtMs === null);
        });
      const findings = reviewRoles(document, policy, {
        grants,
        traffic: traffic?.uses ?? null,
        nowMs: Date.now(),
        unseenMs: options.unseen,
      });
      if (options.json === true) console.log(JSON.stringify(toJson(findings, grants, traffic), null, 2));
      else console.log(render(findings, grants, traffic));
      if (findings.length > 0) process.exitCode = 1;
    });
}

async function readTrafficOf(files: readonly string[], policy: Policy, document: ApiDocument): Promise<RoleTraffic> {
  const traffic = await readTraffic(
    files,
    policy.roles?.roles ?? new Map(),
    new Set(document.operations.map(({ id }) => id)),
  );
  // Nothing that was recorded would make everything look unused.
  if (traffic.records === 0)
    throw new Error('--log: there is no access record in it; write records with log: { format: ecs }');
  if (traffic.withRoles === 0)
    throw new Error(
      '--log: no access record names a role; records of a time before roles were declared say nothing of them',
    );
  return traffic;
}

function render(findings: readonly RoleFinding[], grants: readonly StoredGrant[], traffic: RoleTraffic | null): string {
  const lines = [describeSources(grants, traffic)];
  for (const finding of findings) {
    lines.push('');
    if ('grant' in finding) {
      const { subject, issuer } = finding.grant;
      lines.push(`${styleText('yellow', finding.kind)} ${finding.role} of ${subject} (${issuer}): ${finding.message}`);
      lines.push(`  ${revokeLine(finding.grant)}`);
      continue;
    }
    const place = `${shortPath(finding.at.file)}:${finding.at.line}:${finding.at.column}`;
    const what = finding.kind === 'role-unused' ? finding.role : `${finding.role}: ${finding.remove}`;
    lines.push(`${place} ${styleText('yellow', finding.kind)} ${what}: ${finding.message}`);
    lines.push(`  - ${finding.remove}`);
    if (finding.write === null) lines.push('  + what is used of it, which is too much to name here');
    else for (const permission of finding.write) lines.push(`  + ${permission}`);
    for (const also of finding.also)
      lines.push(`  - ${finding.role}, inherited at ${shortPath(also.file)}:${also.line}:${also.column}`);
  }
  return [...lines, '', counted(findings.length, 'finding')].join('\n');
}

function describeSources(grants: readonly StoredGrant[], traffic: RoleTraffic | null): string {
  const of = `${counted(grants.length, 'grant')} in the store`;
  if (traffic === null) return `${of}; no traffic was looked at (--log)`;
  const when = (atMs: number): string => new Date(atMs).toISOString();
  const doubts = [
    ...(traffic.unreadable === 0 ? [] : [`${counted(traffic.unreadable, 'line')} that are no record`]),
    ...(traffic.cut === 0 ? [] : [`${counted(traffic.cut, 'record')} with more roles than are named`]),
  ];
  return `${of}; ${counted(traffic.records, 'request')} from ${when(traffic.fromMs)} to ${when(traffic.toMs)}${doubts.map((doubt) => `, ${doubt}`).join('')}`;
}

function toJson(
  findings: readonly RoleFinding[],
  grants: readonly StoredGrant[],
  traffic: RoleTraffic | null,
): Readonly<Record<string, unknown>> {
  const nowMs = Date.now();
  return {
    grants: grants.length,
    traffic:
      traffic === null
        ? null
        : {
            requests: traffic.records,
            withRoles: traffic.withRoles,
            unreadable: traffic.unreadable,
            cut: traffic.cut,
            from: new Date(traffic.fromMs).toISOString(),
            to: new Date(traffic.toMs).toISOString(),
          },
    findings: findings.map((finding) => {
      if (!('grant' in finding)) return finding;
      const stored = grants.find(
        ({ issuer, subject, role }) =>
          issuer === finding.grant.issuer && subject === finding.grant.subject && role === finding.role,
      );
      const { kind, role, message, grant } = finding;
      return {
        kind,
        role,
        message,
        grant: stored === undefined ? grant : shownGrant(stored, nowMs),
        command: revokeLine(grant),
      };
    }),
  };
}
