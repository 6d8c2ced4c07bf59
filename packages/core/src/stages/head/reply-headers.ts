import type { Policy } from '../../policy/policy.ts';

/** Headers of one connection (RFC 9110, section 7.6.1); the shell's wire sets its own. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** What Sallyport says itself: an upstream that says it too would be read as if Sallyport had. */
const OWN = [
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'alt-svc',
];
/** CORS is the policy's to grant (Fetch standard, section 3.2.3). */
const CORS = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-private-network',
];

const NO_SNIFF = 'x-content-type-options';

function isNoSniff(value: string): boolean {
  return /^\s*nosniff\s*$/i.test(value);
}

/** What passes of an upstream's head, compiled. */
export interface ReplyHeaderRule {
  readonly removed: ReadonlySet<string>;
  /** Security headers added where the upstream has not set them: lower-case name, name, value. */
  readonly added: readonly (readonly [string, string, string])[];
  /** Names in `added`, and names whose bit is looked for. */
  readonly index: ReadonlyMap<string, number>;
}

/** Compiles the rule for the heads of passing responses. */
export function compileReplyHeaders(policy: Policy): ReplyHeaderRule {
  const added = [...policy.securityHeaders.passing].map(([name, value]) => [name.toLowerCase(), name, value] as const);
  return {
    removed: new Set([...HOP_BY_HOP, ...OWN, ...CORS]),
    added,
    index: new Map(added.map(([lower], i) => [lower, i])),
  };
}

/**
 * The head of a passing response: without headers of the upstream's connection, those named in its Connection header, those that
 * Sallyport sets itself and CORS; with the policy's security headers where the upstream has none of that name. Changes `headers`.
 */
export function passReplyHeaders(rule: ReplyHeaderRule, headers: string[]): string[] {
  let kept = 0;
  let present = 0;
  let named: readonly string[] | null = null;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    // Anything but nosniff is no value (Fetch standard, 3.6), and browsers then read JSON as whatever it looks like.
    if (lower === NO_SNIFF && rule.index.has(NO_SNIFF) && !isNoSniff(headers[i + 1] as string)) continue;
    if (rule.removed.has(lower)) {
      if (lower === 'connection' && !/^(keep-alive|close)$/i.test(headers[i + 1] as string))
        named = (headers[i + 1] as string)
          .toLowerCase()
          .split(',')
          .map((token) => token.trim());
      continue;
    }
    const index = rule.index.get(lower);
    if (index !== undefined) present |= 1 << index;
    headers[kept] = name;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
  for (let i = 0; i < rule.added.length; i++) {
    const [, name, value] = rule.added[i] as readonly [string, string, string];
    if ((present & (1 << i)) === 0) headers.push(name, value);
  }
  return named === null ? headers : withoutNamed(headers, named);
}

function withoutNamed(headers: readonly string[], named: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (!named.includes((headers[i] as string).toLowerCase()))
      kept.push(headers[i] as string, headers[i + 1] as string);
  return kept;
}
