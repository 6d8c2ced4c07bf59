import { expect, it } from 'vitest';
import { measureStore } from './measured-store.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store-port.ts';

it('a measured store answers and fails as the store does, and tells how long and how often', async () => {
  let closed = 0;
  const store = {
    getKey: async (id: string) => (id === 'a' ? ({ id } as unknown) : null),
    listKeys: () => Promise.reject(new StoreError('unavailable', 'a secret address')),
    onChange: () => undefined,
    async close() {
      closed += 1;
    },
  } as unknown as Store;
  const measured = measureStore(store);
  expect(await measured.store.getKey('a')).toEqual({ id: 'a' });
  expect(await measured.store.getKey('b')).toBeNull();
  await expect(measured.store.listKeys('', 1)).rejects.toMatchObject({ kind: 'unavailable' });
  measured.store.onChange(() => undefined);
  await measured.store.close();
  expect(closed).toBe(1);
  const text = measured.metrics();
  expect(text).toContain('sallyport_store_seconds_count 4\n');
  expect(text).toContain('sallyport_store_errors_total{kind="unavailable"} 1\n');
  expect(text).not.toContain('secret');
});
