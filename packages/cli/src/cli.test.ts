import { createServer, type AddressInfo } from 'node:net';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeEntry } from '@sallyport/core';
import { createProgram } from './program.ts';
import { typeHere, typeInProcess, type Outcome } from './testing/type-command.ts';

/** The commands as a user types them: output and exit code. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Only what reads its standard input needs a process of its own. */
const sallyport = (
  words: readonly string[],
  input?: string,
  environment: Record<string, string> = {},
): Promise<Outcome> =>
  input === undefined
    ? typeHere(words, { cwd: folder, environment })
    : typeInProcess(words, { cwd: folder, environment }, input);

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const OPEN = `openapi: 3.1.0
info: { title: Open, version: '1' }
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { '200': { description: ok, content: { application/json: { schema: { type: object } } } } }
`;
/** What would become of a request for one of its things. */
const EXPLAIN = ['explain', 'GET', '/things/7', '--api', 'openapi.yaml'] as const;
const GUARDED = `${OPEN}      security: [{ token: [] }, { key: [] }, { basic: [] }]
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
    basic: { type: http, scheme: basic }
`;

/** Starts what does not end by itself, and resolves with what it said once that matches; then stops it. */
function runUntil(said: RegExp, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--conditions=sallyport-source', join(import.meta.dirname, 'main.ts'), ...words],
      {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      },
    );
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (said.test(text)) child.kill('SIGTERM');
    });
    child.on('close', () => resolve(text));
  });
}

const BIN = join(import.meta.dirname, '../bin/sallyport.js');
/** What a process with this before its program calls itself; those that it starts do not. */
const OLD =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";

function node(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('bin/sallyport.js', () => {
  it('runs from the sources, whatever was built before and wherever it is started', async () => {
    write('openapi.yaml', OPEN);
    expect(await node([BIN, '--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    expect((await node([BIN, 'check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1'])).stdout).toMatch(/getThing/);
    expect((await node([BIN, 'check', 'gone.yaml'])).status).toBe(2);
  });

  it('started with an older Node, hands over to the one that the repository brings, exit code included', async (test) => {
    if (!existsSync(join(import.meta.dirname, '../../../node_modules/.bin/node')))
      test.skip('this machine has no Node from the registry');
    expect(await node(['--import', OLD, BIN, '--version'])).toMatchObject({ status: 0, stderr: '' });
    expect((await node(['--import', OLD, BIN, 'rnu'])).status).toBe(2);
  });

  it('started with an older Node where there is no other, says which one is needed', async () => {
    const bin = join(folder, 'package/bin/sallyport.js');
    mkdirSync(join(folder, 'package/bin'), { recursive: true });
    cpSync(BIN, bin);
    writeFileSync(join(folder, 'package/package.json'), '{"type":"module"}');
    const { status, stderr } = await node(['--import', OLD, bin, '--version']);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/Node 20\.1\.0 is too old\. Install Node 24\.16/)]);
  });
});

describe('the command line', () => {
  it('exits with 2 for a command that does not exist, and says which one may be meant', async () => {
    const { status, stderr } = await sallyport(['rnu']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown command 'rnu'[^]*run/);
  });

  it('check shows the certificates of the door, until when they are good, and what is missing', async () => {
    write('openapi.yaml', OPEN);
    const upstream = ['--upstream', 'http://127.0.0.1:1', '--summary'];
    write('sallyport.yaml', 'listen: { tls: self-signed }\n');
    expect((await sallyport(['check', 'openapi.yaml', ...upstream])).stdout).toMatch(
      /^certificate localhost.*: until 20\d\d-\d\d-\d\d, self-signed/m,
    );
    write('sallyport.yaml', 'listen: { tls: { acme: { domains: [api.example.com], acceptTerms: true } } }\n');
    const { status, stdout } = await sallyport(['check', 'openapi.yaml', ...upstream]);
    expect(stdout).toContain(
      'certificate api.example.com: none yet, ordered from acme-v02.api.letsencrypt.org by tls-alpn-01',
    );
    expect(stdout).toContain('there is no certificate for api.example.com yet');
    expect(status).toBe(0);
    // Whoever only looks leaves nothing behind.
    expect(existsSync(join(folder, '.sallyport'))).toBe(false);
    const data = await sallyport(['check', 'openapi.yaml', ...upstream, '--json']);
    expect(JSON.parse(data.stdout)).toMatchObject({ certificates: [{ names: ['api.example.com'], expires: null }] });
  });

  it.each([
    'init',
    'run',
    'check',
    'explain',
    'hash-password',
    'keys',
    'revoke',
    'revocations',
    'signing-keys',
    'store',
    'audit-trail',
  ])('%s --help shows an example', async (command) => {
    const { status, stdout } = await sallyport([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(`Example:\n  `);
  });

  it('run refuses a document that is not there, with what to do', async () => {
    const { status, stderr } = await sallyport(['run', 'nowhere.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(status).toBe(2);
    expect(stderr).toContain('nowhere.yaml');
    expect(stderr).toMatch(/nothing was started/);
  });

  it('check says how many problems there are, and speaks of no start', async () => {
    const { status, stderr } = await sallyport(['check', 'nowhere.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/\n\nOne problem\.\n$/);
  });

  it('check --json prints the problems of document and policy where there is no plan', async () => {
    write('openapi.yaml', OPEN.replace('type: integer', 'type: integr'));
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nlimts: []\n');
    const { status, stdout, stderr } = await sallyport(['check', 'openapi.yaml', '--json']);
    const { problems } = JSON.parse(stdout) as { problems: Record<string, unknown>[] };
    expect(status).toBe(2);
    expect(problems[0]).toMatchObject({
      code: 'POLICY_UNKNOWN_KEY',
      file: expect.stringMatching(/sallyport\.yaml$/) as unknown,
      line: 2,
      column: 1,
      message: expect.stringContaining('limts') as unknown,
      hint: expect.stringContaining('limits') as unknown,
    });
    expect(stderr).toContain('sallyport.yaml:2:1 POLICY_UNKNOWN_KEY');
  });

  it('no help shows a default as a machine keeps it', () => {
    const program = createProgram();
    const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
    for (const command of all) expect(command.helpInformation()).not.toMatch(/default: (?:\[\]|\d{4,})/);
    expect(all.map((command) => command.helpInformation()).join('')).toMatch(/--unseen[^]*?\(default: 90d\)/);
  });

  it('run without a document says how to name one', async () => {
    const { status, stderr } = await sallyport(['run', '--upstream', 'http://127.0.0.1:1']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/openapi\.yaml/);
  });

  it('run refuses a scheme without configuration, and its hint is a policy that works', async () => {
    write('openapi.yaml', GUARDED);
    const { status, stderr } = await sallyport(['run', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(status).toBe(2);
    for (const scheme of ['token', 'key', 'basic'])
      expect(stderr).toMatch(new RegExp(`openapi\\.yaml:\\d+:\\d+ AUTHN_SCHEME_UNCONFIGURED[^\\n]*${scheme}`));
    expect(stderr).toContain('authentication:');
  });

  it('run reports every problem of document and policy at once, with lines', async () => {
    write('openapi.yaml', OPEN.replace('type: integer', 'type: integr').replace('/things/{id}', 'things/{id}'));
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nlimts: []\nmode: maybe\n');
    const { status, stderr } = await sallyport(['run', 'openapi.yaml']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/sallyport\.yaml:2:1 POLICY_UNKNOWN_KEY[^]*limits/);
    expect(stderr).toMatch(/sallyport\.yaml:3:7 POLICY_VALUE/);
    expect(stderr).toMatch(/openapi\.yaml:4:\d+ DOCUMENT_/);
  });

  it('check tells what is wrong with the document that a policy names, also where the policy is refused', async () => {
    write('api.yaml', OPEN.replace('type: integer', 'type: integr'));
    write('sallyport.yaml', 'api: api.yaml\nupstream: http://127.0.0.1:1\nnonsense: true\n');
    const { status, stderr } = await sallyport(['check', '--config', 'sallyport.yaml']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /sallyport\.yaml:3:1 POLICY_UNKNOWN_KEY[^]*api\.yaml:7:\d+ SCHEMA_UNUSABLE[^]*may be refused with/,
    );
  });

  it('check tells all that is wrong at once: the document, its schemas with every fault of each, the policy beside it, and warnings', async () => {
    write(
      'openapi.yaml',
      `openapi: 3.1.0
info: { title: Faults, version: '1' }
paths:
  /a:
    get:
      operationId: a
      security: [{ nobody: [] }]
      parameters: [{ name: q, in: qury, schema: { type: string } }]
      responses: { '200': { description: ok } }
  /b:
    get:
      operationId: b
      parameters: [{ name: r, in: query, schema: { $ref: '#/components/schemas/Gone' } }]
      responses:
        '200':
          description: ok
          content: { application/json: { schema: { type: strin, pattern: '((', properties: { x: { minLength: -1 } } } } }
`,
    );
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nmodes: { match: off }\n');
    const { status, stderr } = await sallyport(['check', 'openapi.yaml']);
    expect(status).toBe(2);
    const told = [...stderr.matchAll(/^(warning )?\S+?:(\d+):\d+ (\w+)/gm)].map(
      ([, warning = '', line, code]) => `${warning}${line} ${code}`,
    );
    expect(told.filter((line) => !line.startsWith('warning'))).toEqual([
      '7 DOCUMENT_SECURITY_UNDECLARED',
      '8 DOCUMENT_PARAMETER_INVALID',
      '13 SCHEMA_UNUSABLE',
      '17 SCHEMA_UNUSABLE',
      '17 SCHEMA_UNUSABLE',
      '17 SCHEMA_UNUSABLE',
    ]);
    // The reference of line 13 is told once.
    expect(told.filter((line) => line.startsWith('warning'))).toContain('warning 2 POLICY_MODE_OFF');
    expect(told.join('\n')).not.toContain('DOCUMENT_REFERENCE_BROKEN');
    expect(stderr).toMatch(/\n6 problems and \d warnings?\.\n$/);
  });

  it('check tells of files that are missing, whatever part of the policy names them, beside schemes without an entry', async () => {
    write('openapi.yaml', GUARDED);
    write(
      'sallyport.yaml',
      'upstream: http://127.0.0.1:1\nlisten: { tls: { certificate: no.pem, key: no.key } }\nauthentication: { key: { keys: no.yaml }, basic: { users: no.txt } }\n',
    );
    const { status, stderr } = await sallyport(['check', 'openapi.yaml']);
    expect(status).toBe(2);
    expect([...stderr.matchAll(/^(\S+) ([A-Z_]+) /gm)].map(([, place, code]) => `${place} ${code}`).toSorted()).toEqual(
      [
        'no.key TLS_FILE_INVALID',
        'no.pem TLS_FILE_INVALID',
        'no.txt IDENTITY_FILE_UNREADABLE',
        'no.yaml IDENTITY_FILE_UNREADABLE',
        'openapi.yaml:12:5 AUTHN_SCHEME_UNCONFIGURED',
      ],
    );
    expect(stderr).toMatch(/\n5 problems and 1 warning\.\n$/);
  });

  it.each([
    ['a log in a folder that is not there', 'log: { destination: gone/access.log }', 'LOG_FILE_UNWRITABLE', 'gone'],
    ['a log that is a folder', 'log: { destination: . }', 'LOG_FILE_UNWRITABLE', 'it is a folder'],
    ['a store in a folder that is not there', 'store: sqlite:gone/keys.db', 'STORE_UNUSABLE', 'there is none'],
    [
      'a key of the store that is not there',
      'store: { key: gone.key }',
      'STORE_UNUSABLE',
      'gone\\.key, cannot be read',
    ],
  ])('check refuses what run would refuse, and makes no file: %s', async (_what, setting, code, said) => {
    write('openapi.yaml', GUARDED.replace('{ token: [] }, ', '').replace(', { basic: [] }', ''));
    write('sallyport.yaml', `upstream: http://127.0.0.1:1\nauthentication: { key: { keys: store } }\n${setting}\n`);
    const files = readdirSync(folder);
    const { status, stderr } = await sallyport(['check']);
    expect(stderr).toMatch(
      new RegExp(`^sallyport\\.yaml:3:\\d+ ${code} [^\\n]*${said}[^]*\\nOne problem and 1 warning\\.\\n$`, 'm'),
    );
    expect([status, readdirSync(folder)]).toEqual([2, files]);
  });

  it('check tells of broken schemas beside what is missing between document and policy', async () => {
    write('openapi.yaml', GUARDED.replace('type: integer', 'type: integr'));
    const { stderr } = await sallyport(['check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(stderr).toMatch(/AUTHN_SCHEME_UNCONFIGURED[^]*:7:\d+ SCHEMA_UNUSABLE/);
  });

  it('a schema that cannot be compiled: run starts and says so with its place and what to do, check exits with 1, explain says what it does', async () => {
    write('openapi.yaml', OPEN.replace('type: integer', 'type: integr'));
    const upstream = ['--upstream', 'http://127.0.0.1:1'];
    const place =
      /openapi\.yaml:7:\d+ SCHEMA_UNUSABLE getThing: [^\n]*\n {4}Correct the schema, or switch the rule off[^\n]*OPERATION_UNUSABLE/;
    const started = await runUntil(/door {6}http/, [
      'run',
      'openapi.yaml',
      ...upstream,
      '--port',
      '0',
      '--admin-port',
      '0',
    ]);
    expect(started).toMatch(new RegExp(`^warning ${place.source}`, 'm'));
    expect(started).toMatch(/warnings {2}1; `sallyport check` shows it/);
    const more = Array.from(
      { length: 5_000 },
      (_, index) => `  /p${index}: { get: { responses: { '200': { description: ok } } } }\n`,
    );
    write('large.yaml', OPEN.replace('type: integer', 'type: integr').replace('paths:\n', `paths:\n${more.join('')}`));
    // Nobody asks it for anything: what it finds while it waits, it tells all the same.
    const waiting = ['run', 'large.yaml', ...upstream, '--port', '0', '--admin-port', '0'];
    expect(await runUntil(/OPERATION_UNUSABLE/, waiting)).toMatch(
      /door {6}http[^]*warning large\.yaml:5007:\d+ SCHEMA_UNUSABLE getThing/,
    );
    const checked = await sallyport(['check', 'openapi.yaml', ...upstream]);
    expect([checked.status, checked.stderr]).toEqual([1, expect.stringMatching(place)]);
    expect(checked.stdout).toContain('a schema cannot be compiled: every call is refused (OPERATION_UNUSABLE)');
    const explained = await sallyport([...EXPLAIN, ...upstream]);
    expect([explained.status, explained.stdout]).toEqual([1, expect.stringContaining('OPERATION_UNUSABLE')]);
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nmode: observe\n');
    expect((await sallyport([...EXPLAIN])).status).toBe(0);
    expect((await sallyport(['check', 'openapi.yaml'])).stdout).toContain('not checked: a schema cannot be compiled');
  });

  it('what keeps nothing from starting is a warning to run and a problem to check, and never hides what does', async () => {
    const depth = 3_000;
    const next = (i: number): string =>
      i + 1 < depth ? `{ oneOf: [{ $ref: '#/components/schemas/S${i + 1}' }, { type: integer }] }` : '{}';
    const schemas = Array.from({ length: depth }, (_, i) => `    S${i}: ${next(i)}\n`).join('');
    write(
      'openapi.yaml',
      `${OPEN.replace('type: object', "$ref: '#/components/schemas/S0'")}components:\n  schemas:\n${schemas}`,
    );
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nnonsense: true\n');
    const ran = await sallyport(['run', 'openapi.yaml']);
    expect(ran.stderr).toMatch(
      /^warning \S+ SCHEMA_UNUSABLE getThing[^]*\.yaml:2:\d+ POLICY_UNKNOWN_KEY[^]*\nOne problem and \d+ warnings?; nothing was started\./m,
    );
    const checked = await sallyport(['check', 'openapi.yaml', '--json']);
    const { problems } = JSON.parse(checked.stdout) as { problems: { code: string }[] };
    expect([checked.status, problems.map(({ code }) => code)]).toEqual([2, ['POLICY_UNKNOWN_KEY', 'SCHEMA_UNUSABLE']]);
  });

  it('schemas that lead too deep into each other end neither check nor explain, in parameters or bodies', async () => {
    const name = (i: number): string => `#/components/schemas/S${i}`;
    const schemas = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, i) => [`S${i}`, { oneOf: [{ $ref: name(i + 1) }, { type: 'integer' }] }]),
    );
    const deep = { $ref: name(0) };
    const responses = { 200: { description: '' } };
    const parameters = [{ name: 'q', in: 'query', schema: deep }];
    const requestBody = { content: { 'application/json': { schema: deep } } };
    write(
      'openapi.yaml',
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Deep', version: '1' },
        paths: { '/q': { get: { parameters, responses } }, '/b': { post: { requestBody, responses } } },
        components: { schemas: { ...schemas, S3000: { type: 'string' } } },
      }),
    );
    for (const [mode, status, codes] of [
      ['enforce', 1, ['SCHEMA_UNUSABLE']],
      ['observe', 1, ['SCHEMA_UNUSABLE']],
      ['off', 0, []],
    ] as const) {
      write(
        'sallyport.yaml',
        `upstream: http://127.0.0.1:1\nmodes: { parameters: ${mode}, body: ${mode} }\nthreats: {}\n`,
      );
      expect((await sallyport(['check', 'openapi.yaml'])).stdout).toContain('looked into: query q');
      const checked = await sallyport(['check', 'openapi.yaml', '--json']);
      const { problems } = JSON.parse(checked.stdout) as { problems: { code: string }[] };
      expect([checked.status, [...new Set(problems.map(({ code }) => code))]]).toEqual([status, codes]);
      for (const words of [
        ['GET', '/q?q=a'],
        ['POST', '/b'],
      ])
        expect((await sallyport(['explain', ...words, '--api', 'openapi.yaml'])).stderr).not.toContain('stack');
    }
  });

  it('explain tells the stage of answers that cannot be checked once', async () => {
    write('openapi.yaml', OPEN.replace('type: object', 'type: objec'));
    const words = [...EXPLAIN, '--upstream', 'http://127.0.0.1:1', '--json'];
    const { stages } = JSON.parse((await sallyport(words)).stdout) as { stages: { stage: string; outcome: string }[] };
    expect(stages.filter(({ stage }) => stage === 'response').map(({ outcome }) => outcome)).toEqual(['deny']);
  });

  it('check --json says so as JSON where an operation is unknown', async () => {
    write('openapi.yaml', OPEN);
    const words = ['check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1', '--operation', 'nonsense', '--json'];
    const { status, stdout } = await sallyport(words);
    const { problems } = JSON.parse(stdout) as { problems: { code: string }[] };
    expect([status, problems.map(({ code }) => code)]).toEqual([2, ['POLICY_OPERATION_UNKNOWN']]);
  });

  it('run says who to ask when its port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    write('openapi.yaml', OPEN);
    const { status, stderr } = await sallyport([
      'run',
      'openapi.yaml',
      '--upstream',
      'http://127.0.0.1:1',
      '--port',
      String(port),
      '--admin-port',
      '0',
    ]);
    server.close();
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`port ${port} is taken`));
  });

  it('check prints the plan and exits with 0; as JSON it is data', async () => {
    write('openapi.yaml', OPEN);
    const words = await sallyport(['check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(words.status).toBe(0);
    expect(words.stdout).toMatch(/GET \/things\/\{id\} {2}getThing/);
    expect(words.stdout).toMatch(/1 operation, 1 without authentication, 0 warnings, 0 problems/);
    const data = await sallyport(['check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1', '--json']);
    expect((JSON.parse(data.stdout) as { operations: { id: string }[] }).operations.map(({ id }) => id)).toEqual([
      'getThing',
    ]);
  });

  it('check lists what Sallyport asks others for by itself, and where that may lead', async () => {
    write('openapi.yaml', GUARDED);
    write(
      'sallyport.yaml',
      `upstream: http://127.0.0.1:1
authentication:
  token: { issuer: 'https://id.example/', audience: a }
  key: { keys: [{ id: a, sha256: ${'ab'.repeat(32)}, subject: a }] }
  basic: { users: users.txt }
egress: { allow: [10.0.0.0/8, id.internal] }
`,
    );
    write('users.txt', '');
    const { stdout, stderr } = await sallyport(['check', 'openapi.yaml']);
    expect(stderr).toBe('');
    expect(stdout).toContain(`Asked for by Sallyport itself
  keys of token, from https://id.example/.well-known/openid-configuration, and from the jwks_uri that it names
  what is so named may lead to: public addresses, 10.0.0.0/8, id.internal
`);
    const { fetches } = JSON.parse((await sallyport(['check', 'openapi.yaml', '--json'])).stdout) as Record<
      string,
      unknown
    >;
    expect(fetches).toEqual([
      { what: 'keys of token', from: 'https://id.example/.well-known/openid-configuration', names: ['jwks_uri'] },
    ]);
  });

  it('check begins with what it is about, shows the warnings of document and policy with their places, and ends with the count', async () => {
    write('openapi.yaml', OPEN.replace('type: integer', 'type: integer, nullable: true'));
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\nmodes: { body: off }\n');
    const { status, stdout } = await sallyport(['check', '--summary']);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('Open (openapi.yaml), policy sallyport.yaml, upstream http://127.0.0.1:1');
    expect(stdout).toMatch(/warning sallyport\.yaml:2:\d+ POLICY_MODE_OFF [^]*\n {4}\S/);
    expect(stdout).not.toContain('getThing');
    expect(lines.at(-1)).toBe(lines[1]);
  });

  it('check --operation prints those operations only, and says which is meant where there is none', async () => {
    write(
      'openapi.yaml',
      `${OPEN}  /others:\n    get: { operationId: listOthers, responses: { '200': { description: ok } } }\n`,
    );
    const upstream = ['--upstream', 'http://127.0.0.1:1'];
    const one = await sallyport(['check', 'openapi.yaml', ...upstream, '--operation', 'GET /others']);
    expect([one.status, one.stdout.includes('getThing')]).toEqual([0, false]);
    expect(one.stdout).toMatch(/1 of 2 operations, 1 without authentication[^]*GET \/others {2}listOthers/);
    const two = await sallyport([
      'check',
      'openapi.yaml',
      ...upstream,
      '--operation',
      'listOthers',
      '--operation',
      'getThing',
      '--json',
    ]);
    expect((JSON.parse(two.stdout) as { operations: unknown[] }).operations).toHaveLength(2);
    const none = await sallyport(['check', 'openapi.yaml', ...upstream, '--operation', 'getThings']);
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('is "getThing" meant?')]);
  });

  it('a document reads a folder beside its own where policy or command line names it, and not where the document itself does', async () => {
    mkdirSync(join(folder, 'api'));
    mkdirSync(join(folder, 'shared'));
    write('shared/thing.yaml', 'type: object\n');
    const document = OPEN.replace('schema: { type: object }', 'schema: { $ref: ../shared/thing.yaml }');
    write('api/openapi.yaml', document);
    const upstream = ['--upstream', 'http://127.0.0.1:1'];
    const refused = await sallyport(['check', 'api/openapi.yaml', ...upstream]);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/SCHEMA_UNUSABLE[^\n]*apiFolders[^\n]*--allow-folder/),
    ]);
    const named = await sallyport(['check', 'api/openapi.yaml', ...upstream, '--allow-folder', 'shared']);
    expect([named.status, named.stderr]).toEqual([0, '']);
    expect(
      (
        await sallyport([
          'explain',
          'GET',
          '/things/7',
          '--api',
          'api/openapi.yaml',
          ...upstream,
          '--allow-folder',
          'shared',
        ])
      ).status,
    ).toBe(0);
    const made = await sallyport([
      'init',
      'api/openapi.yaml',
      ...upstream,
      '--allow-folder',
      'shared',
      '-o',
      'api/sallyport.yaml',
    ]);
    expect([made.status, made.stderr]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'api/sallyport.yaml'), 'utf8')).toContain('apiFolders: ["../shared"]');
    const written = await sallyport(['check', '--config', 'api/sallyport.yaml']);
    expect([written.status, written.stderr]).toEqual([0, '']);
    write('api/openapi.yaml', `${document}x-sallyport: { apiFolders: [../shared] }\n`);
    const itself = await sallyport(['check', 'api/openapi.yaml', ...upstream]);
    expect([itself.status, itself.stderr]).toEqual([
      2,
      expect.stringMatching(
        /openapi\.yaml:\d+:\d+ POLICY_CONTRADICTION the document cannot say which folders it may read/,
      ),
    ]);
  });

  it('folders that are none are named with their place, whoever named them', async () => {
    write('openapi.yaml', OPEN);
    write('sallyport.yaml', 'upstream: http://127.0.0.1:1\napiFolders: [gone, openapi.yaml]\n');
    const { status, stderr } = await sallyport(['check', '--allow-folder', 'nowhere']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /sallyport\.yaml:2:\d+ POLICY_FOLDER_MISSING \S*gone is no folder[^]*sallyport\.yaml:2:\d+ POLICY_FOLDER_MISSING \S*openapi\.yaml is no folder[^]*command line \(--allow-folder\) POLICY_FOLDER_MISSING \S*nowhere is no folder/,
    );
  });

  it('check exits with 1 where a schema cannot be compiled, and names it', async () => {
    write('openapi.yaml', OPEN.replace('schema: { type: object }', "schema: { $ref: '#/components/schemas/Gone' }"));
    const { status, stderr } = await sallyport(['check', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/getThing/);
    expect(stderr).toMatch(/Gone/);
  });

  it.skipIf(spawnSync('openssl', ['version']).error !== undefined)(
    'run counts the warnings that check shows, those of certificates too',
    async () => {
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=localhost'];
      execFileSync('openssl', [...made, ...files], { cwd: folder, stdio: 'ignore' });
      write('openapi.yaml', OPEN);
      write(
        'sallyport.yaml',
        'upstream: http://127.0.0.1:1\nlisten: { port: 0, tls: { certificate: cert.pem, key: key.pem } }\nadmin: { port: 0 }\n',
      );
      const shown = /(\d+) warnings?, 0 problems\n$/.exec((await sallyport(['check', '--summary'])).stdout)?.[1];
      expect(await runUntil(/  open /, ['run'])).toMatch(new RegExp(`\n {2}warnings {2}${shown};`));
    },
  );

  it.skipIf(spawnSync('openssl', ['version']).error !== undefined)(
    'explain --certificate tells whether a certificate would be believed, and check names what asks for it',
    async () => {
      const openssl = (...words: string[]): void =>
        void execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'];
      openssl(...made, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=CA');
      for (const name of ['alice', 'eve']) {
        write('ext', 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n');
        openssl(
          'req',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-keyout',
          'k',
          '-out',
          'csr',
          '-subj',
          `/CN=${name}`,
        );
        openssl(
          'x509',
          '-req',
          '-in',
          'csr',
          '-CA',
          'ca.pem',
          '-CAkey',
          'ca.key',
          '-set_serial',
          '2',
          '-extfile',
          'ext',
          '-out',
          `${name}.pem`,
        );
      }
      const document = OPEN.replace('/{id}', '').replace(/ {6}parameters.*\n/, '');
      write(
        'openapi.yaml',
        `${document}      security: [{ client: [] }]\ncomponents: { securitySchemes: { client: { type: mutualTLS } } }\n`,
      );
      write(
        'sallyport.yaml',
        'upstream: http://127.0.0.1:1\nlisten: { tls: { certificate: ca.pem, key: ca.key, clientCertificates: { authorities: ca.pem } } }\nauthentication: { client: { subject: CN, allowed: [alice] } }\n',
      );
      const alice = await sallyport(['explain', 'GET', '/things', '--certificate', 'alice.pem']);
      expect([alice.stderr, alice.status]).toEqual(['', 0]);
      const eve = await sallyport(['explain', 'GET', '/things', '--certificate', 'eve.pem']);
      expect([eve.status, eve.stdout]).toEqual([1, expect.stringContaining('AUTHN_CERTIFICATE_SUBJECT')]);
      write('cut.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
      for (const none of ['ca.key', 'cut.pem'])
        expect(await sallyport(['explain', 'GET', '/things', '--certificate', none])).toMatchObject({
          status: 2,
          stderr: `sallyport: --certificate: there is no certificate in PEM in ${none}\n`,
        });
      const nobody = await sallyport(['explain', 'GET', '/things']);
      expect([nobody.status, nobody.stdout]).toEqual([1, expect.stringContaining('AUTHN_CERTIFICATE_MISSING')]);
      expect((await sallyport(['check'])).stdout).toContain("client (client's certificate)");
    },
  );

  it('explain and run tell of the base path that servers put before the paths', async () => {
    write('openapi.yaml', OPEN.replace('paths:', 'servers: [{ url: https://api.example/v1 }]\npaths:'));
    const upstream = ['--upstream', 'http://127.0.0.1:1'];
    const hint = 'The servers of the document put its paths behind /v1: /v1/things/7';
    const without = await sallyport([...EXPLAIN, ...upstream]);
    expect([without.status, without.stdout]).toEqual([1, expect.stringMatching(/404 PATH_UNKNOWN\n.*\n$/)]);
    expect(without.stdout).toContain(hint);
    const behind = (path: string) => sallyport(['explain', 'GET', path, '--api', 'openapi.yaml', ...upstream]);
    expect((await behind('/v1/things/7')).stdout).toMatch(/passed on to the upstream\n$/);
    expect((await behind('/v1/nothing')).stdout).toMatch(/404 PATH_UNKNOWN\n$/);
    const ports = ['--port', '0', '--admin-port', '0'];
    expect(await runUntil(/admin /, ['run', 'openapi.yaml', ...upstream, ...ports])).toMatch(
      /\n {2}paths {5}behind \/v1, as the servers of the document say\n/,
    );
  });

  it('explain exits with 0 for what would pass and with 1 for what would be refused', async () => {
    write('openapi.yaml', OPEN);
    const passes = await sallyport([...EXPLAIN, '--upstream', 'http://127.0.0.1:1']);
    expect([passes.status, passes.stdout.includes('passed on to the upstream')]).toEqual([0, true]);
    const refused = await sallyport([
      'explain',
      'GET',
      '/things/x',
      '--api',
      'openapi.yaml',
      '--upstream',
      'http://127.0.0.1:1',
      '--json',
    ]);
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      verdict: 'denied',
      code: 'PARAMETERS_INVALID',
      status: 400,
      operation: 'getThing',
    });
  });

  it('explain says of a refusal what it means and what to do, as the reference of codes does', async () => {
    write('openapi.yaml', OPEN);
    const { cause, remedy } = codeEntry('PATH_UNKNOWN');
    const words = ['explain', 'GET', '/nothing', '--api', 'openapi.yaml', '--upstream', 'http://127.0.0.1:1'];
    expect((await sallyport(words)).stdout).toContain(
      `✗ match           PATH_UNKNOWN\n${' '.repeat(18)}${cause}\n${' '.repeat(18)}What to do: ${remedy}\n`,
    );
  });

  it('init writes a policy that check accepts once its blanks are filled', async () => {
    write('openapi.yaml', GUARDED);
    const made = await sallyport([
      'init',
      'openapi.yaml',
      '--upstream',
      'http://127.0.0.1:3000',
      '--issuer',
      'https://id.example',
      '--audience',
      'things',
    ]);
    expect([made.status, made.stderr]).toEqual([0, '']);
    const line = await sallyport(['hash-password', 'ada'], 'a password\n');
    write('users.txt', line.stdout);
    write(
      'keys.yaml',
      'keys:\n  - { id: one, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, subject: partner }\n',
    );
    const { status, stderr, stdout } = await sallyport(['check']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/token \(bearer token\)/);
  });

  it('init writes an entry for every type of scheme that can be checked, and for none that no operation asks for', async () => {
    write(
      'openapi.yaml',
      `${OPEN}      security: [{ bound: [] }, { cert: [] }, { one: [] }, { other: [] }, { digest: [] }]
components:
  securitySchemes:
    bound: { type: http, scheme: DPoP }
    cert: { type: mutualTLS }
    one: { type: apiKey, in: header, name: X-One }
    other: { type: apiKey, in: query, name: other }
    digest: { type: http, scheme: digest }
    unused: { type: http, scheme: basic }
`,
    );
    const made = await sallyport(['init', 'openapi.yaml', '--issuer', 'https://id.example', '--audience', 'things']);
    expect([made.status, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toMatch(/one-keys\.yaml for one[^]*other-keys\.yaml for other/);
    expect(made.stdout).toMatch(/cert\.pem and key\.pem, [^\n]* clients-ca\.pem, for cert;/);
    expect(made.stdout).toContain('- digest (http digest) cannot be checked: ');
    expect(made.stdout).not.toContain('unused');
    // What is left are the files, and what cannot be checked at all.
    const { stderr } = await sallyport(['check']);
    expect([...stderr.matchAll(/^(\S+) ([A-Z_]+) /gm)].map(([, place, code]) => `${place} ${code}`).toSorted()).toEqual(
      [
        'cert.pem TLS_FILE_INVALID',
        'clients-ca.pem TLS_FILE_INVALID',
        'key.pem TLS_FILE_INVALID',
        'one-keys.yaml IDENTITY_FILE_UNREADABLE',
        expect.stringMatching(/^openapi\.yaml:\d+:5 AUTHN_SCHEME_UNSUPPORTED$/),
        'other-keys.yaml IDENTITY_FILE_UNREADABLE',
      ],
    );
    expect(readFileSync(join(folder, 'sallyport.yaml'), 'utf8')).toMatch(
      /bound:\n(?: {4}.*\n)+ {4}dpop: required\n[^]*other: \{ keys: other-keys\.yaml, allowInQuery: true \}/,
    );
  });

  it('init keeps a file that is there', async () => {
    write('openapi.yaml', OPEN);
    write('sallyport.yaml', '# mine\n');
    const { status, stderr } = await sallyport(['init']);
    expect([status, stderr.includes('--force')]).toEqual([2, true]);
    expect(readFileSync(join(folder, 'sallyport.yaml'), 'utf8')).toBe('# mine\n');
  });

  it('init says what is left to do, and check the same in other words', async () => {
    write('openapi.yaml', GUARDED);
    const { stdout } = await sallyport(['init', 'openapi.yaml']);
    expect(stdout).toMatch(/issuer and audience of token[^]*keys\.yaml for key[^]*users\.txt for basic/);
    const { status, stderr } = await sallyport(['check']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /sallyport\.yaml:\d+:5 POLICY_TYPE authentication\.token\.issuer has no value yet[^\n]*\n {4}Write issuer: /,
    );
  });

  it.each([
    [['run', 'openapi.yaml', '--bogus'], /unknown option '--bogus'[^]*--help/],
    [
      ['check', 'https://api.example/openapi.yaml'],
      /https:\/\/api\.example\/openapi\.yaml DOCUMENT_UNREADABLE a document is read from a file[^]*Save a copy/,
    ],
    [['check', 'empty.yaml'], /empty\.yaml:1:1 DOCUMENT_SYNTAX the file is empty/],
    [['check', 'folder'], /folder DOCUMENT_UNREADABLE \S*folder is not a file\n {4}Name an OpenAPI document/],
    [
      ['check', '--config', 'openapi.yaml'],
      /openapi\.yaml:1:1 POLICY_UNKNOWN_KEY this is an OpenAPI document and no policy/,
    ],
    [
      ['check', 'loop.yaml'],
      /loop\.yaml DOCUMENT_UNREADABLE \S*loop\.yaml cannot be read: its symbolic links lead in a circle/,
    ],
    [['check', 'tabbed.yaml'], /tabbed\.yaml:3:\d+ DOCUMENT_SYNTAX not YAML: [^\n]+\n {4}Indent with spaces/],
    [
      ['check', '--config', 'https://policies.example/sallyport.yaml'],
      /https:\/\/policies\.example\/sallyport\.yaml POLICY_UNREADABLE a policy is read from a file[^]*Save a copy/,
    ],
    [['check', '--config', 'latin.yaml'], /latin\.yaml POLICY_UNREADABLE the policy is not UTF-8; save it as UTF-8/],
    [['check', '--config', 'wide.yaml'], /wide\.yaml POLICY_UNREADABLE the policy is UTF-16 or UTF-32; save it as/],
    [
      ['check', '--config', 'bare.yaml'],
      /bare\.yaml:1:\d+ POLICY_SYNTAX missed comma between flow collection entries\n {4}Within \{ \} and \[ \], put \$\{…\} into quotes/,
    ],
    [['check', '--config', 'folder'], /folder POLICY_UNREADABLE the policy cannot be read: it is a folder/],
    [
      ['check', 'openapi.yaml', '--upstream', '127.0.0.1:3000'],
      /command line \(--upstream\) POLICY_URL expected an http or https URL/,
    ],
    [['init', 'openapi.yaml', '--upstream', '127.0.0.1:3000'], /--upstream takes a whole URL/],
    [
      ['init', 'openapi.yaml', '-o', 'gone/sallyport.yaml'],
      /gone\/sallyport\.yaml cannot be written: there is no such folder/,
    ],
    [['explain', 'GET', 'things/7', '--api', 'openapi.yaml'], /a path begins with a slash/],
    [[...EXPLAIN, '--as', 'gone.json'], /--as: gone\.json cannot be read: there is no such file/],
    [[...EXPLAIN, '--as', 'empty.yaml'], /--as: empty\.yaml must hold JSON such as .*; it is no JSON/],
    [[...EXPLAIN, '--as', 'list.json'], /--as: list\.json must hold JSON such as/],
    [[...EXPLAIN, '--body', 'folder'], /--body: folder cannot be read: it is a folder/],
  ])('%j exits with 2 and says what, where and what to do', async (args, said) => {
    write('openapi.yaml', OPEN);
    write('empty.yaml', '');
    write('list.json', '[1]');
    symlinkSync('loop.yaml', join(folder, 'loop.yaml'));
    write('tabbed.yaml', 'openapi: 3.1.0\npaths:\n \t/things:\n    get: {}\n');
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from('api: caf\u00e9.yaml\n', 'latin1'));
    writeFileSync(join(folder, 'wide.yaml'), Buffer.from('\ufeffapi: openapi.yaml\n', 'utf16le'));
    write('bare.yaml', 'upstream: { url: ${env:UPSTREAM} }\n');
    mkdirSync(join(folder, 'folder'));
    const { status, stderr } = await sallyport(args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(said)]);
  });

  it('hash-password refuses an empty password and a user name with a colon', async () => {
    expect((await sallyport(['hash-password', 'ada'], '\n')).status).toBe(2);
    expect((await sallyport(['hash-password', 'a:b'], 'x\n')).status).toBe(2);
  });
});
