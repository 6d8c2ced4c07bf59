import { writeSync } from 'node:fs';
import { createStore, makeKey } from '@sallyport/gateway';

/** Creates keys one after the other for ever, and writes the id of each when it was acknowledged. Meant to be killed. */
const [, , where = '', key = '', prefix = ''] = process.argv;
const secret = (value: string) => ({ reference: 'test', reveal: () => value });
const store = createStore({
  location: where.startsWith('sqlite:')
    ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
    : { kind: 'postgres', url: secret(where) },
  key: secret(key),
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
