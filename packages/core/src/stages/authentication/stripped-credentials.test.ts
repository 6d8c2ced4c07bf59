import { describe, expect, test } from 'vitest';
import { documentWith, operationWith } from './testing/secured-document.ts';
import { strippedCredentials } from './stripped-credentials.ts';
import type { Operation } from '../../openapi/model.ts';

const DOCUMENT = documentWith({
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  key: { type: 'apiKey', in: 'header', parameter: 'X-Api-Key' },
  queryKey: { type: 'apiKey', in: 'query', parameter: 'api_key' },
  session: { type: 'apiKey', in: 'cookie', parameter: 'session' },
});

/** What is stripped, in a line, where the operation declares these parameters and uses these schemes. */
function stripped(parameters: readonly (readonly [place: string, name: string])[], used: readonly string[] = []) {
  const declared = parameters.map(([place, name]) => ({ in: place, name }) as Operation['parameters'][number]);
  const { headers, query, cookies } = strippedCredentials(
    DOCUMENT,
    operationWith([], { parameters: declared }),
    used,
    [],
  );
  return [...headers, ...query.map((name) => `?${name}`), ...cookies.map((name) => `;${name}`)].join(' ');
}

const ALL = 'authorization x-api-key dpop ?api_key ;session';

describe('strippedCredentials', () => {
  test('keeps a declared header under the name of a scheme that is not used, in any case', () => {
    expect(stripped([['header', 'X-API-Key']])).toBe('authorization dpop ?api_key ;session');
    expect(stripped([['header', 'X-API-Key']], ['key'])).toBe(ALL);
  });

  test('keeps a declared cookie under the name of a scheme that is not used', () => {
    expect(stripped([['cookie', 'session']])).toBe('authorization x-api-key dpop ?api_key');
  });

  test('strips Authorization, declared as a parameter or not', () => {
    expect(stripped([['header', 'Authorization']])).toBe(ALL);
  });

  test('strips what is declared under the name in another place alone', () => {
    expect(
      stripped([
        ['query', 'X-Api-Key'],
        ['query', 'x-api-key'],
        ['header', 'api_key'],
        ['query', 'session'],
        ['cookie', 'authorization'],
        ['cookie', 'Session'],
      ]),
    ).toBe(ALL);
  });

  test('strips nothing for certificates, which no header carries', () => {
    const { headers } = strippedCredentials(
      documentWith({ certificate: { type: 'mutualTLS' } }),
      operationWith([{ certificate: [] }]),
      ['certificate'],
      [],
    );
    expect(headers).toEqual([]);
  });
});
