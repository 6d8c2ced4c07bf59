import { performance } from 'node:perf_hooks';
import { CounterFamily } from '../metrics/counter-family.ts';
import { Histogram } from '../metrics/histogram.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store-port.ts';

export interface MeasuredStore {
  readonly store: Store;
  /** Prometheus text: how long the store takes, and how often it fails. */
  metrics(): string;
}

/** Measures every question to a store. Labels are kinds of `StoreError`, never anything that was asked. */
export function measureStore(store: Store): MeasuredStore {
  const seconds = new Histogram();
  const errors = new CounterFamily('sallyport_store_errors_total', 'Questions to the store that failed, by kind.', [
    'kind',
  ]);
  const measured = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]): unknown => {
        const startedMs = performance.now();
        const asked: unknown = Reflect.apply(member, target, words);
        if (!(asked instanceof Promise)) return asked;
        return asked.then(
          (answer: unknown) => {
            seconds.observe(performance.now() - startedMs);
            return answer;
          },
          (error: unknown) => {
            seconds.observe(performance.now() - startedMs);
            errors.add(error instanceof StoreError ? error.kind : 'fault');
            throw error;
          },
        );
      };
    },
  });
  return {
    store: measured,
    metrics: () => seconds.render('sallyport_store_seconds', 'Time that the store takes to answer.') + errors.render(),
  };
}
