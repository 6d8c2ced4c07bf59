import type { CredentialResult, TokensPolicy } from '@sallyport/core';
import { checkDpopProof } from '../identity/dpop-proof.ts';
import { holderOf } from '../identity/replay-memory.ts';
import { ProofKeys } from '../identity/proof-keys.ts';
import { mintToken } from './mint-token.ts';
import { answerJson, answerRefusal, refusal, type TokenRefusal } from './token-answers.ts';
import { readTokenRequest } from './token-request.ts';
import type { KeyDirectory } from '../identity/stored-keys/key-directory.ts';
import type { OwnHandler, OwnRequest } from '../own/own-upstream.ts';
import type { Replays } from '../identity/shared-replays.ts';
import type { TokenLimits } from './token-limits.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface TokenEndpointOptions {
  readonly policy: TokensPolicy;
  /** The schemes whose keys obtain tokens. */
  readonly schemes: readonly string[];
  readonly directory: KeyDirectory;
  readonly signing: SigningKeys;
  readonly replays: Replays;
  readonly limits: TokenLimits;
  /** Told of every refusal over a credential, with its code. */
  readonly tell: (message: string, detail: string) => void;
}

/** What proofs at the token endpoint are held against; nonces are for where tokens are used. */
const PROOFS = { algorithms: ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'], proofAgeMs: 60_000 } as const;
const PROOF_TOLERANCE_MS = 30_000;

/**
 * Issues an access token for an API key of the store (RFC 6749, section 4.4). The token may do what the key may or a part of it, lives no longer than the
 * key, and is bound to a key of the client's where a DPoP proof comes along (RFC 9449, section 5), and to its certificate where the policy says so.
 */
export function createTokenEndpoint(options: TokenEndpointOptions): OwnHandler {
  const proofKeys = new ProofKeys();
  return async (request) => {
    const { exchange } = request;
    const asked = readTokenRequest(exchange, request.body);
    const issued =
      'error' in asked
        ? asked
        : ((await options.limits.admit(asked.clientId, exchange)) ?? (await issue(asked, request, options, proofKeys)));
    if (!('error' in issued)) return answerJson(issued.token);
    if (isWrongCredential(issued)) await options.limits.failed('error' in asked ? null : asked.clientId, exchange);
    if (issued.code !== null)
      options.tell(
        'a token was refused',
        `${issued.code}${issued.rule === undefined ? '' : ` (${issued.rule})`}, request ${exchange.requestId}`,
      );
    return answerRefusal(issued);
  };
}

/** What is counted as a guess: a credential or a proof that was looked at and is wrong, and none of our own troubles. */
function isWrongCredential({ code, error }: TokenRefusal): boolean {
  return code !== null && error !== 'temporarily_unavailable';
}

async function issue(
  asked: { readonly clientId: string; readonly key: string; readonly scopes: readonly string[] | null },
  { exchange }: OwnRequest,
  { policy, schemes, directory, signing, replays, limits }: TokenEndpointOptions,
  proofKeys: ProofKeys,
): Promise<TokenRefusal | { readonly token: object }> {
  const { nowMs, clientAddress, certificateThumbprint } = exchange;
  const proved = await prove(schemes, asked.key, nowMs, clientAddress, directory);
  if (!proved.ok)
    return proved.code === 'AUTHN_STORE_UNAVAILABLE'
      ? refusal('temporarily_unavailable', 'the key cannot be checked now', proved.code)
      : refusal('invalid_client', 'the API key is not valid', proved.code);
  const { principal } = proved;
  // A key that is right under another id is somebody's mistake or guess.
  if (principal.keyId !== asked.clientId)
    return refusal('invalid_client', 'the API key is not valid', 'AUTHN_KEY_UNKNOWN');
  const refused = await limits.proved(principal, exchange);
  if (refused !== null) return refused;
  const lacking = asked.scopes?.some((scope) => !principal.scopes.has(scope)) === true;
  if (lacking) return refusal('invalid_scope', 'the key does not have all of these scopes');
  const binding = await bind(exchange, holderOf(policy.issuer, principal.subject), replays, proofKeys);
  if ('error' in binding) return binding;
  if (policy.certificateBound && certificateThumbprint === null)
    return refusal('invalid_request', "a client's certificate is required");
  const current = signing.current(nowMs);
  const terms = directory.termsOf(asked.key);
  if (current === null || terms === null)
    return refusal('temporarily_unavailable', 'no token can be signed now', 'AUTHN_STORE_UNAVAILABLE');
  const scopes = asked.scopes ?? [...principal.scopes];
  const confirmation = {
    ...(binding.jkt === null ? {} : { jkt: binding.jkt }),
    ...(policy.certificateBound && certificateThumbprint !== null ? { 'x5t#S256': certificateThumbprint } : {}),
  };
  const { token, expiresInSeconds } = mintToken(policy, current, {
    principal,
    scopes,
    keyExpiresAtMs: terms.expiresAtMs,
    isAddressBound: terms.addresses !== null,
    confirmation: Object.keys(confirmation).length === 0 ? null : confirmation,
    nowMs,
  });
  return {
    token: {
      access_token: token,
      token_type: binding.jkt === null ? 'Bearer' : 'DPoP',
      expires_in: expiresInSeconds,
      scope: scopes.join(' '),
    },
  };
}

/** Asks each scheme; what could not be checked counts before what is wrong, and a key that is known before one that is not. */
async function prove(
  schemes: readonly string[],
  key: string,
  nowMs: number,
  clientAddress: string,
  directory: KeyDirectory,
): Promise<CredentialResult> {
  let telling: CredentialResult = { ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: {} };
  for (const scheme of schemes) {
    const result = await directory.port(scheme).lookup(key, nowMs, clientAddress);
    if (result.ok) return result;
    if (result.code !== 'AUTHN_KEY_UNKNOWN') telling = result;
  }
  return telling;
}

/** What the proof beside the request, if any, binds the token to. */
async function bind(
  { rawHeaders, method, clientScheme, clientHost, path, nowMs }: OwnRequest['exchange'],
  holder: string,
  replays: Replays,
  keys: ProofKeys,
): Promise<{ readonly jkt: string | null } | TokenRefusal> {
  const proofs = rawHeaders.flatMap((value, index) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'dpop' ? [value] : [],
  );
  const [proof] = proofs;
  if (proof === undefined) return { jkt: null };
  if (proofs.length > 1) return refusal('invalid_dpop_proof', 'one proof is enough', 'AUTHN_CREDENTIAL_AMBIGUOUS');
  const url = `${clientScheme}://${clientHost}${path}`;
  const checked = checkDpopProof(proof, null, { method, url }, PROOFS, PROOF_TOLERANCE_MS, nowMs, keys);
  if (!checked.ok) return refusal('invalid_dpop_proof', 'the DPoP proof is not valid', checked.code);
  const { thumbprint, jti, issuedAtMs } = checked.proof;
  const untilMs = issuedAtMs + PROOFS.proofAgeMs + PROOF_TOLERANCE_MS;
  const remembered = await replays.remember({ holder, key: thumbprint, id: jti, untilMs }, nowMs);
  if (remembered === 'seen')
    return refusal('invalid_dpop_proof', 'the DPoP proof was used before', 'AUTHN_DPOP_PROOF_REPLAYED');
  if (remembered === 'full') return refusal('temporarily_unavailable', 'try again', 'AUTHN_DPOP_BUSY');
  if (remembered === 'away')
    return refusal('temporarily_unavailable', 'the proof cannot be checked now', 'AUTHN_DPOP_UNAVAILABLE');
  return { jkt: thumbprint };
}
