import type { ClientExchange, ClientRequest } from '../wire/client-request.ts';
import type { Readiness } from './readiness.ts';

/** What the admin port shows to whoever reaches it, beside the admin API. */
export interface AdminViews {
  /** Prometheus text (format 0.0.4). */
  metrics(): string | Promise<string>;
  readiness(): Readiness;
}

const TEXT = 'text/plain; charset=utf-8';

/** Answers `/healthz`, `/readyz` and, where it is open, `/metrics`, with GET and HEAD: one short text, whatever was sent. */
export class HealthExchange implements ClientExchange {
  readonly #client: ClientRequest;
  readonly #views: AdminViews;
  #over = false;

  constructor(client: ClientRequest, views: AdminViews) {
    this.#client = client;
    this.#views = views;
  }

  run(): void {
    const { method } = this.#client;
    const path = pathOf(this.#client.target);
    if (this.#client.hasBody) this.#client.stopBody();
    if (method !== 'GET' && method !== 'HEAD') this.#reply(405, 'method not allowed\n', TEXT, ['Allow', 'GET, HEAD']);
    else if (path === '/healthz') this.#reply(200, 'ok\n');
    else if (path === '/readyz') {
      const { ready, reason } = this.#views.readiness();
      const more = reason === null ? '' : `: ${reason}`;
      this.#reply(ready ? 200 : 503, `${ready ? 'ready' : 'not ready'}${more}\n`);
    } else if (path === '/metrics')
      Promise.resolve(this.#views.metrics()).then(
        (text) => this.#reply(200, text, 'text/plain; version=0.0.4; charset=utf-8'),
        () => this.#reply(500, 'the metrics could not be gathered\n'),
      );
    else this.#reply(404, 'not found; there are /healthz, /readyz and /metrics\n');
  }

  /** A page of a foreign name that a browser was led to resolve to this machine must not read what is here ("DNS rebinding"). */
  refuseName(): void {
    if (this.#client.hasBody) this.#client.stopBody();
    this.#reply(403, 'this port is for programs of this machine\n');
  }

  onBroken(): void {
    this.#over = true;
    this.#client.breakOff();
  }
  onGone(): void {
    this.#over = true;
  }
  onDrain(): void {}

  #reply(status: number, text: string, type = TEXT, more: readonly string[] = []): void {
    if (this.#over) return;
    this.#over = true;
    const headers = ['Content-Type', type, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff', ...more];
    const body = Buffer.from(text);
    if (this.#client.method === 'HEAD') this.#client.reply(status, headers, null, body.length);
    else this.#client.reply(status, headers, body);
  }
}

export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
