import { RULE_NAMES, type CounterPort, type Modes, type Policy, type TokensPolicy } from '@sallyport/core';
import { createOwnApi } from '../own/own-api.ts';
import { createTokenEndpoint } from './token-endpoint.ts';
import { answerJson, renderLimitDenial } from './token-answers.ts';
import { createTokenLimits } from './token-limits.ts';
import { PUBLISHED_MAX_AGE_SECONDS } from './signing-keys.ts';
import { tokenDocument } from './token-document.ts';
import type { GuardedApi, OwnPaths } from '../exchange/guarded-api.ts';
import type { Identity } from '../identity/identity.ts';

/** Bodies are a form of a few parameters. */
const MAX_BODY_BYTES = 16 * 1024;
const PUBLIC = ['Content-Type', 'application/json', 'Cache-Control', `public, max-age=${PUBLISHED_MAX_AGE_SECONDS}`];
/** Credentials and form are the endpoint's own to judge, and to answer as RFC 6749 has it. */
const ENFORCED: readonly string[] = ['match', 'limits', 'responses'];

/** The token endpoint of a policy and what is published beside it. Null where it issues none. */
export function createTokenApi(
  policy: Policy,
  identity: Identity,
  counters: CounterPort,
  shared: Pick<GuardedApi, 'life' | 'thumbprint' | 'forwarded'>,
  tell: (message: string, detail: string) => void,
): OwnPaths | null {
  const tokens = policy.tokens ?? null;
  const { storedKeys, possession } = identity;
  if (tokens === null || storedKeys === null || storedKeys.signingKeys === null) return null;
  const { directory, signingKeys } = storedKeys;
  const schemes =
    tokens.schemes ??
    [...policy.authentication].flatMap(([scheme, entry]) =>
      entry.kind === 'api-key' && entry.keys.from === 'store' ? [scheme] : [],
    );
  const metadata = metadataOf(tokens);
  const api = createOwnApi({
    name: 'tokens.json',
    document: tokenDocument(tokens),
    policy: {
      modes: Object.fromEntries(
        RULE_NAMES.map((rule) => [rule, ENFORCED.includes(rule) ? 'enforce' : 'off']),
      ) as unknown as Modes,
      trustedProxies: policy.trustedProxies,
      securityHeaders: policy.securityHeaders,
      requests: { ...policy.requests, maxBodyBytes: MAX_BODY_BYTES },
      limits: [
        {
          name: 'own-token-requests',
          by: { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 },
          algorithm: 'sliding-window',
          limit: tokens.rate.limit,
          windowMs: tokens.rate.windowMs,
          burst: tokens.rate.limit,
          operations: ['sallyport.token'],
          perOperation: false,
          mode: null,
          place: null,
        },
      ],
    },
    ports: { tokens: new Map(), apiKeys: new Map(), passwords: new Map(), counters },
    handlers: new Map([
      [
        'sallyport.token',
        createTokenEndpoint({
          policy: tokens,
          schemes,
          directory,
          signing: signingKeys,
          replays: storedKeys.replays ?? possession.replays,
          limits: createTokenLimits(tokens, counters),
          tell,
        }),
      ],
      ['sallyport.jwks', ({ exchange }) => answerJson(signingKeys.published(exchange.nowMs), PUBLIC)],
      ['sallyport.metadata', () => answerJson(metadata, PUBLIC)],
    ]),
    renderDenial: renderLimitDenial,
    life: shared.life,
    thumbprint: shared.thumbprint,
    forwarded: shared.forwarded,
  });
  return { api, paths: new Set([tokens.path, tokens.jwksPath, tokens.metadataPath]) };
}

/** RFC 8414, section 2. */
function metadataOf({ issuer, path, jwksPath }: TokensPolicy): object {
  const { origin } = new URL(issuer);
  return {
    issuer,
    token_endpoint: origin + path,
    jwks_uri: origin + jwksPath,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'RS256', 'PS256'],
  };
}
