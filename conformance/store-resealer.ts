import { writeSync } from 'node:fs';
import { createStore } from '@sallyport/gateway';
import { testSecret } from './test-secret.ts';

/** Seals a store anew and writes a line after each batch. Meant to be killed. */
const [, , where = '', newest = '', older = ''] = process.argv;
const store = createStore({
  location: where.startsWith('sqlite:')
    ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
    : { kind: 'postgres', url: testSecret(where) },
  key: testSecret(newest),
  olderKeys: [testSecret(older)],
  graceMs: 0,
});
await store.open();
await store.reseal({ actor: 'resealer', atMs: 0 }, (rows) => writeSync(1, `${rows}\n`));
await store.close();
