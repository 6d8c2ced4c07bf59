import { writeSync } from 'node:fs';
import { createStore, makeKey } from '@sallyport/gateway';
import { testSecret } from './test-secret.ts';

/** Creates keys one after the other for ever, and writes the id of each when it was acknowledged. Meant to be killed. */
const [, , where = '', key = '', prefix = ''] = process.argv;
const store = createStore({
  location: where.startsWith('sqlite:')
    ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
    : { kind: 'postgres', url: testSecret(where) },
  key: testSecret(key),
  graceMs: 0,
});
await store.open();
for (let index = 0; ; index++) {
  const id = `${prefix}-${index}`;
  const { sha256, hint } = makeKey('test');
  await store.createKey(
    {
      id,
      sha256,
      hint,
      scheme: 'key',
      owner: 'o',
      contact: null,
      subject: 's',
      scopes: [],
      roles: [],
      addresses: [],
      attributes: {},
      createdAtMs: 0,
      expiresAtMs: null,
      replaces: null,
    },
    { actor: 'writer', atMs: index },
  );
  writeSync(1, `${id}\n`);
}
