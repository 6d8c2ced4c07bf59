import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { parsePolicy } from './parse-policy.ts';

function refusals(text: string): readonly unknown[] {
  try {
    parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ code, path, message, hint }) => [code, path, message, hint]);
  }
}
const entry = (settings: string): string => `authentication: { one: { ${settings} } }`;

describe('mixedSettings', () => {
  it('tells settings of another kind once, what the kind was taken from, and what may stand without that', () => {
    expect(
      refusals(entry('issuer: https://id.example.com/, audience: a, algorithms: [RS256], keys: jwks.json')),
    ).toEqual([
      [
        'POLICY_UNKNOWN_KEY',
        '/authentication/one/issuer',
        'issuer, audience and algorithms do not go with keys, by which this was taken for a map with keys, allowInQuery, forwardCredential',
        expect.stringMatching(
          /^Remove issuer, audience and algorithms; or keys, and what may stand there is issuer, audience, algorithms, jwks, .*\.$/,
        ),
      ],
    ]);
  });

  it('tells it in each entry of a list by itself, and what else is wrong there besides', () => {
    expect(
      refusals(
        `authentication: { one: [{ introspection: { endpoint: https://i/x }, audience: a, jwks: k.json, colour: red }] }`,
      ),
    ).toMatchObject([
      ['POLICY_REQUIRED', '/authentication/one/0/introspection', expect.anything(), expect.anything()],
      [
        'POLICY_UNKNOWN_KEY',
        '/authentication/one/0/jwks',
        expect.stringMatching(/^jwks does not go with introspection, by /),
        expect.anything(),
      ],
      ['POLICY_UNKNOWN_KEY', '/authentication/one/0/colour', 'there is no setting colour here', expect.anything()],
    ]);
  });

  it('tells a name that no kind knows by itself, and what is near', () => {
    expect(refusals(entry('issuer: https://id.example.com/, audience: a, jwsk: k.json'))).toEqual([
      ['POLICY_UNKNOWN_KEY', '/authentication/one/jwsk', 'there is no setting jwsk here', 'Did you mean jwks?'],
    ]);
  });

  it('tells settings of TLS that exclude each other', () => {
    expect(
      refusals('listen: { tls: { certificate: c.pem, key: k.pem, acme: { email: a@example.com, agree: true } } }'),
    ).toMatchObject([
      [
        'POLICY_UNKNOWN_KEY',
        expect.stringMatching(/^\/listen\/tls\//),
        expect.stringContaining(' go with '),
        expect.anything(),
      ],
    ]);
  });
});
