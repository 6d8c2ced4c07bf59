import { detached, type TokenResult } from '@sallyport/core';

type Accepted = Extract<TokenResult, { ok: true }>;

interface Entry {
  readonly token: string;
  readonly result: Accepted;
  readonly expiresAtMs: number;
  readonly untilMs: number;
  readonly claimsBytes: number;
}

/** What is kept of a token whose claims its issuer told. */
export interface ToldClaims {
  /** Until when they count, in time that is never set back. */
  readonly untilMs: number;
  /** They are not in the token, and may be larger than it. */
  readonly claimsBytes: number;
}

const IN_THE_TOKEN: ToldClaims = { untilMs: Infinity, claimsBytes: 0 };

/** What an entry weighs beside the token's own characters: principal, claims, map slot. The claims are about as long as the token. */
const ENTRY_BYTES = 512;

/** Enough of the signature to tell tokens apart: 72 bits. No more, because V8 copies a piece this short, and looks up one that it does not copy five times slower. */
const NAME_CHARACTERS = 12;

/**
 * Keeps verified tokens, so that a token is verified once and not with each request. Filed under the end of the signature,
 * because hashing a whole token costs five times as much as all the rest, and then compared whole: whoever changes one character has
 * another token, and a token that ends like another one only takes its place. Only accepted tokens are kept; a refused one is refused anew each time, because a memory
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

  /** The result of a token that was verified and has not expired at `nowMs`; null otherwise. `steadyMs`: the time that `untilMs` is of. */
  get(token: string, nowMs: number, steadyMs = 0): Accepted | null {
    const name = token.slice(-NAME_CHARACTERS);
    const young = this.#young.get(name);
    const entry = young ?? this.#old.get(name);
    if (entry === undefined || entry.token !== token) return null;
    if (nowMs >= entry.expiresAtMs || steadyMs >= entry.untilMs) {
      this.#delete(name);
      return null;
    }
    if (young === undefined) {
      this.#old.delete(name);
      this.#put(name, entry);
    }
    return entry.result;
  }

  set(token: string, result: Accepted, expiresAtMs: number, { untilMs, claimsBytes } = IN_THE_TOKEN): void {
    const name = token.slice(-NAME_CHARACTERS);
    this.#delete(name);
    // A token is a piece of the head that it came in, which may be far larger than what is counted here.
    this.#put(name, { token: detached(token), result, expiresAtMs, untilMs, claimsBytes });
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }

  #delete(name: string): void {
    const young = this.#young.get(name);
    if (young !== undefined) this.#youngBytes -= weigh(young);
    this.#young.delete(name);
    this.#old.delete(name);
  }

  #put(name: string, entry: Entry): void {
    const bytes = weigh(entry);
    if (bytes * 2 > this.#maxBytes || this.#maxEntries < 2) return;
    if ((this.#young.size + 1) * 2 > this.#maxEntries || (this.#youngBytes + bytes) * 2 > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(name, entry);
    this.#youngBytes += bytes;
  }
}

function weigh({ token, claimsBytes }: Entry): number {
  return token.length * 2 + claimsBytes + ENTRY_BYTES;
}
