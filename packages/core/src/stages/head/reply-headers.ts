import { interned } from '../../interned.ts';
import type { Operation } from '../../openapi/model.ts';
import type { Policy } from '../../policy/policy.ts';
import { compileReplyReferences, type RewriteHeader } from './reply-references.ts';
import { compileUpstreamAddress, type ClientView } from './upstream-reference.ts';

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
  /** The index of X-Content-Type-Options in `added`; -1 where the policy does not add it. */
  readonly noSniff: number;
  /** What becomes of a name as it is spelled: see `placeOf`. An upstream chooses names, so no more than 256 are kept. */
  readonly places: Map<string, Place>;
  /** Security headers added where the upstream has not set them: lower-case name, name, value. */
  readonly added: readonly (readonly [string, string, string])[];
  /** Names in `added`, and names whose bit is looked for. */
  readonly index: ReadonlyMap<string, number>;
  /** Headers that may name the upstream. */
  readonly rewritten: ReadonlyMap<string, RewriteHeader>;
}

/** What becomes of a header by its name. */
interface Place {
  /** Its index in `added`; -1 where it is none of these. */
  readonly added: number;
  readonly rewrite: RewriteHeader | null;
}

const PLAIN: Place = Object.freeze({ added: -1, rewrite: null });
const REMOVED: Place = Object.freeze({ added: -1, rewrite: null });
/** Removed too. */
const CONNECTION: Place = Object.freeze({ added: -1, rewrite: null });

/** Compiles the rule for the heads of passing responses. */
export function compileReplyHeaders(
  policy: Policy,
  operations: readonly Pick<Operation, 'basePaths' | 'path'>[],
): ReplyHeaderRule {
  const added = [...policy.securityHeaders.passing].map(([name, value]) => [name.toLowerCase(), name, value] as const);
  return {
    removed: new Set([...HOP_BY_HOP, ...OWN, ...CORS]),
    noSniff: added.findIndex(([lower]) => lower === NO_SNIFF),
    places: new Map(),
    added,
    index: new Map(added.map(([lower], i) => [lower, i])),
    rewritten: compileReplyReferences(
      compileUpstreamAddress(
        policy.upstream.url,
        operations.flatMap(({ basePaths, path }) => basePaths.map((base) => base + path)),
      ),
    ),
  };
}

/**
 * The head of a passing response: without headers of the upstream's connection, those named in its Connection header, those that
 * Sallyport sets itself and CORS; with the policy's security headers where the upstream has none of that name. Where it names the upstream itself, as
 * `compileReplyReferences` says, whatever the mode: what makes a client ask the door again is no rule over answers. Changes `headers`.
 */
export function passReplyHeaders(rule: ReplyHeaderRule, headers: string[], client: ClientView): string[] {
  let kept = 0;
  let present = 0;
  let named: readonly string[] | null = null;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const place = rule.places.get(name) ?? placeOf(rule, name);
    let value = headers[i + 1] as string;
    if (place !== PLAIN) {
      if (place === REMOVED) continue;
      if (place === CONNECTION) {
        if (namesHeaders(value))
          named = value
            .toLowerCase()
            .split(',')
            .map((token) => token.trim());
        continue;
      }
      if (place.added >= 0) {
        // Anything but nosniff is no value (Fetch standard, 3.6), and browsers then read JSON as whatever it looks like.
        if (place.added === rule.noSniff && !isNoSniff(value)) continue;
        present |= 1 << place.added;
      }
      if (place.rewrite !== null) value = place.rewrite(value, client);
    }
    headers[kept] = name;
    headers[kept + 1] = value;
    kept += 2;
  }
  // One or two: to set the length is a call out of compiled code.
  while (headers.length > kept) headers.pop();
  for (let i = 0; i < rule.added.length; i++) {
    const [, name, value] = rule.added[i] as readonly [string, string, string];
    if ((present & (1 << i)) === 0) headers.push(name, value);
  }
  return named === null ? headers : withoutNamed(headers, named);
}

const MAX_PLACES = 256;
const MAX_NAME_LENGTH = 64;

function placeOf(rule: ReplyHeaderRule, name: string): Place {
  const lower = name.toLowerCase();
  const added = rule.index.get(lower) ?? -1;
  const rewrite = rule.rewritten.get(lower) ?? null;
  const kept = added < 0 && rewrite === null ? PLAIN : { added, rewrite };
  const place = lower === 'connection' ? CONNECTION : rule.removed.has(lower) ? REMOVED : kept;
  if (rule.places.size < MAX_PLACES && name.length <= MAX_NAME_LENGTH) rule.places.set(interned(name), place);
  return place;
}

/** Whether a Connection header says more than what becomes of the connection. */
function namesHeaders(value: string): boolean {
  return value !== 'keep-alive' && value !== 'close' && !/^(keep-alive|close)$/i.test(value);
}

function withoutNamed(headers: readonly string[], named: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (!named.includes((headers[i] as string).toLowerCase()))
      kept.push(headers[i] as string, headers[i + 1] as string);
  return kept;
}
