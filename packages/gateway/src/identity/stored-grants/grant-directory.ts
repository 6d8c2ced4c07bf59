import type { GrantPort } from '@sallyport/core';
import { GrantTable } from './grant-table.ts';
import { MAX_GRANTS } from '../../store/grant-port.ts';
import { followStore } from '../../store/follow-store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store-port.ts';

const PAGE = 10_000;
const NOTE_USE_MS = 60_000;

export interface GrantDirectoryOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly maxGrants?: number;
  /** Told when the store goes away and when it is back. */
  readonly onState?: (up: boolean, reason: string) => void;
  /** Told when a store that can be asked takes no uses, and when it does again. */
  readonly onUses?: (written: boolean, reason: string) => void;
}

/** The roles granted in a store, as the requests of one process see them. */
export interface GrantDirectory {
  readonly port: GrantPort;
  /** Opens the store and learns what is granted. Resolves without where the store is away for the moment; rejects with `StoreError` for what does not heal by itself. */
  open(): Promise<void>;
  /** Begins to follow changes and to note uses. */
  start(): void;
  readonly size: number;
  close(): Promise<void>;
}

/**
 * Knows every grant that counts, so that no request waits for the store. Changes are asked for four times a second, and at once where the store
 * tells of them. While the store is away, what was known last goes on for `graceMs`; after that it is not known what is granted.
 */
export function createGrantDirectory(
  store: Pick<Store, 'open' | 'grantsSince' | 'recordGrantUses' | 'onChange' | 'close'>,
  {
    clock,
    graceMs,
    maxGrants = MAX_GRANTS,
    onState = () => undefined,
    onUses = () => undefined,
  }: GrantDirectoryOptions,
): GrantDirectory {
  const table = new GrantTable();
  let version = 0;

  async function read(): Promise<void> {
    for (;;) {
      const changes = await store.grantsSince(version, PAGE);
      for (const { version: next, grant } of changes) {
        table.apply(grant);
        version = next;
      }
      if (changes.length > 0 && table.size > maxGrants) table.sweep(clock.nowMs());
      if (changes.length < PAGE) break;
    }
    // Whoever writes past the store could fill the memory of every node.
    if (table.size > maxGrants) throw new StoreError('full', `more than ${maxGrants} roles are granted`);
  }

  const follower = followStore(store, {
    clock,
    graceMs,
    read,
    recordUses: (uses) => store.recordGrantUses(uses),
    onState,
    onUses,
  });
  return {
    port: {
      rolesOf(issuer, subject, nowMs) {
        if (!follower.isTrusted()) return null;
        const roles = table.rolesOf(issuer, subject, nowMs);
        if (follower.started && roles.length > 0)
          for (const id of table.toNote(issuer, subject, nowMs, NOTE_USE_MS)) follower.noteUse(id, nowMs);
        return roles;
      },
    },
    open: () => follower.open(),
    start: () => follower.start(),
    get size() {
      return table.size;
    },
    close: () => follower.close(),
  };
}
