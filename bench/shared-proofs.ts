/** What a used proof costs that nodes share through a store on disk: `npm run bench -- shared-proofs`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '@sallyport/gateway';
import { SYSTEM_CLOCK } from '../packages/gateway/src/clock.ts';
import { createSharedReplays } from '../packages/gateway/src/identity/shared-replays.ts';
import { ReplayMemory } from '../packages/gateway/src/identity/replay-memory.ts';

const PROOFS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const url = process.env['BENCH_STORE'];
const store = createStore({
  location:
    url === undefined
      ? { kind: 'sqlite', path: join(folder, 'store.db') }
      : { kind: 'postgres', url: { reference: 'BENCH_STORE', reveal: () => url } },
  key: { reference: 'bench', reveal: () => 'a key for benchmarks, long enough' },
  graceMs: 0,
});
await store.open();
for (const atATime of [1, 32, 256]) {
  const replays = createSharedReplays({
    local: new ReplayMemory(),
    store,
    clock: SYSTEM_CLOCK,
    isUp: () => true,
    mayBeAlone: () => false,
  });
  const proofs = atATime === 1 ? PROOFS / 20 : PROOFS;
  const nowMs = Date.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < proofs) {
      const id = `${process.pid} ${nowMs} ${atATime} ${next++}`;
      const key = `key ${next % 50}`;
      if ((await replays.remember({ holder: key, key, id, untilMs: nowMs + 90_000 }, nowMs)) !== 'new')
        throw new Error('a new proof was refused');
    }
  };
  const before = process.cpuUsage();
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: atATime }, client));
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(before);
  replays.close();
  console.log(
    `${String(atATime).padStart(4)} at a time   ${((tookMs / proofs) * atATime).toFixed(2).padStart(7)} ms each   ${((proofs / tookMs) * 1000).toFixed(0).padStart(7)} proofs/s   ${((user + system) / proofs).toFixed(1).padStart(6)} µs of CPU each`,
  );
}
await store.close();
rmSync(folder, { recursive: true, force: true });
