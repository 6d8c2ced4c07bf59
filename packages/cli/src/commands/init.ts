import { createInterface } from 'node:readline/promises';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { loadDocument, type ApiDocument, type SecurityScheme } from '@sallyport/core';
import { createFileDocumentReader, fileReason } from '@sallyport/gateway';
import { allowFolder } from '../api-sources.ts';

interface InitOptions {
  readonly upstream?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly output: string;
  readonly allowFolder?: readonly string[];
  readonly force?: boolean;
}

const GUESSES = [
  'openapi.yaml',
  'openapi.yml',
  'openapi.json',
  'swagger.yaml',
  'swagger.yml',
  'swagger.json',
  'api.yaml',
  'docs/openapi.yaml',
];

/** `sallyport init`: writes a policy from a document, asking only what the document cannot say. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a sallyport.yaml for a document, asking only what it cannot know')
    .argument(
      '[openapi]',
      `the OpenAPI document; default: the first of ${GUESSES.slice(0, 3).join(', ')} … that is there`,
    )
    .option('-u, --upstream <url>', 'the API to guard')
    .option('--issuer <url>', 'the issuer of bearer tokens')
    .option('--audience <name>', 'the audience of bearer tokens')
    .option('-o, --output <file>', 'where to write', 'sallyport.yaml')
    .addOption(allowFolder())
    .option('--force', 'replace a file that is there')
    .addHelpText('after', '\nExample:\n  sallyport init openapi.yaml --upstream http://127.0.0.1:3000')
    .action(async (openapi: string | undefined, options: InitOptions) => {
      const path = openapi ?? GUESSES.find((guess) => existsSync(guess));
      if (path === undefined)
        throw new Error(`no OpenAPI document was named and none of ${GUESSES.join(', ')} is here`);
      if (existsSync(options.output) && options.force !== true)
        throw new Error(`${options.output} is there already; --force replaces it`);
      if (options.upstream !== undefined && !/^https?:\/\/[^/]/i.test(options.upstream))
        throw new Error(`--upstream takes a whole URL such as http://127.0.0.1:3000`);
      const file = resolve(path);
      const document = loadDocument(createFileDocumentReader(file, { allow: options.allowFolder ?? [] }), file);
      const answers = await ask(document, options);
      const fromPolicy = (path: string): string => relative(dirname(resolve(options.output)), resolve(path));
      writePolicy(
        options.output,
        renderPolicy(
          document,
          fromPolicy(file) || basename(file),
          answers,
          (options.allowFolder ?? []).map((folder) => fromPolicy(folder) || '.'),
        ),
      );
      const todo = remaining(document, answers);
      console.log(
        [
          `Wrote ${options.output}.`,
          ...(todo.length === 0 ? [] : ['Before it starts:', ...todo.map((line) => `  - ${line}`)]),
          'Next: sallyport check, then sallyport run.',
        ].join('\n'),
      );
    });
}

function writePolicy(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Error(`${file} cannot be written: ${missing ? 'there is no such folder' : fileReason(error)}`, {
      cause: error,
    });
  }
}

/** What only a person can do: the blanks of the file, and the files that it names. */
function remaining(document: ApiDocument, answers: Answers): string[] {
  return askedFor(document).flatMap((scheme) => {
    if (isBearer(scheme)) {
      const blank = [
        ...(answers.issuer === null ? ['issuer'] : []),
        ...(answers.audience === null ? ['audience'] : []),
      ];
      return blank.length === 0
        ? []
        : [
            `write ${blank.join(' and ')} of ${scheme.name}: what the tokens say in ${blank.map((name) => (name === 'issuer' ? 'iss' : 'aud')).join(' and ')}`,
          ];
    }
    if (scheme.type === 'apiKey')
      return [
        `make ${fileFor(scheme, document)} for ${scheme.name}: keys: [{ id: one, subject: who, sha256: … }], the last from: printf %s "$KEY" | sha256sum`,
      ];
    if (isBasic(scheme))
      return [
        `make ${fileFor(scheme, document)} for ${scheme.name}: sallyport hash-password USER >> ${fileFor(scheme, document)}`,
      ];
    if (scheme.type === 'mutualTLS')
      return [
        `put the door's own certificate and key into cert.pem and key.pem, and the authority of its clients' into clients-ca.pem, for ${scheme.name}; behind a proxy that ends TLS write listen.forwardedCertificates instead`,
      ];
    return [
      `${scheme.name} (${describe(scheme)}) cannot be checked: remove it from the document, or prove it another way`,
    ];
  });
}

interface Answers {
  readonly upstream: string;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Asks at a terminal; elsewhere takes what the options say, and marks the rest for a person to fill in. */
async function ask(document: ApiDocument, options: InitOptions): Promise<Answers> {
  const bearer = askedFor(document).some(isBearer);
  const terminal =
    process.stdin.isTTY && process.stdout.isTTY
      ? createInterface({ input: process.stdin, output: process.stdout })
      : null;
  const question = async (text: string, given: string | undefined, fallback: string | null): Promise<string | null> => {
    if (given !== undefined) return given;
    if (terminal === null) return fallback;
    return (await terminal.question(`${text}${fallback === null ? '' : ` [${fallback}]`} `)).trim() || fallback;
  };
  try {
    return {
      upstream:
        (await question('Where does the API listen?', options.upstream, 'http://127.0.0.1:3000')) ??
        'http://127.0.0.1:3000',
      issuer: bearer ? await question('Who issues its bearer tokens (issuer URL)?', options.issuer, null) : null,
      audience: bearer ? await question('Which audience do the tokens name?', options.audience, null) : null,
    };
  } finally {
    terminal?.close();
  }
}

/** The schemes that an operation asks for; the others keep nothing from starting. */
function askedFor({ operations, securitySchemes }: ApiDocument): readonly SecurityScheme[] {
  const asked = new Set(operations.flatMap(({ security }) => (security ?? []).flat().map(({ scheme }) => scheme)));
  return [...securitySchemes.values()].filter(({ name }) => asked.has(name));
}

function isBearer(scheme: SecurityScheme): boolean {
  return (
    scheme.type === 'oauth2' ||
    scheme.type === 'openIdConnect' ||
    (scheme.type === 'http' && scheme.scheme.toLowerCase() === 'bearer') ||
    isDpop(scheme)
  );
}

/** Bearer tokens that come with a proof (RFC 9449). */
function isDpop(scheme: SecurityScheme): boolean {
  return scheme.type === 'http' && scheme.scheme.toLowerCase() === 'dpop';
}

function isBasic(scheme: SecurityScheme): boolean {
  return scheme.type === 'http' && scheme.scheme.toLowerCase() === 'basic';
}

function describe(scheme: SecurityScheme): string {
  return scheme.type === 'http' ? `http ${scheme.scheme}` : scheme.type;
}

/** Where the keys or users of a scheme stand. Schemes do not share a file: what proves one would prove the other. */
function fileFor(scheme: SecurityScheme, document: ApiDocument): string {
  const [what, ofKind] =
    scheme.type === 'apiKey' ? (['keys.yaml', isApiKey] as const) : (['users.txt', isBasic] as const);
  if (askedFor(document).filter(ofKind).length === 1) return what;
  return `${scheme.name.replaceAll(/[^\w.-]/g, '-')}-${what}`;
}

function isApiKey(scheme: SecurityScheme): boolean {
  return scheme.type === 'apiKey';
}

/** The policy as a person would write it: what has to be said, then what is worth knowing, as comments. */
function renderPolicy(
  document: ApiDocument,
  documentPath: string,
  answers: Answers,
  folders: readonly string[] = [],
): string {
  const lines = [
    '# What the document cannot say. Everything else has a safe default; `sallyport check` prints the plan.',
    `api: ${JSON.stringify(documentPath)}`,
    ...(folders.length === 0 ? [] : [`apiFolders: ${JSON.stringify(folders)}`]),
    `upstream: ${JSON.stringify(answers.upstream)}`,
    '',
  ];
  const schemes = askedFor(document);
  if (schemes.length > 0) lines.push('authentication:');
  for (const scheme of schemes) lines.push(...renderScheme(scheme, document, answers));
  if (schemes.length > 0) lines.push('');
  if (schemes.some(({ type }) => type === 'mutualTLS'))
    lines.push(
      'listen:',
      '  tls:',
      '    certificate: cert.pem',
      '    key: key.pem',
      "    clientCertificates: { authorities: clients-ca.pem }   # those who issue clients' certificates, and nobody else",
      '',
    );
  lines.push(
    '# limits:                       # default: 50 requests a second by address, bursts of 100',
    '#   - { by: address, algorithm: token-bucket, rate: 50/s, burst: 100 }',
    '#   - { operations: [login], by: address, algorithm: fixed-window, limit: 5/min }',
    '# responses: { undeclared: strip, invalid: block }',
    '# mode: observe                 # record what would be refused, refuse nothing',
    '',
  );
  return lines.join('\n');
}

function renderScheme(scheme: SecurityScheme, document: ApiDocument, answers: Answers): string[] {
  const name = /^[A-Za-z_][\w-]*$/.test(scheme.name) ? scheme.name : JSON.stringify(scheme.name);
  if (isBearer(scheme))
    return [
      `  ${name}:`,
      answers.issuer === null
        ? "    issuer:                     # the URL in the tokens' iss claim"
        : `    issuer: ${JSON.stringify(answers.issuer)}`,
      answers.audience === null
        ? "    audience:                   # what the tokens' aud claim names"
        : `    audience: ${JSON.stringify(answers.audience)}`,
      '    algorithms: [RS256, ES256, EdDSA]',
      ...(isDpop(scheme) ? ['    dpop: required'] : []),
    ];
  if (scheme.type === 'apiKey')
    return [
      scheme.in === 'query'
        ? `  ${name}: { keys: ${fileFor(scheme, document)}, allowInQuery: true }    # SHA-256 of each key, never the key; URLs end up in logs`
        : `  ${name}: { keys: ${fileFor(scheme, document)} }    # SHA-256 of each key, never the key`,
    ];
  if (isBasic(scheme))
    return [`  ${name}: { users: ${fileFor(scheme, document)} }   # lines of \`sallyport hash-password\``];
  if (scheme.type === 'mutualTLS') return [`  ${name}: { subject: CN }   # what in a certificate names the client`];
  return [`  # ${name}: ${describe(scheme)} cannot be checked`];
}
