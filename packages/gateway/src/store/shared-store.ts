import type { Store } from './store-port.ts';

/** One store for several users, each of whom opens and closes it: it is opened once, and closed when the last of them closed it. */
export function sharedStore(store: Store, users: number): Store {
  let opening: Promise<void> | null = null;
  let left = users;
  return {
    ...store,
    open() {
      opening ??= store.open().catch((error: unknown) => {
        opening = null;
        throw error;
      });
      return opening;
    },
    async close() {
      left -= 1;
      if (left === 0) await store.close();
    },
  };
}
