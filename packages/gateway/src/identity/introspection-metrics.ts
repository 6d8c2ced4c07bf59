import { performance } from 'node:perf_hooks';
import { CounterFamily } from '../metrics/counter-family.ts';
import { Histogram } from '../metrics/histogram.ts';
import type { Introspect } from './introspection-client.ts';

/** Counts the questions to introspection endpoints, by scheme and what came of them. */
export class IntrospectionMetrics {
  readonly #answers = new CounterFamily(
    'sallyport_introspections_total',
    'Tokens asked about, by scheme and answer: active, inactive, or failed.',
    ['scheme', 'answer'],
  );
  readonly #seconds = new Histogram();
  #used = false;

  measure(scheme: string, introspect: Introspect): Introspect {
    this.#used = true;
    return async (token, signal) => {
      const startedMs = performance.now();
      try {
        const answer = await introspect(token, signal);
        this.#answers.add(`${scheme}\n${answer['active'] === true ? 'active' : 'inactive'}`);
        return answer;
      } catch (error) {
        this.#answers.add(`${scheme}\nfailed`);
        throw error;
      } finally {
        this.#seconds.observe(performance.now() - startedMs);
      }
    };
  }

  /** Prometheus text; empty where no scheme introspects. */
  render(): string {
    if (!this.#used) return '';
    return (
      this.#answers.render() +
      this.#seconds.render('sallyport_introspection_seconds', 'Time that introspection endpoints take to answer.')
    );
  }
}
