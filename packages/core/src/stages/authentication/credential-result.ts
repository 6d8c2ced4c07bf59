import type { Code } from '../../verdict/catalogue.ts';
import type { Principal } from '../../principal.ts';

/** A credential proved, or refused with the code that the operator sees. `facts` never hold the credential. */
export type CredentialResult =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false;
      readonly code: Code;
      readonly facts: Readonly<Record<string, string | number | boolean | null>>;
    };

export type TokenResult = CredentialResult;
