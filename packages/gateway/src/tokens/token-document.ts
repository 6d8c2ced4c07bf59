import type { TokensPolicy } from '@sallyport/core';

const json = (properties: Readonly<Record<string, object>>, required: readonly string[]): object => ({
  'application/json': { schema: { type: 'object', properties, required, additionalProperties: false } },
});
const TEXT = { type: 'string' };

/** What the door offers beside the API: the token endpoint, the keys that its tokens are signed with, and where to find both (RFC 8414). */
export function tokenDocument({ path, jwksPath, metadataPath }: TokensPolicy): object {
  const refused = (description: string): object => ({
    description,
    content: json({ error: TEXT, error_description: TEXT }, ['error']),
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Tokens', version: '1' },
    paths: {
      [path]: {
        post: {
          operationId: 'sallyport.token',
          requestBody: {
            required: true,
            content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
          },
          responses: {
            200: {
              description: 'a token',
              content: json({ access_token: TEXT, token_type: TEXT, expires_in: { type: 'integer' }, scope: TEXT }, [
                'access_token',
                'token_type',
                'expires_in',
              ]),
            },
            400: refused('the request is not as RFC 6749 has it'),
            401: refused('the key proves nothing'),
            429: refused('too many requests'),
            503: refused('the key cannot be checked now'),
          },
        },
      },
      [jwksPath]: {
        get: {
          operationId: 'sallyport.jwks',
          responses: {
            200: {
              description: 'the public keys',
              content: json({ keys: { type: 'array', items: { type: 'object' } } }, ['keys']),
            },
          },
        },
      },
      [metadataPath]: {
        get: {
          operationId: 'sallyport.metadata',
          responses: {
            200: {
              description: 'RFC 8414',
              content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
            },
          },
        },
      },
    },
  };
}
