import { spawn } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryReader, loadDocument, parsePolicy } from '@sallyport/core';
import { createProgram } from 'sallyport';

/** What the pages tell is true: links lead somewhere, snippets are read by the program, commands are typed as they stand. */
const ROOT = resolve(import.meta.dirname, '..');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md', 'packages/*/*.md'], { cwd: ROOT })
  .filter((page) => !page.includes('node_modules'))
  .sort();
const GUIDES = PAGES.filter(
  (page) => page === 'README.md' || page.startsWith('docs/guide/') || page === 'packages/cli/README.md',
);

interface Block {
  readonly place: string;
  readonly text: string;
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Fenced blocks of one language, each with the page and line that it stands at. */
function blocks(pages: readonly string[], language: string): Block[] {
  return pages.flatMap((page) => {
    const text = read(page);
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((match) => ({
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      text: match[1] ?? '',
    }));
  });
}

const withoutBlocks = (page: string): string => read(page).replace(/^```[^]*?^```$/gm, '');
const spans = (page: string): string[] =>
  [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

describe('pages', () => {
  it.each(PAGES)('%s: every link leads somewhere', (page) => {
    const broken = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', fragment] = link.split('#');
        const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
        if (!existsSync(file)) return true;
        return (
          fragment !== undefined &&
          ![...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].some(
            (heading) => anchor(heading[1] ?? '') === fragment,
          )
        );
      });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('%s: every npm script, file and command that it names is there', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = new Map(createProgram().commands.map((command) => [command.name(), command]));
    const program = createProgram();
    const wrong: string[] = [];
    const lines = blocks([page], '(?:sh)?').flatMap(({ text }) =>
      text.split('\n').filter((line) => /^(npm|npx|sallyport) /.test(line)),
    );
    for (const text of [...spans(page), ...lines]) {
      for (const [, script = ''] of text.matchAll(/\bnpm run (?:-s |--silent )?([\w:-]+)/g))
        if (!Object.hasOwn(scripts, script)) wrong.push(text);
      const bench = /^npm run bench -- ([a-z][\w-]*)/.exec(text)?.[1];
      if (bench !== undefined && !existsSync(join(ROOT, 'bench', `${bench}.ts`))) wrong.push(text);
      const name = /^(?:npx )?sallyport ([a-z][a-z-]*)/.exec(text)?.[1];
      const command = name === undefined ? undefined : commands.get(name);
      if (name !== undefined && command === undefined) wrong.push(text);
      if (command !== undefined)
        for (const [option] of text.matchAll(/--[a-z][a-z-]+/g))
          if (
            option !== '--help' &&
            ![program, command, ...command.commands].some(({ options }) => options.some(({ long }) => long === option))
          )
            wrong.push(text);
      if (
        /^(packages|docs|conformance|examples|bench|tools)\/[\w./-]+$/.test(text) &&
        !text.includes('NNNN') &&
        !existsSync(join(ROOT, text))
      )
        wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });
});

const SETTINGS = blocks(GUIDES, 'yaml').filter(({ text }) => !/^# (?:keys|\w+\.test)\.yaml/.test(text));

describe('snippets', () => {
  it.each(SETTINGS)('$place is a policy that is understood', ({ text }) => {
    expect(() =>
      parsePolicy(
        { file: 'sallyport.yaml', text },
        {
          environment: () => 'of-the-environment',
          readFile: () => '',
          vaultSecret: () => ({ ok: true, text: 'of-vault' }),
        },
      ),
    ).not.toThrow();
  });

  it.each(blocks(GUIDES, 'json'))('$place is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('there are some of each', () => {
    expect([SETTINGS.length > 4, blocks(GUIDES, 'json').length > 0, blocks(GUIDES, 'sh').length > 3]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

const DOCUMENT = `openapi: 3.1.0
info: { title: Accounts, version: '1' }
paths:
  /v1/login:
    post: { operationId: login, responses: { '200': { description: ok } } }
  /v1/transfers:
    post:
      operationId: createTransfer
      requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { amount: { type: integer } } } } } }
      responses: { '201': { description: made } }
`;
const GUARDED = DOCUMENT.replace(
  'operationId: createTransfer',
  'operationId: createTransfer\n      security: [{ SCHEME: [] }]',
);
const withScheme = (name: string, scheme: string): string =>
  `${GUARDED.replace('SCHEME', name)}components: { securitySchemes: { ${name}: ${scheme} } }\n`;

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

describe('commands', () => {
  let folder = '';
  let bin = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-docs-'));
    bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync(join(ROOT, 'packages/cli/bin/sallyport.js'), join(bin, 'sallyport'));
    symlinkSync(process.execPath, join(bin, 'node'));
    writeFileSync(join(folder, 'openapi.yaml'), DOCUMENT);
    // Commands over the store, one after the other as the guides tell of them.
    mkdirSync(join(folder, 'store'));
    writeFileSync(
      join(folder, 'store', 'openapi.yaml'),
      withScheme('partnerKey', '{ type: apiKey, in: header, name: X-Key }'),
    );
    writeFileSync(join(folder, 'store', 'sallyport.yaml'), 'authentication: { partnerKey: { keys: store } }\n');
    writeFileSync(join(folder, 'store', 'stolen.txt'), 'a-stolen-token\n');
    mkdirSync(join(folder, 'roles'));
    writeFileSync(join(folder, 'roles', 'openapi.yaml'), withScheme('user', '{ type: http, scheme: bearer }'));
    writeFileSync(
      join(folder, 'roles', 'sallyport.yaml'),
      "authentication: { user: { issuer: 'https://id.example.com/', audience: api, jwks: 'https://id.example.com/keys' } }\nauthorization: { grants: store, roles: { billing-admin: [createTransfer] } }\n",
    );
    writeFileSync(join(folder, 'store', 'keys.yaml'), `keys:\n  - { id: ci, sha256: ${'5d'.repeat(32)} }\n`);
    mkdirSync(join(folder, 'encryption'));
    writeFileSync(join(folder, 'encryption', 'openapi.yaml'), DOCUMENT);
    writeFileSync(
      join(folder, 'encryption', 'sallyport.yaml'),
      'api: openapi.yaml\ndata: { encrypt: { fields: [ssn], record: [id], keys: { file: data-keys.json, master: master.key } } }\n',
    );
    writeFileSync(join(folder, 'encryption', 'people.jsonl'), '{"id":1,"ssn":null}\n');
    writeFileSync(join(folder, 'principal.json'), '{"subject":"ada","scopes":[]}');
    writeFileSync(join(folder, 'transfer.json'), '{"amount":5}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Types one line into a shell; what runs until it is stopped is stopped once it says what it guards. */
  function type(line: string, input = '', cwd = folder): Promise<Outcome> {
    return new Promise((done) => {
      const serves = /^sallyport run\b/.test(line);
      const child = spawn('bash', ['-c', serves ? `exec ${line} --port 0 --admin-port 0` : line], {
        cwd,
        env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1', FORCE_COLOR: '0' },
      });
      let output = '';
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
        if (serves && output.includes('  policy  ')) child.kill('SIGTERM');
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('close', (status) => done({ status, output }));
      child.stdin.end(input);
    });
  }

  const lines = blocks(GUIDES, 'sh')
    .flatMap(({ place, text }) =>
      text
        .trim()
        .split('\n')
        .map((line) => ({ place, line: line.replace(/^npx /, '') })),
    )
    .filter(({ line }) => !line.startsWith('npm '));

  it.each(lines)('$place: $line', async ({ line }) => {
    const { status, output } = await type(
      line,
      'a password\n',
      /^sallyport roles\b/.test(line)
        ? join(folder, 'roles')
        : /^sallyport (?:keys|revoke|revocations|signing-keys|audit-trail)\b/.test(line)
          ? join(folder, 'store')
          : /^sallyport (?:data-keys|rewrap)\b/.test(line)
            ? join(folder, 'encryption')
            : folder,
    );
    expect(output).not.toMatch(/\b[1-9]\d* problems?\b/);
    expect(status).toBe(0);
  });

  it('the policy of the README guards a document that names its scheme', () => {
    const policy = blocks(['README.md'], 'yaml')[0]?.text ?? '';
    const cwd = mkdtempSync(join(folder, 'readme-'));
    writeFileSync(join(cwd, 'openapi.yaml'), withScheme('bearerAuth', '{ type: http, scheme: bearer }'));
    writeFileSync(join(cwd, 'sallyport.yaml'), policy);
    return expect(type('sallyport check', '', cwd)).resolves.toEqual({
      status: 0,
      output: expect.stringMatching(/issuer|bearerAuth \(bearer token\)/) as string,
    });
  });

  it('the keys of the guide are read', async () => {
    const cwd = mkdtempSync(join(folder, 'keys-'));
    const keys = blocks(GUIDES, 'yaml').find(({ text }) => text.startsWith('# keys.yaml'))?.text ?? '';
    writeFileSync(join(cwd, 'openapi.yaml'), withScheme('partnerKey', '{ type: apiKey, in: header, name: X-Key }'));
    writeFileSync(join(cwd, 'sallyport.yaml'), 'authentication: { partnerKey: { keys: keys.yaml } }\n');
    writeFileSync(join(cwd, 'keys.yaml'), keys);
    expect(await type('sallyport check', '', cwd)).toMatchObject({ status: 0 });
  });

  it('the document that these commands are typed for has no warning of its own', () => {
    expect(loadDocument(createMemoryReader({ 'openapi.yaml': DOCUMENT }), 'openapi.yaml').warnings).toEqual([]);
  });
});
