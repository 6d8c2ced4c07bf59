import { oncePer } from '@sallyport/core';
import { createHash } from 'node:crypto';
import {
  isOfObject,
  readOwners,
  UpstreamAnswer,
  upstreamHeaders,
  upstreamQuery,
  type Exchange,
  type OwnedResource,
  type OwnerAnswer,
  type OwnerCheck,
  type OwnerPort,
  type Plan,
} from '@sallyport/core';
import { AnswerCache } from './answer-cache.ts';
import { collectAnswer, type Collected } from './collect-answer.ts';
import type { Egress } from '../egress/egress.ts';
import { createHttp1Upstream } from '../wire/http1-upstream.ts';
import type { UpstreamPort } from '../wire/upstream-port.ts';

export interface OwnerAsking extends OwnerPort {
  /** Closes connections to other services; the API's own are not this port's. */
  close(): Promise<void>;
}

export interface OwnerAskingOptions {
  readonly plan: Plan;
  readonly upstream: UpstreamPort;
  readonly upstreamBasePath: string;
  readonly egress: Egress;
  readonly now?: () => number;
}

/** Calls under way at once; one more is not made, and who needed it is told to try again. */
const MAX_UNDER_WAY = 256;
/** Of others' services; the API's own pool is that of its upstream. */
const CONNECTIONS = 32;
const NO_TLS = { ca: null, certificate: null, key: null };
/** Headers of the caller that say what to do with this request, or what it carries, and nothing of who asks. */
const OF_THE_REQUEST = /^(?:content-.*|accept(?:-encoding)?|range|if-.*|idempotency-key|prefer|expect|x-request-id)$/i;

/**
 * Asks whose objects are: an operation of the API itself, or another service. Answers are kept for each principal apart, for an upstream may
 * answer each differently, and one must not keep another out. Of several that ask the same at once, one call is made.
 */
export function createOwnerPort(options: OwnerAskingOptions): OwnerAsking {
  return new HttpOwnerPort(options);
}

interface Flight {
  readonly askedMs: number;
  readonly answer: Promise<OwnerAnswer>;
  readonly stop: AbortController;
  /** Exchanges that need the answer. */
  waiting: number;
}

class HttpOwnerPort implements OwnerAsking {
  readonly #options: OwnerAskingOptions;
  readonly #now: () => number;
  readonly #cache = new AnswerCache();
  readonly #flights = new Map<string, Flight>();
  readonly #services = new Map<string, UpstreamPort>();
  #underWay = 0;

  constructor(options: OwnerAskingOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  ask(check: OwnerCheck, id: string, exchange: Exchange, notBeforeMs: number): OwnerAnswer | Promise<OwnerAnswer> {
    if (exchange.ended) return { state: 'failed', why: 'nobody waits for it', askedMs: this.#now() };
    if (check.read?.kind === 'self') {
      const stop = new AbortController();
      exchange.whenEnded(() => stop.abort());
      return this.#send(check, id, exchange, this.#now(), stop.signal);
    }
    const key = keyOf(check, id, exchange);
    const known = this.#cache.get(key, notBeforeMs, this.#now());
    // What is written may change whose it is: who wrote is asked about anew.
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') this.#cache.delete(key);
    if (known !== null) return known;
    const flying = this.#flights.get(key);
    const flight = flying !== undefined && flying.askedMs >= notBeforeMs ? flying : this.#fly(key, check, id, exchange);
    flight.waiting += 1;
    exchange.whenEnded(() => this.#leave(key, flight));
    return flight.answer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()));
  }

  #fly(key: string, check: OwnerCheck, id: string, exchange: Exchange): Flight {
    const askedMs = this.#now();
    const stop = new AbortController();
    const answer = this.#send(check, id, exchange, askedMs, stop.signal).then((got) => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      if (check.resource.read.cacheMs > 0 && isRead(exchange)) this.#cache.set(key, got);
      return got;
    });
    const flight: Flight = { askedMs, answer, stop, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  /** A call is made for whoever waits for it. */
  #leave(key: string, flight: Flight): void {
    flight.waiting -= 1;
    if (flight.waiting > 0) return;
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    flight.stop.abort();
  }

  async #send(
    check: OwnerCheck,
    id: string,
    exchange: Exchange,
    askedMs: number,
    stop: AbortSignal,
  ): Promise<OwnerAnswer> {
    if (this.#underWay >= MAX_UNDER_WAY) return { state: 'failed', why: 'too many calls under way', askedMs };
    this.#underWay += 1;
    try {
      return await this.#exchangeOne(check, id, exchange, askedMs, stop);
    } catch {
      // Whatever broke here, nothing is known of the object.
      return { state: 'failed', why: 'the call could not be made', askedMs };
    } finally {
      this.#underWay -= 1;
    }
  }

  async #exchangeOne(
    check: OwnerCheck,
    id: string,
    exchange: Exchange,
    askedMs: number,
    stop: AbortSignal,
  ): Promise<OwnerAnswer> {
    const { timeoutMs } = check.resource.read;
    const { upstream, path, host } = this.#target(check, id, exchange);
    const got = await collectAnswer(
      upstream,
      {
        method: 'GET',
        path,
        headers: headersFor(check, exchange, host, this.#options.plan),
        body: null,
        length: null,
        firstByteTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
      },
      stop,
    );
    return typeof got === 'string' ? { state: 'failed', why: got, askedMs } : readAnswer(check, id, got, askedMs);
  }

  #target(
    check: OwnerCheck,
    id: string,
    exchange: Exchange,
  ): { upstream: UpstreamPort; path: string; host: string | null } {
    const { read } = check;
    const { upstream, upstreamBasePath } = this.#options;
    if (read === null) throw new TypeError('nobody is named who could be asked');
    if (read.kind === 'url') {
      const url = new URL(read.url.replace('{id}', encodeURIComponent(id)));
      return { upstream: this.#service(url), path: url.pathname + url.search, host: url.host };
    }
    if (read.kind === 'self') {
      // Without the credentials that stood in it, as the request itself would go.
      const query = upstreamQuery(exchange);
      const path = exchange.upstreamPath ?? exchange.path;
      return { upstream, path: upstreamBasePath + path + (query === null ? '' : `?${query}`), host: null };
    }
    const { operation, values } = read;
    const basePath =
      operation.basePaths.find((base) => exchange.path.startsWith(`${base}/`)) ?? operation.basePaths[0] ?? '';
    const around = exchange.upstreamPathValues ?? exchange.pathValues;
    let at = 0;
    const filled = operation.path.replaceAll(/\{[^{}]*\}/g, () => {
      const value = values[at++];
      return value === 'id' || value === undefined ? encodeURIComponent(id) : (around[value] ?? '');
    });
    return { upstream, path: upstreamBasePath + basePath + filled, host: null };
  }

  #service(url: URL): UpstreamPort {
    let service = this.#services.get(url.origin);
    if (service === undefined) {
      const { upstream } = this.#options.plan.policy;
      const tls = { ca: null, certificate: null, key: null, serverName: null, verify: true };
      service = createHttp1Upstream(
        { ...upstream, url: url.origin, connections: CONNECTIONS, tls },
        NO_TLS,
        this.#options.egress.lookup('ownership', true),
      );
      this.#services.set(url.origin, service);
    }
    return service;
  }
}

function isRead({ method }: Exchange): boolean {
  return method === 'GET' || method === 'HEAD';
}

let lastNumber = 0;

/** Two resources of one name in two places of the document may look for the owner in different members. */
const numberOf = oncePer<OwnedResource, number>(() => (lastNumber += 1));

/** A principal may be as long as a token; the key of what is kept is not. */
function keyOf({ resource, read }: OwnerCheck, id: string, { principal, pathValues }: Exchange): string {
  const around =
    read?.kind === 'operation' ? read.values.map((value) => (value === 'id' ? '' : (pathValues[value] ?? ''))) : [];
  const parts = [
    numberOf(resource),
    id,
    principal?.issuer,
    principal?.subject,
    principal?.keyId,
    read?.kind === 'operation' ? read.operation.id : '',
    ...around,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function headersFor(check: OwnerCheck, exchange: Exchange, host: string | null, plan: Plan): string[] {
  const { as, headers: more } = check.resource.read;
  const own = upstreamHeaders(exchange, plan.head);
  const headers: string[] = [];
  const set = new Set(more.map(([name]) => name.toLowerCase()));
  for (let i = 0; i + 1 < own.length; i += 2) {
    const name = own[i] as string;
    const lower = name.toLowerCase();
    if (lower === 'host') headers.push('Host', host ?? (own[i + 1] as string));
    else if (as === 'caller' && !OF_THE_REQUEST.test(lower) && !set.has(lower))
      headers.push(name, own[i + 1] as string);
  }
  headers.push('Accept', 'application/json', 'Accept-Encoding', 'identity', 'X-Request-Id', exchange.requestId);
  for (const [name, value] of more) headers.push(name, typeof value === 'string' ? value : value.reveal());
  return headers;
}

function readAnswer(
  { resource, read }: OwnerCheck,
  id: string,
  { status, headers, bytes }: Collected,
  askedMs: number,
): OwnerAnswer {
  const { test } = resource;
  if (status === 404 || status === 410) return { state: 'missing', askedMs };
  if (status === 429 || (status >= 502 && status <= 504) || (status >= 500 && resource.upstreamErrors === 'told'))
    return { state: 'failed', why: `whoever was asked answered ${status}`, askedMs };
  if (status < 200 || status > 203) return { state: 'unknown', why: `whoever was asked answered ${status}`, askedMs };
  const { json } = new UpstreamAnswer(status, headers, bytes);
  if (json === null || test.kind !== 'owner')
    return { state: 'unknown', why: 'the answer is no JSON document', askedMs };
  const names = read === null || read.kind === 'self' ? null : read.names;
  if (names !== null && !isOfObject(json, names, id))
    return { state: 'unknown', why: 'the answer does not name the object that was asked for', askedMs };
  return {
    state: 'found',
    owners: readOwners(
      json,
      json.root,
      test.matches.map(({ tokens }) => tokens),
    ),
    askedMs,
  };
}
