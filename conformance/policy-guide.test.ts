import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compilePlan,
  createMemoryReader,
  loadDocument,
  parsePolicy,
  parsePolicyTests,
  runPolicyTests,
  type Plan,
} from '@sallyport/core';
import { cedarLanguage } from '@sallyport/gateway';

/** What the guide says about policies, held against the document of the example bank. */
const ROOT = resolve(import.meta.dirname, '..');
const GUIDE = readFileSync(resolve(ROOT, 'docs/guide/policies.md'), 'utf8');
const block = (start: string): string => {
  const from = GUIDE.indexOf(start);
  if (from < 0) throw new Error(`the guide has no ${start}`);
  return GUIDE.slice(GUIDE.indexOf('\n', from) + 1, GUIDE.indexOf('\n```', from) + 1);
};

function bankWith(cedar: string): Plan {
  const yaml = readFileSync(resolve(ROOT, 'examples/bank/sallyport.yaml'), 'utf8').replace(
    /^authorization:\n(?: .*\n)*/m,
    '',
  );
  const document = loadDocument(
    createMemoryReader({ 'openapi.yaml': readFileSync(resolve(ROOT, 'examples/bank/openapi.yaml'), 'utf8') }),
    'openapi.yaml',
  );
  const policy = parsePolicy(
    {
      file: 'sallyport.yaml',
      text: `${yaml}\nauthorization: { policies: { files: policies/, claims: { tenant: String } } }\n`,
    },
    { environment: () => undefined, readFile: () => '' },
  );
  return compilePlan(document, policy, {
    policies: { files: [{ file: 'bank.cedar', text: cedar }], language: cedarLanguage() },
  });
}

function tested(text: string): { failed: string[]; problems: string[] } {
  const set = bankWith(block('```cedar')).policySet;
  if (set === null) throw new Error('no policies');
  const { cases, problems } = parsePolicyTests('bank.test.yaml', text, set);
  return {
    failed: runPolicyTests(set, cases)
      .filter(({ passed }) => !passed)
      .map(
        ({ name, line, allowed, determining }) =>
          `${line} ${name}: ${allowed ? 'allow' : 'deny'} by ${determining.join(', ')}`,
      ),
    problems: problems.map(({ line, column, message, hint }) => `${line}:${column} ${message} ${hint ?? ''}`.trim()),
  };
}

describe('docs/guide/policies.md', () => {
  it('shows policies that the bank takes, without a warning about them', () => {
    const plan = bankWith(block('```cedar'));
    expect(plan.policySet?.policies.map(({ id }) => id)).toContain('large-transfers-by-day');
    expect(plan.warnings.filter(({ code }) => code !== 'CEDAR_OPERATION_CLOSED')).toEqual([]);
  });

  it('shows tests that these policies pass', () => {
    expect(tested(block('# bank.test.yaml'))).toEqual({ failed: [], problems: [] });
  });
});

const test = (given: string, expected: string): string =>
  `tests:\n  - name: one\n    given: { ${given} }\n    expect: ${expected}\n`;
const CUSTOMER = 'principal: { roles: [customer] }';

describe('tests of policies', () => {
  it.each([
    ['operation: getAccount, path: { accountId: a }', 'deny', []],
    ['operation: getAccount', 'deny by default', []],
    ['operation: health', 'allow', []],
    [`operation: getAccount, ${CUSTOMER}`, 'allow by accounts-of-customers', []],
    [`operation: getAccount, ${CUSTOMER}`, 'deny', ['2 one: allow by accounts-of-customers']],
    [`operation: getAccount, ${CUSTOMER}`, 'allow by transfers', ['2 one: allow by accounts-of-customers']],
    // What has no body cannot have its kind read: the forbid fails, and denies.
    [`operation: issueCard, ${CUSTOMER}`, 'deny by cards-in-person', []],
    [`operation: issueCard, ${CUSTOMER}, body: { kind: physical }`, 'deny by cards-in-person', []],
    [`operation: issueCard, ${CUSTOMER}, body: { kind: virtual }`, 'allow by accounts-of-customers', []],
    ['operation: getReport, principal: { roles: [auditor], claims: { tenant: harbour } }', 'allow', []],
    ['operation: listUsers, principal: { roles: [teller] }, context: { ip: 10.20.1.1 }', 'allow', []],
    ['operation: listUsers, principal: { roles: [teller] }, context: { ip: 10.21.1.1 }', 'deny by default', []],
  ])('%s: %s', (given, expected, failed) => expect(tested(test(given, expected))).toEqual({ failed, problems: [] }));

  it.each([
    ['', '1:1 expected tests: and a list of tests Begin with tests:, and - name: … below it.'],
    [
      'tests: [{ given: { operation: getAcount }, expect: deny }]',
      '1:31 the document has no such operation Did you mean getAccount?',
    ],
    [test('operation: getAccount', 'maybe'), /^4:13 expected allow or deny/],
    [test('operation: getAccount', 'allow by transfer'), '4:13 there is no policy of this id Did you mean transfers?'],
    [test('operation: getAccount, path: { id: a }', 'deny'), '3:49 there is no such name here There is accountId.'],
    [
      test('operation: getAccount, principal: { role: [x] }', 'deny'),
      /there is no such name here Did you mean roles\?$/,
    ],
    [test('operation: getAccount, principal: { claims: { tenannt: x } }', 'deny'), /Did you mean tenant\?$/],
    [test('operation: createTransfer, body: { amount: lots }', 'deny'), /expected a number with four digits/],
    [test('operation: createTransfer, body: { amunt: 1 }', 'deny'), /Did you mean amount\?$/],
    [test('operation: getAccount, context: { country: DE }', 'deny'), /there is no such name here/],
    [test('operation: getAccount, context: { time: noon }', 'deny'), /expected a date or a moment/],
    [test('operation: getAccount, body: {}', 'deny'), /getAccount has no JSON body/],
    ['tests: [', /^\d+:\d+ /],
  ])('refuses %j, and asks nothing', (text, problem) => {
    const { failed, problems } = tested(text);
    expect(failed).toEqual([]);
    expect(problems).toHaveLength(1);
    if (typeof problem === 'string') expect(problems[0]).toBe(problem);
    else expect(problems[0]).toMatch(problem);
  });
});
