import { describe, expect, it } from 'vitest';
import { listVaultReferences } from './vault-references.ts';

const READER = { environment: () => 'x', readFile: () => 'x' };
const list = (text: string) => listVaultReferences({ file: 'sallyport.yaml', text }, READER);
const VAULT = 'vault: { address: https://vault.example, token: vault.token }\n';

describe('listVaultReferences', () => {
  it('lists each path once, wherever it stands, and says how Vault is reached', () => {
    const found = list(
      `${VAULT}store: { url: "postgres://\${vault:db/creds/a#username}:\${vault:db/creds/a#password}@h/d", key: "\${vault:secret/s#key}" }\nauthentication: { a: [{ x: "\${vault:secret/t#f}" }] }\n`,
    );
    expect(found?.paths).toEqual(['db/creds/a', 'secret/s', 'secret/t']);
    expect(found?.vault).toMatchObject({
      address: 'https://vault.example',
      refreshMs: 300_000,
      maxStaleMs: 86_400_000,
    });
  });

  it.each([
    ['no reference', VAULT],
    ['an escaped one', `${VAULT}store: "$\${vault:secret/a#b}"`],
    ['one without a field', `${VAULT}store: "\${vault:secret/a}"`],
    ['no vault', 'store: "${vault:secret/a#b}"'],
    ['a vault that is wrong', 'vault: { address: 1 }\nstore: "${vault:secret/a#b}"'],
    ['one in the setting itself alone', 'vault: { address: https://v.example, token: "${vault:secret/a#b}" }'],
    ['no YAML', '{ ${vault:secret/a#b}'],
    ['no map', '"${vault:secret/a#b}"'],
  ])('is null for %s: the policy itself is told what is wrong', (_, text) => {
    expect(list(text)).toBeNull();
  });
});
