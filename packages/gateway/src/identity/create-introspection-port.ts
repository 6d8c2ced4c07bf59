import { hash } from 'node:crypto';
import type { IntrospectionPolicy, JsonObject, TokenResult } from '@sallyport/core';
import { checkClaims } from './check-claims.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import { Turnstile } from './turnstile.ts';
import { VerifiedTokenCache } from './verified-token-cache.ts';
import type { ForgetfulTokenPort } from './create-token-port.ts';
import type { Introspect } from './introspection-client.ts';

type Refusal = Extract<TokenResult, { ok: false }>;

/**
 * How long and how many inactive answers are kept. A client that repeats a dead token in a loop must not become a loop against the
 * issuer; a token that was issued this instant and is not yet known everywhere at the issuer's must not be refused for long.
 */
const INACTIVE_MS = 5_000;
const MAX_INACTIVE = 1_000;

/** How many wait for each question under way. */
const QUEUE_FACTOR = 4;

/** b64token of RFC 6750, section 2.1: a token of other characters was issued by nobody, and is not shown to the issuer. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

const INACTIVE: Refusal = Object.freeze({ ok: false, code: 'AUTHN_TOKEN_INACTIVE', facts: Object.freeze({}) });

function refuse(code: Refusal['code'], facts: Refusal['facts'] = {}): Refusal {
  return { ok: false, code, facts };
}

/**
 * Proves tokens by asking their issuer (RFC 7662). An active answer counts for `cacheMs` and never beyond its `exp`, nor beyond
 * `invalidate`; an inactive one for 5 seconds. Tokens are remembered by their SHA-256 alone. Requests with one token share one question; at most
 * `concurrency` questions are under way and four times as many wait, the next is refused with AUTHN_INTROSPECTION_BUSY. An endpoint
 * that fails is left alone (`CircuitBreaker`); tokens that are remembered go on meanwhile. What the answer says is checked as if it were a
 * token's claims, and `token_type` beside it: an issuer answers about refresh tokens too, and they are no access tokens. Never throws, never rejects.
 */
export function createIntrospectionPort(
  scheme: string,
  policy: IntrospectionPolicy,
  introspect: Introspect,
  clock: Clock = SYSTEM_CLOCK,
): ForgetfulTokenPort {
  const active = new VerifiedTokenCache();
  /** Until when, in time that is never set back. */
  const inactive = new Map<string, number>();
  const underWay = new Map<string, Promise<TokenResult>>();
  const turnstile = new Turnstile(policy.concurrency, policy.concurrency * QUEUE_FACTOR);
  const breaker = new CircuitBreaker();
  const rules = { ...policy, issuer: policy.issuer ?? scheme, mayLack: ['exp', ...policy.mayLack] };
  let epoch = 0;

  async function question(token: string, digest: string, nowMs: number, sinceMs: number): Promise<TokenResult> {
    const begunIn = epoch;
    const askedAtMs = clock.steadyMs();
    // The time limit counts from the request, so that a queue behind a slow endpoint does not add up.
    const left = sinceMs + policy.timeoutMs - askedAtMs;
    if (left <= 0 || !breaker.admits(askedAtMs))
      return refuse('AUTHN_INTROSPECTION_UNAVAILABLE', {
        reason: left <= 0 ? 'it did not answer in time' : 'it failed just before',
      });
    let answer: JsonObject;
    try {
      answer = await withDeadline(introspect, token, left);
      breaker.succeeded();
    } catch (error) {
      breaker.failed(clock.steadyMs());
      return refuse('AUTHN_INTROSPECTION_UNAVAILABLE', { reason: failureReason(error) });
    }
    if (answer['active'] !== true) {
      rememberInactive(digest, askedAtMs + INACTIVE_MS);
      return INACTIVE;
    }
    const checked = checkAnswer(answer, nowMs);
    if (!checked.ok) return checked;
    const result = { ok: true, principal: checked.principal } as const;
    // An answer that was on its way when everything was forgotten counts for its own request alone.
    if (policy.cacheMs > 0 && begunIn === epoch)
      active.set(digest, result, checked.expiresAtMs, {
        untilMs: askedAtMs + policy.cacheMs,
        claimsBytes: JSON.stringify(answer).length * 2,
      });
    return result;
  }

  function checkAnswer(answer: JsonObject, nowMs: number): ReturnType<typeof checkClaims> {
    const own = (name: string): unknown => (Object.hasOwn(answer, name) ? answer[name] : undefined);
    const issuer = own('iss');
    if (policy.issuer !== null && issuer !== undefined && issuer !== policy.issuer) return refuse('AUTHN_TOKEN_ISSUER');
    const type = own('token_type');
    if (type === undefined ? !policy.mayLack.includes('token_type') : !isTokenType(type))
      return refuse('AUTHN_TOKEN_TYPE');
    return checkClaims(answer, rules, scheme, nowMs);
  }

  function rememberInactive(digest: string, untilMs: number): void {
    if (inactive.size >= MAX_INACTIVE) {
      const oldest = inactive.keys().next();
      if (oldest.done !== true) inactive.delete(oldest.value);
    }
    inactive.set(digest, untilMs);
  }

  return {
    verify(token, nowMs) {
      if (token.length > policy.maxTokenBytes) return refuse('AUTHN_TOKEN_TOO_LARGE');
      const digest = hash('sha256', token, 'base64url');
      const steadyMs = clock.steadyMs();
      const known = active.get(digest, nowMs, steadyMs);
      if (known !== null) return known;
      const refusedUntilMs = inactive.get(digest);
      if (refusedUntilMs !== undefined) {
        if (steadyMs < refusedUntilMs) return INACTIVE;
        inactive.delete(digest);
      }
      if (!B64TOKEN.test(token)) return refuse('AUTHN_TOKEN_MALFORMED');
      const joined = underWay.get(digest);
      if (joined !== undefined) return joined;
      const turn = turnstile.enter(() => question(token, digest, nowMs, steadyMs));
      if (turn === null) return refuse('AUTHN_INTROSPECTION_BUSY');
      const asking = turn
        .catch(() => refuse('INTERNAL_FAULT'))
        .finally(() => {
          if (underWay.get(digest) === asking) underWay.delete(digest);
        });
      underWay.set(digest, asking);
      return asking;
    },
    invalidate() {
      epoch++;
      active.clear();
      // Nobody who asks from now on may be given an answer from before.
      underWay.clear();
    },
  };
}

function isTokenType(type: unknown): boolean {
  return typeof type === 'string' && ['bearer', 'dpop'].includes(type.toLowerCase());
}

/** Settles with the answer, or rejects when the time is up: what ignores its signal must not hold requests. */
async function withDeadline(introspect: Introspect, token: string, timeoutMs: number): Promise<JsonObject> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('it did not answer in time'));
      stop.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([introspect(token, stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
