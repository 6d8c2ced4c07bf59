import type { ApiKeyPort, CredentialResult, PasswordPort, TokenResult } from '@sallyport/core';
import type { ForgetfulTokenPort } from '../create-token-port.ts';
import type { Revocations } from './revocations.ts';

/** Holds what a token port accepted, from its caches or not, against what is revoked. `minted`: tokens of our own, which go with their keys. */
export function revocableTokenPort(
  port: ForgetfulTokenPort,
  revocations: Revocations,
  minted = false,
): ForgetfulTokenPort {
  const check = (result: TokenResult, token: string, nowMs: number): TokenResult =>
    result.ok ? (revocations.refuseToken(result.principal, token, nowMs, minted) ?? result) : result;
  return {
    verify(token, nowMs, presented) {
      const result = port.verify(token, nowMs, presented);
      return result instanceof Promise
        ? result.then((settled) => check(settled, token, nowMs))
        : check(result, token, nowMs);
    },
    invalidate: () => port.invalidate(),
  };
}

/** Refuses keys of a policy or a file whose subject is revoked; when they were issued stands nowhere, so every revocation of it counts. */
export function revocableKeyPort(port: ApiKeyPort, revocations: Revocations): ApiKeyPort {
  return { lookup: (key, nowMs, address) => checked(port.lookup(key, nowMs, address), nowMs, revocations) };
}

/** The same for users with a password. */
export function revocablePasswordPort(port: PasswordPort, revocations: Revocations): PasswordPort {
  return { check: (user, password, nowMs) => checked(port.check(user, password, nowMs), nowMs, revocations) };
}

function checked(
  asked: CredentialResult | Promise<CredentialResult>,
  nowMs: number,
  revocations: Revocations,
): CredentialResult | Promise<CredentialResult> {
  const check = (result: CredentialResult): CredentialResult =>
    result.ok ? (revocations.refusePrincipal(result.principal, null, nowMs) ?? result) : result;
  return asked instanceof Promise ? asked.then(check) : check(asked);
}
