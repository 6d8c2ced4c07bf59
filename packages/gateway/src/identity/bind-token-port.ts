import {
  oncePer,
  type Code,
  type DpopPolicy,
  type Principal,
  type TokenPresentation,
  type TokenResult,
} from '@sallyport/core';
import { checkDpopProof } from './dpop-proof.ts';
import { ProofKeys } from './proof-keys.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import type { ForgetfulTokenPort } from './create-token-port.ts';
import { holderOf, type Remembered } from './replay-memory.ts';
import type { Replays } from './shared-replays.ts';

export interface BindingOptions {
  /** Null: no token comes with a proof. */
  readonly dpop: DpopPolicy | null;
  readonly clockToleranceMs: number;
  readonly replays: Replays;
  /** Null where proofs need no nonce. */
  readonly nonces: DpopNonces | null;
}

const PLAIN: TokenPresentation = { as: 'bearer', proof: null, method: '', url: '', certificateThumbprint: null };

function refuse(code: Code, facts: Readonly<Record<string, string>> = {}, headers?: readonly string[]): TokenResult {
  return { ok: false, code, facts, ...(headers === undefined ? {} : { headers }) };
}

/**
 * Holds a proved token against how it was presented: what its `cnf` claim (RFC 7800) binds it to must be shown with each request. A key
 * (`jkt`, RFC 9449) by a proof; a certificate (`x5t#S256`, RFC 8705) by the connection; any other confirmation is not understood and refuses. So a
 * bound token that was stolen is worth nothing, sent as `Bearer` least of all, whether the policy asks for proofs or not. The token is
 * verified first: only who has one can make us check proofs, and remember them.
 */
export function bindTokenPort(port: ForgetfulTokenPort, options: BindingOptions): ForgetfulTokenPort {
  const { dpop } = options;
  const keys = new ProofKeys();
  return {
    verify(token, nowMs, presented = PLAIN) {
      if (presented.as === 'dpop' && dpop === null) return refuse('AUTHN_CREDENTIAL_UNEXPECTED');
      if (presented.as === 'bearer' && dpop?.mode === 'required') return refuse('AUTHN_DPOP_REQUIRED');
      if (presented.as === 'dpop' && presented.proof === null) return refuse('AUTHN_DPOP_PROOF_MISSING');
      const result = port.verify(token, nowMs, presented);
      return result instanceof Promise
        ? result.then((settled) => bind(settled, token, nowMs, presented, options, keys))
        : bind(result, token, nowMs, presented, options, keys);
    },
    invalidate: () => port.invalidate(),
  };
}

function bind(
  result: TokenResult,
  token: string,
  nowMs: number,
  presented: TokenPresentation,
  options: BindingOptions,
  keys: ProofKeys,
): TokenResult | Promise<TokenResult> {
  if (!result.ok) return result;
  const confirmation = confirmationOf(result.principal);
  if (confirmation === 'unknown') return refuse('AUTHN_TOKEN_BOUND', { confirmation: 'unknown' });
  const { jkt, certificate } = confirmation;
  if (certificate !== null && certificate !== presented.certificateThumbprint)
    return refuse('AUTHN_TOKEN_CERTIFICATE', {
      certificate: presented.certificateThumbprint === null ? 'none' : 'another one',
    });
  if (presented.as === 'bearer') return jkt === null ? result : refuse('AUTHN_TOKEN_BOUND', { confirmation: 'jkt' });
  try {
    return prove(result, jkt, token, nowMs, presented, options, keys);
  } catch {
    return refuse('INTERNAL_FAULT');
  }
}

function prove(
  result: Extract<TokenResult, { ok: true }>,
  jkt: string | null,
  token: string,
  nowMs: number,
  presented: TokenPresentation,
  { dpop, clockToleranceMs, replays, nonces }: BindingOptions,
  keys: ProofKeys,
): TokenResult | Promise<TokenResult> {
  if (dpop === null || jkt === null) return refuse('AUTHN_DPOP_KEY', { key: 'none' });
  const checked = checkDpopProof(presented.proof ?? '', token, presented, dpop, clockToleranceMs, nowMs, keys);
  if (!checked.ok) return refuse(checked.code, { reason: checked.reason });
  const { thumbprint, jti, issuedAtMs, nonce } = checked.proof;
  if (thumbprint !== jkt) return refuse('AUTHN_DPOP_KEY', { key: 'another one' });
  const judged = nonces === null ? 'current' : nonce === null ? 'bad' : nonces.judge(nonce, nowMs);
  const fresh = nonces === null || judged === 'current' ? null : ['DPoP-Nonce', nonces.current(nowMs)];
  if (judged === 'bad')
    return refuse('AUTHN_DPOP_NONCE', { nonce: nonce === null ? 'none' : 'not valid' }, fresh ?? []);
  const untilMs = issuedAtMs + dpop.proofAgeMs + clockToleranceMs;
  const remembered = replays.remember(
    { holder: holderFor(result.principal), key: thumbprint, id: jti, untilMs },
    nowMs,
  );
  const proved = fresh === null ? result : { ...result, headers: fresh };
  return remembered instanceof Promise
    ? remembered.then((settled) => afterReplay(settled, proved))
    : afterReplay(remembered, proved);
}

function afterReplay(remembered: Remembered, proved: TokenResult): TokenResult {
  switch (remembered) {
    case 'new':
      return proved;
    case 'seen':
      return refuse('AUTHN_DPOP_PROOF_REPLAYED');
    case 'full':
      return refuse('AUTHN_DPOP_BUSY');
    case 'away':
      return refuse('AUTHN_DPOP_UNAVAILABLE');
  }
}

const UNBOUND = Object.freeze({ jkt: null, certificate: null });

type Confirmation = { readonly jkt: string | null; readonly certificate: string | null } | 'unknown';

/** Principals are shared between the exchanges of one token. */
const confirmationOf = oncePer(readConfirmation);

/** A digest, and the same for every request of a token. */
const holderFor = oncePer(({ issuer, subject }: Principal) => holderOf(issuer, subject));

/** What `cnf` binds the token to; `unknown` where anything of it is not understood, for then it was bound and we cannot tell to what. */
function readConfirmation({ attributes }: Principal): Confirmation {
  if (!Object.hasOwn(attributes, 'cnf')) return UNBOUND;
  const cnf = attributes['cnf'];
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return 'unknown';
  let jkt: string | null = null;
  let certificate: string | null = null;
  for (const [name, value] of Object.entries(cnf)) {
    if (typeof value !== 'string' || value === '') return 'unknown';
    if (name === 'jkt') jkt = value;
    else if (name === 'x5t#S256') certificate = value;
    else return 'unknown';
  }
  return jkt === null && certificate === null ? 'unknown' : { jkt, certificate };
}
