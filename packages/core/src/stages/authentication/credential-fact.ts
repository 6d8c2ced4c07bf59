import type { Code } from '../../verdict/catalogue.ts';
import type { CredentialResult } from './credential-result.ts';
import type { Principal } from '../../principal.ts';

/** What a request proved to one security scheme: nothing was sent, it was proved, or it was refused. Never holds the credential. */
export type CredentialFact =
  | { readonly state: 'absent' }
  | {
      readonly state: 'proved';
      readonly principal: Principal;
      /** Of a token: the authentication scheme that it was sent with. */
      readonly as?: 'bearer' | 'dpop' | undefined;
      readonly headers?: readonly string[] | undefined;
    }
  | {
      readonly state: 'refused';
      readonly code: Code;
      readonly facts: Readonly<Record<string, string | number | boolean | null>>;
      readonly as?: 'bearer' | 'dpop' | undefined;
      readonly headers?: readonly string[] | undefined;
    };

export const ABSENT: CredentialFact = Object.freeze({ state: 'absent' });

/** A credential that was sent and refused. */
export function refused(code: Code): CredentialFact {
  return { state: 'refused', code, facts: {} };
}

/** The fact that a port's result is; `as` for a token, with the authentication scheme that it was sent with. */
export function toFact(result: CredentialResult, as?: 'bearer' | 'dpop'): CredentialFact {
  return result.ok
    ? { state: 'proved', principal: result.principal, as, headers: result.headers }
    : { state: 'refused', code: result.code, facts: result.facts, as, headers: result.headers };
}
