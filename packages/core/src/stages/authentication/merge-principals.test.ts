import { expect, test } from 'vitest';
import { mergePrincipals } from './merge-principals.ts';
import { principal } from './testing/secured-document.ts';

const KEY = principal('key', 'build', { roles: ['deployer', 'editor'], keyId: 'k1', attributes: { team: 'x' } });

test.each(['token', 'user'] as const)('mergePrincipals takes the %s for who asks, wherever it stands', (kind) => {
  const person = principal(kind, 'anna', { roles: ['editor', 'author'], attributes: { team: 'y' } });
  for (const principals of [
    [KEY, person],
    [person, KEY],
  ])
    expect(mergePrincipals(principals)).toMatchObject({
      kind,
      subject: 'anna',
      attributes: { team: 'y' },
      keyId: 'k1',
    });
});

test('mergePrincipals unites the roles, each once', () => {
  const person = principal('token', 'anna', { roles: ['editor', 'author'] });
  expect(mergePrincipals([KEY, person]).roles).toEqual(['deployer', 'editor', 'author']);
});

test('mergePrincipals takes the first key where there is nobody else', () => {
  const second = principal('key', 'deploy', { keyId: 'k2' });
  expect(mergePrincipals([KEY, second])).toMatchObject({ kind: 'key', subject: 'build', keyId: 'k1' });
});
