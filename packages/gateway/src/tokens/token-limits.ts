import {
  addressBlock,
  boundedText,
  familyKey,
  type CounterPort,
  type Exchange,
  type PlannedLimit,
  type Principal,
  type TokenRate,
  type TokensPolicy,
} from '@sallyport/core';
import { refusal, type TokenRefusal } from './token-answers.ts';
import { TwoGenerations } from '../identity/stored-keys/two-generations.ts';

/** Clients and the addresses that they have proved their keys from. */
const MAX_PROVED = 20_000;

/** What bounds the guessing of credentials at the token endpoint, and how many tokens a key obtains. */
export interface TokenLimits {
  /** Refuses a request unheard where too many wrong credentials have come from its address, or for this id. */
  admit(clientId: string, exchange: Exchange): Promise<TokenRefusal | null>;
  /** Counts a credential that was wrong. `clientId` is null where none could be read. */
  failed(clientId: string | null, exchange: Exchange): Promise<void>;
  /** Counts a token for a key that was just proved, and refuses it where there are too many. */
  proved(principal: Principal, exchange: Exchange): Promise<TokenRefusal | null>;
}

/**
 * Limits by address and by key (RFC 6749, section 10.10). A stranger who fails for somebody else's id, or from behind the same address, must not lock that client out:
 * from where a client has once proved its key, failures are counted and not held against it. Everything is bounded: ids and addresses are counted by counters that forget, and
 * what is remembered of clients is only of those who hold a key. Counters that cannot be asked refuse.
 */
export function createTokenLimits(policy: TokensPolicy, counters: CounterPort): TokenLimits {
  const byAddress = planned('@token-failures', policy.failures);
  const byId = planned('@token-failures-by-id', policy.keyFailures);
  const byKey = planned('@tokens-by-key', policy.keyRate);
  const proved = new TwoGenerations<true>(MAX_PROVED);

  /** Asks without taking: a cost of nothing tells what is left, and only where that is nothing one is asked for, to learn how long to wait. */
  async function used(limit: PlannedLimit, key: string, nowMs: number): Promise<TokenRefusal | null> {
    const { remaining } = await counters.take(limit, key, 0, nowMs);
    if (remaining >= 1) return null;
    const { allowed, retryAfterMs } = await counters.take(limit, key, 1, nowMs);
    return allowed ? null : tooMany(limit, retryAfterMs);
  }

  return {
    async admit(clientId, { clientAddress, nowMs }) {
      if (proved.get(clientAt(clientId, clientAddress)) !== undefined) return null;
      try {
        return (
          (await used(byAddress, blockOf(clientAddress), nowMs)) ?? (await used(byId, boundedText(clientId), nowMs))
        );
      } catch {
        return UNAVAILABLE;
      }
    },
    async failed(clientId, { clientAddress, nowMs }) {
      try {
        await counters.take(byAddress, blockOf(clientAddress), 1, nowMs);
        if (clientId !== null) await counters.take(byId, boundedText(clientId), 1, nowMs);
      } catch {
        // It is refused already, and the next one will be.
      }
    },
    async proved({ keyId, keys }, exchange) {
      const { clientAddress, nowMs } = exchange;
      proved.set(clientAt(keyId ?? '', clientAddress), true);
      try {
        const state = await counters.take(byKey, familyKey(keys?.[0]?.family ?? keyId ?? ''), 1, nowMs);
        exchange.limits.push({ limit: byKey, state });
        return state.allowed ? null : tooMany(byKey, state.retryAfterMs);
      } catch {
        return UNAVAILABLE;
      }
    },
  };
}

const UNAVAILABLE = refusal('temporarily_unavailable', 'try again', 'LIMIT_STORE_UNAVAILABLE');

function tooMany({ name }: PlannedLimit, retryAfterMs: number): TokenRefusal {
  return {
    ...refusal('temporarily_unavailable', 'too many requests, try again later', 'LIMIT_EXCEEDED'),
    retryAfterMs,
    rule: `limits/${name}`,
  };
}

function planned(name: string, { limit, windowMs }: TokenRate): PlannedLimit {
  return Object.freeze({ name, algorithm: 'sliding-window', limit, windowMs, burst: limit });
}

function blockOf(address: string): string {
  return addressBlock(address, 32, 64);
}

function clientAt(clientId: string, address: string): string {
  return `${blockOf(address)} ${boundedText(clientId)}`;
}
