import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, type ConfigurationProblem } from '../packages/core/src/configuration-error.ts';
import type { ApiDocument, Operation } from '../packages/core/src/openapi/model.ts';
import { checkPolicyAgainst } from '../packages/core/src/policy/check-policy-against.ts';
import { parsePolicy } from '../packages/core/src/policy/parse-policy.ts';
import { POLICY_CODES } from '../packages/core/src/policy/policy-codes.ts';

/**
 * Every `policies/NAME.yaml` has exactly the problems and warnings of `policies/NAME.problems.txt`. Those that start with `against-`
 * are checked against a small document as well. `vitest run conformance/policies.test.ts --update` writes the files anew; read what changed.
 */
const FOLDER = resolve(import.meta.dirname, 'policies');
const CANARY = 'canary-5f0c';
const ENVIRONMENT = new Map([
  ['API_SECRET', CANARY],
  ['EMPTY', ''],
  ['DB_PASSWORD', `${CANARY}@b/x`],
  ['DB_ENCODED', '%2Fx%40b%25'],
  ['DB_URL', `postgres://app:${CANARY}@127.0.0.1/sallyport`],
  ['UPSTREAM_HOST', 'upstream.example'],
  ['PORT', '8443'],
  ['MODE', 'observe'],
]);
const FILES = new Map([
  ['key.pem', `-----BEGIN ${CANARY}-----\n`],
  ['empty.pem', '\n'],
]);

function operation(
  id: string,
  method: string,
  path: string,
  tags: readonly string[],
  extensions: Operation['extensions'] = {},
): Operation {
  const pointer = `/paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}`;
  return {
    id,
    method,
    path,
    tags,
    extensions,
    file: 'openapi.yaml',
    pointer,
    basePaths: [''],
    summary: null,
    deprecated: false,
    parameters: [],
    requestBody: null,
    responses: [],
    security: null,
  };
}

const DOCUMENT: ApiDocument = {
  file: 'openapi.yaml',
  version: '3.1.0',
  title: 'Bank',
  operations: [
    operation('login', 'POST', '/login', [], {
      'x-sallyport': { deprecated: '2028-01-01', cots: 3, limits: [], timeout: '${env:API_SECRET}' },
      'x-sallyport-deprecated': '2028-01-01',
    }),
    operation('listAccounts', 'GET', '/accounts', ['accounts', 'reports']),
    operation('openAccount', 'POST', '/accounts', ['accounts'], { 'x-sallyport': 'observe' }),
  ],
  securitySchemes: new Map([
    [
      'bearerAuth',
      {
        file: 'openapi.yaml',
        pointer: '/components/securitySchemes/bearerAuth',
        name: 'bearerAuth',
        type: 'http',
        scheme: 'bearer',
        bearerFormat: null,
      },
    ],
  ]),
  extensions: {},
  warnings: [],
  locate: ({ file }) => ({ file, line: 1, column: 1 }),
  resolveSchema: () => null,
};

/** For policies about roles: operations that ask for a credential, and for scopes. */
const guarded = (id: string, method: string, path: string, tag: string, scopes: readonly string[]): Operation => ({
  ...operation(id, method, path, [tag]),
  security: [[{ scheme: 'bearerAuth', scopes }]],
});
const GUARDED: ApiDocument = {
  ...DOCUMENT,
  operations: [
    operation('login', 'POST', '/login', ['session']),
    guarded('listAccounts', 'GET', '/accounts', 'accounts', ['accounts:read']),
    guarded('closeAccount', 'DELETE', '/accounts/{id}', 'accounts', ['accounts:read', 'accounts:close']),
    guarded('reports', 'GET', '/reports/{id}', 'reports', ['reports']),
  ],
};

/** For `against-document-ownership`: operations with ids, and one that names a resource which nobody declares. */
const OWNED: ApiDocument = {
  ...DOCUMENT,
  operations: [
    operation('listAccounts', 'GET', '/accounts', []),
    operation('openAccount', 'POST', '/accounts', [], { 'x-sallyport-owner': 'invoice' }),
    operation('getAccount', 'GET', '/accounts/{accountId}', []),
    operation('freezeCard', 'POST', '/cards/{cardId}/freeze', []),
    operation('getGroup', 'GET', '/groups/{groupId}', []),
    operation('leaveGroup', 'DELETE', '/groups/{groupId}', []),
    operation('leaveTeam', 'DELETE', '/teams/{teamId}', []),
  ],
};

function problemsOf(name: string): string {
  const context = {
    environment: (variable: string) => ENVIRONMENT.get(variable),
    readFile: (path: string) => {
      const text = FILES.get(path);
      if (text === undefined) throw Object.assign(new Error(`no such file ${CANARY}`), { code: 'ENOENT' });
      return text;
    },
    vaultSecret: (path: string) =>
      path === 'secret/none'
        ? ({ ok: false, message: 'permission denied' } as const)
        : ({ ok: true, text: CANARY } as const),
  };
  try {
    const policy = parsePolicy(
      { file: `${name}.yaml`, text: readFileSync(resolve(FOLDER, `${name}.yaml`), 'utf8') },
      context,
    );
    const against = name.startsWith('against-')
      ? checkPolicyAgainst(name.includes('roles') ? GUARDED : name.endsWith('-ownership') ? OWNED : DOCUMENT, policy)
      : [];
    return render(against, '') + render(policy.warnings ?? [], 'warning ') || 'none\n';
  } catch (error) {
    if (error instanceof ConfigurationError) return render(error.problems, '');
    throw error;
  }
}

function render(problems: readonly ConfigurationProblem[], prefix: string): string {
  return problems
    .map(
      ({ code, file, line, column, path, message, hint }) =>
        `${prefix}${file}:${line}:${column} ${code} ${path === '' ? '(root)' : path}\n    ${message}\n${hint === null ? '' : `    ${hint}\n`}`,
    )
    .join('');
}

const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

describe('policies', () => {
  it.each(NAMES)('%s has the problems written beside it, and no other', async (name) => {
    const problems = problemsOf(name);
    expect(problems).not.toContain(CANARY);
    expect(problems).not.toContain('hunter2');
    await expect(problems).toMatchFileSnapshot(resolve(FOLDER, `${name}.problems.txt`));
  });

  it('every code of the catalogue has a policy that shows it', () => {
    const shown = new Set(NAMES.flatMap((name) => problemsOf(name).match(/\bPOLICY_[A-Z_]+/g) ?? []));
    // Only a shell opens files and folders; the tests of the command line show these two.
    const ofTheShell = ['POLICY_UNREADABLE', 'POLICY_FOLDER_MISSING'];
    expect(Object.keys(POLICY_CODES).filter((code) => !shown.has(code))).toEqual(ofTheShell);
  });
});
