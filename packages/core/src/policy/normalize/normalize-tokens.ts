import { checkUrl } from '../check-url.ts';
import type { Place } from '../place.ts';
import type { TokenRate, TokensPolicy } from '../policy.ts';
import type { AuthenticationPolicy } from '../authentication-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { tokensShape } from '../schema/schema-tokens.ts';
import type { Rate } from '../units.ts';
import type { Read } from '../shape.ts';

/** Reads what tokens of our own are like, and holds it against the schemes that give and take them. */
export function normalizeTokens(
  authored: Read<typeof tokensShape> | undefined,
  authentication: ReadonlyMap<string, AuthenticationPolicy>,
  problems: PolicyProblems,
): TokensPolicy | null {
  if (authored === undefined) return null;
  const { issuer, path, jwks } = authored;
  checkUrl(issuer, { plain: 'loopback', query: false }, '/tokens/issuer', problems);
  if (path === jwks)
    problems.add('POLICY_CONTRADICTION', '/tokens/jwks', 'path and jwks are the same', 'Give each a path of its own.');
  const keyed = [...authentication].flatMap(([scheme, entry]) =>
    entry.kind === 'api-key' && entry.keys.from === 'store' ? [scheme] : [],
  );
  if (authored.schemes === undefined && keyed.length === 0)
    problems.add(
      'POLICY_CONTRADICTION',
      '/tokens',
      'tokens are issued for API keys of the store, and no scheme has its keys there',
      'Write authentication: { NAME: { keys: store } }, or remove tokens.',
      'key',
    );
  for (const [index, scheme] of (authored.schemes ?? []).entries())
    if (scheme !== undefined && !keyed.includes(scheme))
      problems.add(
        'POLICY_CONTRADICTION',
        `/tokens/schemes/${index}`,
        'the scheme does not have its keys in the store',
        'Name schemes with keys: store.',
      );
  return {
    issuer,
    audience: authored.audience ?? issuer,
    path,
    jwksPath: jwks,
    metadataPath: `/.well-known/oauth-authorization-server${(URL.parse(issuer)?.pathname ?? '').replace(/\/+$/, '')}`,
    lifetimeMs: authored.lifetime,
    algorithm: authored.algorithm,
    rotateMs: authored.rotate,
    schemes: authored.schemes ?? null,
    rate: rateOf(authored.rate),
    keyRate: rateOf(authored.keyRate),
    failures: rateOf(authored.failures),
    keyFailures: rateOf(authored.keyFailures),
    certificateBound: authored.certificateBound,
  };
}

function rateOf({ amount, windowMs }: Rate): TokenRate {
  return { limit: amount, windowMs };
}

/** Says where a scheme takes tokens of our own and none are issued. */
export function missingTokens(place: Place, problems: PolicyProblems): void {
  problems.add(
    'POLICY_REQUIRED',
    place?.pointer ?? '',
    'tokens: self takes tokens that Sallyport issues, and it issues none',
    'Add tokens: { issuer: https://api.example.com } at the top.',
    'key',
  );
}
