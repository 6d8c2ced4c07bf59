import type { LimitState, PlannedLimit } from './stages/limits/limit-state.ts';
import type { CredentialResult, TokenResult } from './stages/authentication/credential-result.ts';

/** Verifies the tokens of one security scheme. A cached verdict comes at once, a new one may need a key that is not here yet. */
export interface TokenPort {
  /** Never throws and never rejects: a fault is a result. `token` is what stood after `Bearer `. */
  verify(token: string, nowMs: number): TokenResult | Promise<TokenResult>;
}

/** Looks up API keys of one security scheme. */
export interface ApiKeyPort {
  lookup(key: string, nowMs: number): CredentialResult | Promise<CredentialResult>;
}

/** Checks user name and password of one security scheme. Takes as long for an unknown user as for a wrong password. */
export interface PasswordPort {
  check(user: string, password: string, nowMs: number): CredentialResult | Promise<CredentialResult>;
}

/** Counts. Takes `cost` from the counter of `key` under `limit` and tells what is left; a failing store rejects. */
export interface CounterPort {
  take(limit: PlannedLimit, key: string, cost: number, nowMs: number): LimitState | Promise<LimitState>;
}

/** What the stages need and cannot compute. */
export interface Ports {
  /** By security scheme name. */
  readonly tokens: ReadonlyMap<string, TokenPort>;
  readonly apiKeys: ReadonlyMap<string, ApiKeyPort>;
  readonly passwords: ReadonlyMap<string, PasswordPort>;
  readonly counters: CounterPort;
}
