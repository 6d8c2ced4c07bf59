import type { FieldCipherPort, FieldIndexPort, HeldKeys } from '@sallyport/core';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { CounterFamily } from '../metrics/counter-family.ts';
import { renderGauge } from '../metrics/single-metric.ts';
import { DataKeyError, idOf, type WrappedKey } from './data-key-file.ts';
import { createFieldCipher } from './field-cipher.ts';
import { createFieldIndex } from './field-index.ts';
import { type DataKey, type KeyWrapper, KeyWrapperError } from './key-wrapper.ts';

/** The data keys that fields are encrypted under, held in memory for as long as they may be. */
export interface FieldKeys {
  readonly cipher: FieldCipherPort;
  /** Null where no field has an index. */
  readonly index: FieldIndexPort | null;
  /** Whose key the data keys are wrapped under, for people. */
  readonly provider: string;
  /** Unwraps what is not held yet. Rejects with a `DataKeyError` where a key cannot be had, unless `carried` says that others were held before. */
  open(carried: boolean): Promise<void>;
  /** Keeps them from now on. */
  start(): void;
  close(): void;
  /** Prometheus text. */
  metrics(): string;
  /** What is held, for those who take over: a key is none the younger for it. */
  carryOver(): ReadonlyMap<string, HeldKey>;
}

/** A data key that was unwrapped. */
export interface HeldKey {
  readonly wrapped: string;
  readonly key: DataKey;
  /** When, in time that is never set back. */
  readonly atMs: number;
  /** Values that were written under it since. */
  uses: number;
}

export interface FieldKeysOptions {
  readonly clock?: Clock;
  /** Null for keys that are held for good. */
  readonly held: HeldKeys | null;
  readonly carried?: ReadonlyMap<string, HeldKey>;
  /** Ids of the keys that those of indexes are derived from, the one that is written first. Empty or absent: no field has one. */
  readonly indexKeys?: readonly string[];
  readonly tell?: (level: 'info' | 'warn' | 'error', message: string, detail: string) => void;
}

/** Unwrapped at once, at most. */
const CONCURRENCY = 4;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const RENEW_AT = 0.8;
/** Keys that one line of the log names. */
const MAX_NAMED = 10;

/**
 * Holds each key of the file unwrapped. It is asked for again after four fifths of `renewMs` or of `uses`, one round at a time; after a failure
 * again after 1 s, 2 s, 4 s … at most a minute. Nothing is written under a key past `renewMs` or `uses`; it is read with for `keepMs` more while
 * nobody can be asked, and no longer once whoever unwraps it says no: to take the key away there takes it away here.
 */
export function createFieldKeys(
  file: readonly WrappedKey[],
  wrapper: KeyWrapper,
  options: FieldKeysOptions,
): FieldKeys {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const tell = options.tell ?? (() => undefined);
  const renewMs = options.held?.renewMs ?? Infinity;
  const endMs = renewMs + (options.held?.keepMs ?? 0);
  const maxUses = options.held?.uses ?? Infinity;
  const held = new Map<string, HeldKey>();
  const answers = new CounterFamily(
    'sallyport_data_key_unwraps_total',
    'Data keys that were to be unwrapped, by answer: unwrapped, refused, or unavailable.',
    ['answer'],
  );
  const newestFirst = file.toSorted(
    (one, other) => other.activeFromMs - one.activeFromMs || other.version - one.version,
  );
  for (const wrapped of file) {
    const before = options.carried?.get(idOf(wrapped));
    if (before?.wrapped === wrapped.wrapped)
      held.set(idOf(wrapped), { ...before, key: { ...wrapped, key: before.key.key } });
  }
  let round: Promise<readonly Failure[]> | null = null;
  let failures = 0;
  /** What was told last; null where all is well. */
  let lastTold: string | null = null;
  let cancel: () => void = () => undefined;
  let started = false;
  let closed = false;

  const find = (id: string): HeldKey | null => {
    const one = held.get(id) ?? null;
    if (one === null || clock.steadyMs() < one.atMs + endMs) return one;
    held.delete(id);
    return null;
  };
  /** Asks for what grew too old before its turn came: the clock was set forward. Where a round failed, the next one is due soon. */
  const hurry = (): void => {
    if (started && !closed && round === null && failures === 0) void keep();
  };
  /** The same as `find`, for whoever has to do without where there is none. */
  const want = (id: string): HeldKey | null => {
    const one = find(id);
    if (one === null && isOfFile(id)) hurry();
    return one;
  };
  const isOfFile = (id: string): boolean => file.some((one) => idOf(one) === id);
  const newest = (nowMs: number): HeldKey | null => {
    const active = newestFirst.find(({ activeFromMs }) => activeFromMs <= nowMs);
    return active === undefined ? null : want(idOf(active));
  };
  const mayWrite = (nowMs: number): boolean => {
    const one = newest(nowMs);
    const isYoung = one !== null && clock.steadyMs() < one.atMs + renewMs;
    if (one !== null && !isYoung) hurry();
    return isYoung && one.uses < maxUses;
  };
  const isDue = (one: HeldKey | null): boolean =>
    one === null || clock.steadyMs() >= one.atMs + renewMs * RENEW_AT || one.uses >= maxUses * RENEW_AT;

  const unwrapOne = async (wrapped: WrappedKey): Promise<Failure | null> => {
    const id = idOf(wrapped);
    try {
      const key = await wrapper.unwrap(wrapped);
      if (!closed) held.set(id, { wrapped: wrapped.wrapped, key, atMs: clock.steadyMs(), uses: 0 });
      answers.add('unwrapped');
      return null;
    } catch (thrown) {
      // A fault is no answer either: thrown on, it would end the process, and what is held may go on for its time.
      const error = thrown instanceof KeyWrapperError ? thrown : new KeyWrapperError('unavailable', reasonOf(thrown));
      answers.add(error.kind);
      if (error.kind === 'refused') held.delete(id);
      return { id, error };
    }
  };
  /** Asks for every key that is due. Where nobody answers, the rest of the round is left: each would wait for its time limit. */
  const ask = async (): Promise<readonly Failure[]> => {
    const due = file.filter((wrapped) => isDue(find(idOf(wrapped))));
    const failed: Failure[] = [];
    const worker = async (): Promise<void> => {
      for (let next = due.shift(); next !== undefined && !closed; next = due.shift()) {
        const failure = await unwrapOne(next);
        if (failure === null) continue;
        failed.push(failure);
        if (failure.error.kind === 'unavailable') due.length = 0;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return failed;
  };
  const renew = (): Promise<readonly Failure[]> => {
    round ??= ask().finally(() => (round = null));
    return round;
  };
  const keep = async (): Promise<void> => {
    cancel();
    const failed = await renew();
    if (closed) return;
    failures = failed.length === 0 ? 0 : failures + 1;
    report(failed);
    schedule();
  };
  /** Tells of an outage once, whichever key is asked for first and however it fails; and of keys that are refused, whenever they are others. */
  const report = (failed: readonly Failure[]): void => {
    const refused = failed.filter(({ error }) => error.kind === 'refused');
    const [first] = refused.length > 0 ? refused : failed;
    const ids = refused.map(({ id }) => id).toSorted();
    const now = first === undefined ? null : [first.error.kind, ...ids].join(' ');
    if (now === lastTold) return;
    lastTold = now;
    const which =
      ids.length <= MAX_NAMED
        ? ids.join(', ')
        : `${ids.slice(0, MAX_NAMED).join(', ')} and ${ids.length - MAX_NAMED} more`;
    if (first === undefined) tell('info', 'the data keys of fields can be unwrapped again', wrapper.name);
    else if (first.error.kind === 'refused')
      tell(
        'error',
        'a data key of fields is refused, and used no longer',
        `${wrapper.name}: ${which}: ${first.error.message}`,
      );
    else
      tell(
        'warn',
        'the data keys of fields cannot be unwrapped; those at hand are used while they may be',
        `${wrapper.name}: ${first.error.message}`,
      );
  };
  const schedule = (): void => {
    cancel();
    if (!started || closed || options.held === null) return;
    const oldestMs = Math.min(...held.values().map(({ atMs }) => atMs), clock.steadyMs());
    // A key may have become due while the round was at another.
    const isDueNow = file.some((wrapped) => isDue(find(idOf(wrapped))));
    const delayMs =
      failures > 0
        ? Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10), MAX_RETRY_MS)
        : Math.max(isDueNow ? 0 : oldestMs + renewMs * RENEW_AT - clock.steadyMs(), FIRST_RETRY_MS / 2);
    cancel = clock.schedule(delayMs, () => void keep());
  };

  const indexKeys = options.indexKeys ?? [];
  return {
    provider: wrapper.name,
    index: indexKeys.length === 0 ? null : createFieldIndex(indexKeys, (id) => want(id)?.key.key ?? null),
    cipher: createFieldCipher({
      current: (nowMs) => newest(nowMs)?.key ?? null,
      mayWrite,
      find: (id) => want(id)?.key ?? (isOfFile(id) ? 'unavailable' : null),
      used(id) {
        const one = held.get(id);
        if (one === undefined) return;
        one.uses++;
        if (one.uses === Math.ceil(maxUses * RENEW_AT) && started && failures === 0) void keep();
      },
    }),
    async open(carried) {
      const [first] = await renew();
      if (first !== undefined && (!carried || first.error.kind === 'refused'))
        throw new DataKeyError(
          `the data key ${first.id} cannot be unwrapped by ${wrapper.name}: ${first.error.message}`,
          {
            cause: first.error,
          },
        );
    },
    start() {
      started = true;
      if (file.some((wrapped) => isDue(find(idOf(wrapped))))) void keep();
      else schedule();
    },
    close() {
      closed = true;
      cancel();
      wrapper.close();
    },
    metrics() {
      if (options.held === null) return '';
      const missing = file.filter((one) => find(idOf(one)) === null).length;
      return (
        answers.render() +
        renderGauge('sallyport_data_keys_missing', 'Data keys of the file that are not at hand.', missing) +
        renderGauge(
          'sallyport_data_keys_writable',
          'Whether fields can be encrypted just now.',
          mayWrite(clock.nowMs()) ? 1 : 0,
        )
      );
    },
    carryOver: () => new Map(held),
  };
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

interface Failure {
  readonly id: string;
  readonly error: KeyWrapperError;
}
