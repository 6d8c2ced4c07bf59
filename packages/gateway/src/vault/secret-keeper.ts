import { createHash } from 'node:crypto';
import type { JsonObject, VaultAnswer, VaultReferences } from '@sallyport/core';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { CounterFamily } from '../metrics/counter-family.ts';
import { renderGauge } from '../metrics/single-metric.ts';
import { readSecret, renewLease, type VaultLease } from './read-secret.ts';
import { VaultError } from './vault-error.ts';
import type { VaultPool, VaultShare } from './vault-pool.ts';
import type { VaultSession } from './vault-session.ts';

/** What a policy refers to in Vault, read before the policy is, and kept fresh while it runs. */
export interface SecretKeeper {
  /** Reads what is not held yet. Never rejects: what could not be read is what `lookup` then says. What was accepted before goes on meanwhile. */
  prepare(references: VaultReferences | null): Promise<PreparedSecrets>;
  /** Keeps them from now on; `changed` hears that the policy should be read again, `stale` when secrets have become too old to go on with, or no longer are. */
  start(changed: () => void, stale: (isStale: boolean) => void): void;
  /** Prometheus text. */
  metrics(): string;
  close(): void;
}

/** The secrets of one policy. Either of `accept` and `drop` is called, once. */
export interface PreparedSecrets {
  lookup(path: string, field: string): VaultAnswer;
  /** The policy runs: these are kept, and those before forgotten. */
  accept(): void;
  /** The policy was refused. */
  drop(): void;
}

export interface SecretKeeperOptions {
  readonly clock?: Clock;
  readonly tell?: (level: 'info' | 'warn' | 'error', message: string, detail: string) => void;
}

interface Held {
  readonly path: string;
  fields: JsonObject;
  hash: string;
  lease: VaultLease | null;
  /** How long its first lease was. */
  leaseSeconds: number;
  /** When it was last read or renewed, in time that is never set back. */
  confirmedAtMs: number;
  failures: number;
  /** Whether it is being read again now. */
  asking: boolean;
  cancel: () => void;
}

interface Generation {
  readonly settings: VaultReferences['vault'] | null;
  readonly share: VaultShare | null;
  readonly held: ReadonlyMap<string, Held>;
}

const NOTHING: Generation = { settings: null, share: null, held: new Map() };
/** Different secrets of one policy. */
const MAX_PATHS = 1_000;
const CONCURRENCY = 4;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Secrets that one line of the log names. */
const MAX_NAMED = 10;
const MAX_TIMER_MS = 24 * 86_400_000;
/** A lease that can be renewed for less than this part of its first length is near its longest life: a new secret is read. */
const WORTHWHILE = 1 / 3;

/**
 * Secrets in KV are read again each `refreshMs`; one with a lease is renewed after two thirds of it, and read anew where it cannot be any more.
 * After a failure again after 1 s, 2 s, 4 s … at most a minute. What is held goes on meanwhile, for `maxStaleMs` past the time at which
 * it should have been read again.
 */
export function createSecretKeeper(vaults: VaultPool, options: SecretKeeperOptions = {}): SecretKeeper {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const tell = options.tell ?? (() => undefined);
  const reads = new CounterFamily(
    'sallyport_vault_secret_reads_total',
    'Secrets that were read or renewed, by answer: ok or failed.',
    ['answer'],
  );
  let current = NOTHING;
  let onChange: (() => void) | null = null;
  let onStale: (isStale: boolean) => void = () => undefined;
  let isStale = false;
  let cancelStale: () => void = () => undefined;
  let closed = false;

  const dueMs = ({ lease }: Held): number =>
    Math.min(lease === null ? (current.settings?.refreshMs ?? 0) : (lease.seconds * 1000 * 2) / 3, MAX_TIMER_MS);
  const schedule = (one: Held): void => {
    one.cancel();
    if (onChange === null || closed) return;
    const delayMs =
      one.failures > 0
        ? Math.min(FIRST_RETRY_MS * 2 ** Math.min(one.failures - 1, 10), MAX_RETRY_MS)
        : Math.max(one.confirmedAtMs + dueMs(one) - clock.steadyMs(), 0);
    one.cancel = clock.schedule(delayMs, () => void refresh(one));
  };
  /** Says whether everything is young enough, and looks again when the next would be too old. */
  const watchAge = (): void => {
    cancelStale();
    const { settings, held } = current;
    if (onChange === null || closed || settings === null || held.size === 0) return setStale(false);
    const { maxStaleMs } = settings;
    const endOf = (one: Held): number => one.confirmedAtMs + dueMs(one) + maxStaleMs;
    const all = [...held.values()];
    // Too old before its turn came: the clock was set forward. Whoever is asked says first whether that matters.
    const overdue = all.filter((one) => one.failures === 0 && clock.steadyMs() >= endOf(one));
    for (const one of overdue) if (!one.asking) void refresh(one);
    if (overdue.length > 0) return;
    const endsAtMs = Math.min(...all.map(endOf));
    setStale(clock.steadyMs() >= endsAtMs);
    if (!isStale) cancelStale = clock.schedule(Math.min(endsAtMs - clock.steadyMs(), MAX_TIMER_MS), watchAge);
  };
  const setStale = (next: boolean): void => {
    if (next === isStale) return;
    isStale = next;
    if (next) {
      const away = [...current.held.values()].filter(({ failures }) => failures > 0).map(({ path }) => path);
      const more = away.length > MAX_NAMED ? ` and ${away.length - MAX_NAMED} more` : '';
      const which = away.slice(0, MAX_NAMED).join(', ') + more;
      tell(
        'error',
        'secrets of Vault are too old to go on with: every request is refused',
        `${which} could not be read for longer than vault.maxStale; let Vault answer and the login count, and it goes on within a minute`,
      );
    } else tell('info', 'the secrets of Vault are new enough again: requests are let in', '');
    onStale(next);
  };

  const read = async (path: string, session: VaultSession): Promise<Held> => {
    const { fields, lease } = await readSecret(session, path);
    return {
      path,
      fields,
      hash: createHash('sha256').update(JSON.stringify(fields)).digest('base64'),
      lease,
      leaseSeconds: lease?.seconds ?? 0,
      confirmedAtMs: clock.steadyMs(),
      failures: 0,
      asking: false,
      cancel: () => undefined,
    };
  };
  /** True where the secret is another one now. */
  const confirm = async (one: Held, session: VaultSession): Promise<boolean> => {
    if (one.lease?.renewable === true) {
      const renewed = await renewLease(session, one.lease).catch((error: unknown) => {
        if (error instanceof VaultError && error.kind !== 'unavailable') return null;
        throw error;
      });
      if (renewed !== null && renewed.seconds >= one.leaseSeconds * WORTHWHILE) {
        one.lease = renewed;
        return false;
      }
    }
    const { fields, hash, lease, leaseSeconds } = await read(one.path, session);
    const isAnother = hash !== one.hash;
    Object.assign(one, { fields, hash, lease, leaseSeconds });
    return isAnother;
  };
  const refresh = async (one: Held): Promise<void> => {
    const { share } = current;
    if (share === null) return;
    let isAnother = false;
    one.cancel();
    one.asking = true;
    try {
      isAnother = await confirm(one, share.session);
      if (one.failures > 0) tell('info', 'a secret of Vault can be read again', one.path);
      one.failures = 0;
      one.confirmedAtMs = clock.steadyMs();
      reads.add('ok');
    } catch (error) {
      reads.add('failed');
      if (one.failures === 0 && !closed)
        tell(
          'warn',
          'a secret of Vault cannot be read again; the one at hand is used while it may be',
          `${one.path}: ${messageOf(error)}`,
        );
      one.failures++;
    }
    one.asking = false;
    if (closed || current.held.get(one.path) !== one) return;
    schedule(one);
    watchAge();
    if (isAnother) {
      tell('info', 'a secret of Vault is another one now', one.path);
      onChange?.();
    }
  };

  return {
    async prepare(references) {
      const held = new Map<string, Held>();
      const failed = new Map<string, string>();
      const all = references?.paths ?? [];
      const paths = all.slice(0, MAX_PATHS);
      for (const path of all.slice(MAX_PATHS)) failed.set(path, `more than ${MAX_PATHS} secrets are referred to`);
      let share: VaultShare | null = null;
      try {
        share = references === null ? null : vaults.take(references.vault);
      } catch (error) {
        for (const path of paths) failed.set(path, messageOf(error));
      }
      const { session } = share ?? {};
      if (session !== undefined) {
        // Another Vault, or another login: what it says is not what the other one said.
        const before = current.share?.session === session ? current.held : NOTHING.held;
        const missing = paths.filter((path) => !before.has(path));
        for (const path of paths) {
          const one = before.get(path);
          if (one !== undefined) held.set(path, one);
        }
        const worker = async (): Promise<void> => {
          for (let path = missing.shift(); path !== undefined; path = missing.shift())
            try {
              held.set(path, await read(path, session));
              reads.add('ok');
            } catch (error) {
              reads.add('failed');
              failed.set(path, messageOf(error));
            }
        };
        await Promise.all(Array.from({ length: CONCURRENCY }, worker));
      }
      return {
        lookup: (path, field) => fieldOf(held.get(path), field, failed.get(path)),
        accept() {
          const before = current;
          current = { settings: references?.vault ?? null, share, held };
          for (const [path, one] of before.held) if (held.get(path) !== one) one.cancel();
          before.share?.release();
          for (const one of held.values()) schedule(one);
          watchAge();
        },
        drop: () => share?.release(),
      };
    },
    start(changed, stale) {
      onChange = changed;
      onStale = stale;
      for (const one of current.held.values()) schedule(one);
      watchAge();
    },
    metrics() {
      const { settings, held } = current;
      if (settings === null) return '';
      const unconfirmed = [...held.values()].filter(({ failures }) => failures > 0).length;
      return (
        reads.render() +
        renderGauge('sallyport_vault_secrets', 'Secrets of Vault that the policy refers to.', held.size) +
        renderGauge('sallyport_vault_secrets_unconfirmed', 'Those whose last reading or renewal failed.', unconfirmed)
      );
    },
    close() {
      closed = true;
      cancelStale();
      for (const one of current.held.values()) one.cancel();
      current.share?.release();
      current = NOTHING;
    },
  };
}

function fieldOf(one: Held | undefined, field: string, failure = 'nobody was asked for it'): VaultAnswer {
  if (one === undefined) return { ok: false, message: failure };
  const value = Object.hasOwn(one.fields, field) ? one.fields[field] : undefined;
  if (value === undefined) return { ok: false, message: `it has no field ${field}` };
  return typeof value === 'string'
    ? { ok: true, text: value }
    : { ok: false, message: `its field ${field} is no text` };
}

/** Of a fault too: thrown on where a secret is read again, it would end the process, and what is held may go on for its time. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
