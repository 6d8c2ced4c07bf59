import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { parsePolicy } from './parse-policy.ts';

function refusals(text: string): readonly unknown[] {
  try {
    parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ code, message, hint }) => [code, message, hint]);
  }
}
const LIST = 'Write a list, even of one: in brackets, or with a dash before each item.';
const PLAIN = 'Write one value, without dashes or brackets.';
const NAMES = 'Write names with their values, without dashes or brackets.';

describe('typeHint', () => {
  it.each([
    ['trustedProxies: 10.0.0.0/8', 'expected a list, found text', LIST],
    ['limits: { by: address, limit: 5/min }', 'expected a list, found a map', LIST],
    ['log: { level: [info] }', 'expected one of error, warn, info, debug, found a list', PLAIN],
    ['operations: [getOrder]', 'expected a map from OPERATION, found a list', NAMES],
    ['upstream: [a]', 'expected text or a map, found a list', PLAIN],
    ['operations: getOrder', 'expected a map from OPERATION, found text', 'Write `OPERATION: …` for each.'],
    ['admin: 9090', 'expected off or a map, found a number', expect.stringMatching(/^A map may have (?:\w+, )*port, /)],
    ['log: json', expect.stringMatching(/^expected a map with format, .*, found text$/), null],
    [
      'authentication: { a: { issuer: https://i.example.com, audience: 7 } }',
      'expected text or a list, found a number',
      'Put it in quotes if text is meant.',
    ],
    [
      'authentication: { a: { issuer: https://i.example.com, audience: { b: c } } }',
      'expected text or a list, found a map',
      null,
    ],
  ])('%s is refused with how to write it', (text, message, hint) => {
    expect(refusals(text)).toEqual([['POLICY_TYPE', message, hint]]);
  });
});
