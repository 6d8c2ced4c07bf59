import { writeSync } from 'node:fs';
import { createStore } from '@sallyport/gateway';
import { testSecret } from './test-secret.ts';

/** Seals a store anew, writes a line after each batch, and kills itself in the middle of the one after so many: whoever reads the lines may be too slow for it. */
const [, , where = '', newest = '', older = '', batches = ''] = process.argv;
let left = Number(batches);
const store = createStore({
  location: where.startsWith('sqlite:')
    ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
    : { kind: 'postgres', url: testSecret(where) },
  key: testSecret(newest),
  olderKeys: [testSecret(older)],
  graceMs: 0,
});
await store.open();
await store.reseal({ actor: 'resealer', atMs: 0 }, (rows) => {
  writeSync(1, `${rows}\n`);
  if (--left === 0) setImmediate(() => process.kill(process.pid, 'SIGKILL'));
});
await store.close();
