import type { TokenResult } from '@sallyport/core';

type Accepted = Extract<TokenResult, { ok: true }>;

interface Entry {
  readonly result: Accepted;
  readonly expiresAtMs: number;
}

/** What an entry weighs beside the token's own characters: principal, claims, map slot. The claims are about as long as the token. */
const ENTRY_BYTES = 512;

/**
 * Keeps verified tokens, so that a token is verified once and not with each request. Keyed by the whole token: whoever
 * changes one character has another token. Only accepted tokens are kept; a refused one is refused anew each time, because a memory
 * of refusals would be filled by strangers. Two generations of a Map: when the young one has half of the bound it becomes
 * the old one, and what was not used since is dropped with it. Never holds more than `maxEntries` or about `maxBytes`.
 */
export class VerifiedTokenCache {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #youngBytes = 0;

  constructor(maxEntries = 20_000, maxBytes = 32 * 1024 * 1024) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Entries held, expired ones included. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The result of a token that was verified and has not expired at `nowMs`; null otherwise. */
  get(token: string, nowMs: number): Accepted | null {
    const young = this.#young.get(token);
    if (young !== undefined) {
      if (nowMs < young.expiresAtMs) return young.result;
      this.#young.delete(token);
      this.#youngBytes -= weigh(token);
      return null;
    }
    const old = this.#old.get(token);
    if (old === undefined) return null;
    this.#old.delete(token);
    if (nowMs >= old.expiresAtMs) return null;
    this.#put(token, old);
    return old.result;
  }

  set(token: string, result: Accepted, expiresAtMs: number): void {
    this.#old.delete(token);
    if (this.#young.delete(token)) this.#youngBytes -= weigh(token);
    this.#put(token, { result, expiresAtMs });
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }

  #put(token: string, entry: Entry): void {
    const bytes = weigh(token);
    if (bytes * 2 > this.#maxBytes || this.#maxEntries < 2) return;
    if ((this.#young.size + 1) * 2 > this.#maxEntries || (this.#youngBytes + bytes) * 2 > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(token, entry);
    this.#youngBytes += bytes;
  }
}

function weigh(token: string): number {
  return token.length * 2 + ENTRY_BYTES;
}
