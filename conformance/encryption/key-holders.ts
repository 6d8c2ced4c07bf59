import { createHash } from 'node:crypto';

/** Callers of a test by their API keys, with what each may: lines of a policy for the scheme `key`, and the header that makes one of them ask. */
export function keyHolders(
  holders: Readonly<Record<string, { roles?: readonly string[]; scopes?: readonly string[] }>>,
) {
  const entries = Object.entries(holders).map(
    ([name, { roles = [], scopes = [] }]) =>
      `{ id: ${name}, sha256: ${createHash('sha256').update(name).digest('hex')}, roles: ${JSON.stringify(roles)}, scopes: ${JSON.stringify(scopes)} }`,
  );
  return {
    policy: `authentication: { key: { keys: [${entries.join(', ')}] } }\nlimits: []\n`,
    as: (name: string): Record<string, string> => ({ 'X-Key': name }),
  };
}

export const KEY_SCHEME = { key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
