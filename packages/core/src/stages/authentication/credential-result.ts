import type { Code } from '../../verdict/catalogue.ts';
import type { Principal } from '../../principal.ts';

/** A credential proved, or refused with the code that the operator sees. `facts` never hold the credential. */
export type CredentialResult =
  | {
      readonly ok: true;
      readonly principal: Principal;
      /** Added to whatever is answered, names and values in turn: a nonce for the next proof. */
      readonly headers?: readonly string[];
    }
  | {
      readonly ok: false;
      readonly code: Code;
      readonly facts: Readonly<Record<string, string | number | boolean | null>>;
      /** Added to the refusal, names and values in turn. */
      readonly headers?: readonly string[];
    };

/** A token proved or refused. */
export type TokenResult = CredentialResult;
