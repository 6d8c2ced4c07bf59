import { writeSync } from 'node:fs';
import { createStore } from '@sallyport/gateway';

/** Seals a store anew and writes a line after each batch. Meant to be killed. */
const [, , where = '', newest = '', older = ''] = process.argv;
const secret = (value: string) => ({ reference: 'test', reveal: () => value });
const store = createStore({
  location: where.startsWith('sqlite:')
    ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
    : { kind: 'postgres', url: secret(where) },
  key: secret(newest),
  olderKeys: [secret(older)],
  graceMs: 0,
});
await store.open();
await store.reseal({ actor: 'resealer', atMs: 0 }, (rows) => writeSync(1, `${rows}\n`));
await store.close();
