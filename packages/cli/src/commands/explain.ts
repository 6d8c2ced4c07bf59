import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command } from 'commander';
import {
  codeEntry,
  explain,
  type Denial,
  type Explanation,
  type ImaginedPrincipal,
  type ImaginedRequest,
} from '@sallyport/core';
import { createMemoryCounters, ImaginedConnection, loadApi, openEncryption } from '@sallyport/gateway';
import { listOption } from '../list-option.ts';
import { basePathHint } from '../base-paths.ts';
import { allowFolder, toResolvedSources, type SourceOptions } from '../api-sources.ts';

interface ExplainOptions extends SourceOptions {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly certificate?: string;
  readonly as?: string;
  readonly header: readonly string[];
  readonly body?: string;
  readonly api?: string;
  readonly json?: boolean;
}

/** `sallyport explain`: what would happen to one request, stage by stage, without sending anything to the API. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('tell what would happen to one imagined request, stage by stage')
    .argument('<method>', 'GET, POST …')
    .argument('<path>', 'path and query, such as /v1/accounts?limit=10')
    .option('-a, --api <openapi>', 'the OpenAPI document; default: what `api` in the policy names')
    .option('-c, --config <file>', 'the policy; default: sallyport.yaml where there is one')
    .option('-u, --upstream <url>', 'the API that would be asked')
    .addOption(allowFolder())
    .option('--token <token>', 'a bearer token; better: --token-file or SALLYPORT_TOKEN')
    .option('--token-file <file>', 'a file that holds a bearer token')
    .option('--key <key>', 'an API key; better: --key-file or SALLYPORT_KEY')
    .option('--key-file <file>', 'a file that holds an API key')
    .option('--certificate <file>', "a PEM file with the client's certificate")
    .option(
      '--as <file>',
      'a JSON file with the principal to imagine: {"subject":"…","scopes":[…],"roles":[…],"issuer":"…"}',
    )
    .addOption(listOption('-H, --header <name: value>', 'a request header', (value) => value))
    .option(
      '--body <file>',
      'a file that holds the request body; its type from -H "Content-Type: …", default application/json',
    )
    .option('--json', 'print the verdict as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport explain GET /v1/accounts --api openapi.yaml --upstream http://127.0.0.1:3000\n\nExit code 0: it would pass; 1: it would be refused; 2: cannot run.',
    );
  return command.action(async (method: string, path: string, options: ExplainOptions) => {
    const api = loadApi(await toResolvedSources(options.api, options), createMemoryCounters());
    const token = options.token ?? readSecret(options.tokenFile) ?? process.env['SALLYPORT_TOKEN'];
    const request = toRequest(method, path, options, token);
    try {
      const shows = token !== undefined || options.certificate !== undefined;
      const grants = api.plan.policy.roles?.grants === 'store';
      if (shows || grants || request.key !== null || request.headers.length > 0) await api.identity.open();
      if (request.body !== null) await openEncryption(api.plan.policy, api.fieldKeys, false);
      if (token !== undefined) api.identity.start();
      if (request.connection) await api.listenTls?.clients?.checker.prepare(request.connection, request.nowMs);
      const explanation = await explain(api.plan, api.ports, request);
      if (options.json === true) console.log(JSON.stringify(explanation, null, 2));
      else {
        console.log(renderExplanation(explanation));
        const hint = explanation.code === 'PATH_UNKNOWN' ? basePathHint(api.plan, request.target) : null;
        if (hint !== null) console.log(hint);
      }
      process.exitCode = explanation.verdict === 'denied' ? 1 : 0;
    } finally {
      api.fieldKeys?.close();
      await api.identity.close();
      await api.listenTls?.clients?.checker.statuses?.close();
      await api.upstream.close();
    }
  });
}

function toRequest(
  method: string,
  target: string,
  options: ExplainOptions,
  token: string | undefined,
): ImaginedRequest {
  if (!target.startsWith('/'))
    throw new Error(
      `a path begins with a slash and has no host, such as /v1/accounts?limit=10, not ${JSON.stringify(target)}`,
    );
  const headers = options.header.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new Error(`a header is written as "Name: value", not ${JSON.stringify(line)}`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return {
    method: method.toUpperCase(),
    target,
    headers,
    token: token ?? null,
    key: options.key ?? readSecret(options.keyFile) ?? process.env['SALLYPORT_KEY'] ?? null,
    principal: options.as === undefined ? null : toPrincipal(options.as),
    body: options.body === undefined ? null : readOption('--body', options.body),
    ...(options.certificate === undefined ? {} : { connection: imagineCertificate(options.certificate) }),
    nowMs: Date.now(),
  };
}

function imagineCertificate(file: string): ImaginedConnection {
  const pem = readOption('--certificate', file).toString('latin1');
  try {
    return new ImaginedConnection(pem);
  } catch (error) {
    throw new Error(`--certificate: there is no certificate in PEM in ${file}`, { cause: error });
  }
}

function readSecret(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readOption('a file of a credential', file).toString('utf8').trim();
}

function readOption(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new Error(
      `${option}: ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code)}`,
      { cause: error },
    );
  }
}

function toPrincipal(file: string): ImaginedPrincipal {
  const wanted = `--as: ${file} must hold JSON such as {"subject":"ada","scopes":["things:read"],"roles":[]}`;
  let value: unknown;
  try {
    value = JSON.parse(readOption('--as', file).toString('utf8'));
  } catch (error) {
    // The parser's own message quotes the file.
    throw error instanceof SyntaxError ? new Error(`${wanted}; it is no JSON`) : error;
  }
  if (!isPrincipal(value)) throw new Error(wanted);
  return value;
}

function isPrincipal(value: unknown): value is ImaginedPrincipal {
  if (typeof value !== 'object' || value === null || !('subject' in value) || typeof value.subject !== 'string')
    return false;
  const isTexts = (list: unknown): boolean =>
    list === undefined || (Array.isArray(list) && list.every((item) => typeof item === 'string'));
  if ('issuer' in value && typeof value.issuer !== 'string') return false;
  return isTexts('scopes' in value ? value.scopes : undefined) && isTexts('roles' in value ? value.roles : undefined);
}

const MARKS = { pass: '✓', deny: '✗', observed: '!', off: '–', 'not reached': ' ', answer: '✓', asks: '?' } as const;

function renderExplanation(explanation: Explanation): string {
  const lines = [
    styleText(
      'bold',
      `${explanation.method} ${explanation.target}${explanation.operation === null ? '' : `  ${explanation.operation}`}`,
    ),
  ];
  for (const stage of explanation.stages) {
    const head = `${MARKS[stage.outcome]} ${stage.stage}`.padEnd(18);
    const said = stage.denial === null ? [] : renderDenial(stage.denial);
    const body = [...said, ...(stage.outcome === 'not reached' ? [] : stage.checks)];
    lines.push(`${head}${body[0] ?? stage.outcome}`);
    for (const line of body.slice(1)) lines.push(`${' '.repeat(18)}${line}`);
    if (stage.stage === 'authentication' && explanation.roles !== null)
      lines.push(`${' '.repeat(18)}roles: ${explanation.roles.length === 0 ? 'none' : explanation.roles.join(', ')}`);
  }
  const end =
    explanation.verdict === 'denied'
      ? styleText('red', `denied: ${explanation.status} ${explanation.code}`)
      : styleText(
          'green',
          explanation.verdict === 'answered'
            ? `answered by Sallyport: ${explanation.status}`
            : 'passed on to the upstream',
        );
  return [...lines, '', end].join('\n');
}

/** The code and what it rests on; then, as the reference of codes has it, what that means and what to do. */
function renderDenial({ code, rule, detail, facts, errors }: Denial): string[] {
  const { cause, remedy } = codeEntry(code);
  return [
    `${code}${rule === null ? '' : ` (${rule})`}${detail === null ? '' : `: ${detail}`}`,
    ...Object.entries(facts)
      .filter(([, fact]) => fact !== null)
      .map(([name, fact]) => `${name}: ${fact === '' ? 'none' : String(fact)}`),
    ...errors.map((error) => `${error.in} ${error.name ?? (error.pointer || '/')}: ${error.message}`),
    cause,
    `What to do: ${remedy}`,
  ];
}
