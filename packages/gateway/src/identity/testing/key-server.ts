import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import type { AddressInfo } from 'node:net';
import type { JwtPolicy } from '@sallyport/core';
import type { Clock } from '../../clock.ts';

// What tests of the identity ports are made of; used by tests only.

/** An issuer on loopback whose answers a test decides. */
export interface KeyServer {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Answers of a path; a path without one is 404. */
  readonly answers: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** Answers discovery and `/jwks` with these keys. */
  publish(keys: readonly JWK[], headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function startKeyServer(): Promise<KeyServer> {
  const asked: string[] = [];
  const answers: KeyServer['answers'] = new Map();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers.get(path);
    if (answer !== undefined) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const json =
    (value: unknown, headers: Readonly<Record<string, string>> = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
  return {
    url,
    asked,
    answers,
    publish(keys, headers) {
      answers.set('/.well-known/openid-configuration', json({ issuer: url, jwks_uri: `${url}/jwks` }));
      answers.set('/jwks', json({ keys }, headers));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A clock that stands still until a test moves it; tasks run when their time is passed. */
export class TestClock implements Clock {
  #now = 1_800_000_000_000;
  #dateAheadMs = 0;
  #tasks: { atMs: number; readonly task: () => void }[] = [];

  nowMs(): number {
    return this.#now + this.#dateAheadMs;
  }

  steadyMs(): number {
    return this.#now;
  }

  /** Sets the date back, and nothing else. */
  setBack(ms: number): void {
    this.#dateAheadMs -= ms;
  }

  /** Sets the date forward: the same time has passed, but tasks have not come nearer. */
  setForward(ms: number): void {
    this.#now += ms;
    for (const task of this.#tasks) task.atMs += ms;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  /** When the next task is due, from now; null where none is. */
  get nextMs(): number | null {
    return this.#tasks.length === 0 ? null : Math.min(...this.#tasks.map(({ atMs }) => atMs)) - this.#now;
  }

  /** Moves on; returns once everything that was due has been begun. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#tasks.filter(({ atMs }) => atMs <= this.#now);
    this.#tasks = this.#tasks.filter(({ atMs }) => atMs > this.#now);
    for (const { task } of due) task();
  }
}

export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly alg: string;
  readonly kid: string;
}

export async function signingKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, alg, kid };
}

export function jwtPolicy(more: Partial<JwtPolicy> = {}): JwtPolicy {
  return {
    kind: 'jwt',
    issuer: 'https://id.example.com/',
    audiences: ['https://api.example.com'],
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    keys: { from: 'file', path: 'keys.json' },
    clockToleranceSeconds: 30,
    types: null,
    requiredClaims: [],
    claims: { subject: 'sub', scopes: 'scope', roles: 'roles' },
    maxTokenBytes: 8192,
    forwardCredential: false,
    place: null,
    ...more,
  };
}

/** Claims that `jwtPolicy` accepts at `nowMs`; undefined in `more` leaves a claim out, and types may be wrong on purpose. */
export function goodClaims(nowMs: number, more: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = Math.floor(nowMs / 1000);
  return {
    iss: 'https://id.example.com/',
    aud: 'https://api.example.com',
    sub: 'anna',
    iat: now,
    exp: now + 300,
    scope: 'read write',
    ...more,
  } as JWTPayload;
}

export function sign(key: SigningKey, claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}
