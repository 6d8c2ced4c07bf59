import { oncePer } from '../../once-per.ts';
import { interned } from '../../interned.ts';
import type { Exchange } from '../../exchange.ts';
import { COUNTER_UNAVAILABLE, type LimitState, type PlannedLimit } from './limit-state.ts';

/** What is always said of a limit. */
interface Told {
  readonly limit: PlannedLimit;
  readonly policy: string;
  /** How its state begins. */
  readonly state: string;
  readonly burst: string;
}

/** The limits that were told last, which are those of the next request as well, and what was said of them. */
const lastTold: Told[] = [];
let lastPolicies = '';

/**
 * Adds to `headers` the fields that tell a client where it stands, for passing and denied answers alike; nothing where no limit was
 * asked. `RateLimit-Policy: "name";q=100;w=60` and `RateLimit: "name";r=42;t=17` list every limit asked
 * (draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4; names are Strings, `q` of a token bucket is its burst and `w` the time to fill it, so that `r` never
 * exceeds `q`; `t` is how long `r` has to last, and of a limit that refused when to ask again). Partition keys (`pk`) are not told, and units (`qu`) are requests.
 * `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch seconds) speak of the tightest: one that refused, else the one with the least left of what it has.
 * Limits that are only observed, and counters that could not be asked, are not told. Retry-After is the denial's.
 */
export function limitHeaders(exchange: Exchange, headers: string[] = []): string[] {
  let states = '';
  let told = 0;
  let tightest: { readonly limit: PlannedLimit; readonly state: LimitState } | null = null;
  let burstOfTightest = '';
  for (const entry of exchange.limits) {
    const { limit, state } = entry;
    if (limit.observed === true || state === COUNTER_UNAVAILABLE) continue;
    if (told >= lastTold.length || lastTold[told]?.limit !== limit) {
      lastTold.length = told;
      lastTold.push(toldOf(limit));
      lastPolicies = '';
    }
    const said = lastTold[told] as Told;
    if (told > 0) states += ', ';
    states = states + said.state + integer(state.remaining) + ';t=' + seconds(waitMs(state));
    told += 1;
    if (tightest === null || tightness(entry.limit, entry.state) < tightness(tightest.limit, tightest.state)) {
      tightest = entry;
      burstOfTightest = said.burst;
    }
  }
  if (tightest === null) return headers;
  if (told < lastTold.length || lastPolicies === '') {
    lastTold.length = told;
    lastPolicies = lastTold.map(({ policy }) => policy).join(', ');
  }
  const { state } = tightest;
  headers.push('RateLimit-Policy', lastPolicies);
  headers.push('RateLimit', states);
  headers.push('X-RateLimit-Limit', burstOfTightest);
  headers.push('X-RateLimit-Remaining', integer(state.remaining));
  headers.push('X-RateLimit-Reset', seconds(exchange.nowMs + waitMs(state)));
  return headers;
}

const toldOf = oncePer((limit: PlannedLimit): Told => {
  const { name, algorithm, windowMs } = limit;
  const burst = integer(limit.burst);
  const fillsMs = algorithm === 'token-bucket' ? (limit.burst * windowMs) / limit.limit : windowMs;
  return { limit, burst, policy: `"${name}";q=${burst};w=${seconds(fillsMs)}`, state: interned(`"${name}";r=`) };
});

/** The field and Retry-After speak of one time: when it is worth asking again. */
function waitMs(state: LimitState): number {
  return !state.allowed && Number.isFinite(state.retryAfterMs) ? state.retryAfterMs : state.resetMs;
}

function tightness(limit: PlannedLimit, state: LimitState): number {
  return state.allowed ? state.remaining / Math.max(1, limit.burst) : -1;
}

/** Structured fields hold integers of at most fifteen digits (RFC 9651, section 3.3.1). */
function integer(value: number): string {
  return String(Math.min(999_999_999_999_999, Math.max(0, Math.floor(value))));
}

function seconds(ms: number): string {
  return integer(Math.ceil(ms / 1000));
}
