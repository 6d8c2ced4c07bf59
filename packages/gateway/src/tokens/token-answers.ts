import type { Code } from '@sallyport/core';
import type { OwnAnswer } from '../own/own-upstream.ts';

/** RFC 6749, section 5.2, and what the section has no word for. */
export type TokenErrorName =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_dpop_proof'
  | 'temporarily_unavailable';

/** Why no token is issued: what the client is told, and the code for the operator where a credential was refused. */
export interface TokenRefusal {
  readonly error: TokenErrorName;
  readonly description: string;
  readonly code: Code | null;
}

const NO_STORE = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'];

export function refusal(error: TokenErrorName, description: string, code: Code | null = null): TokenRefusal {
  return { error, description, code };
}

export function answerRefusal({ error, description }: TokenRefusal): OwnAnswer {
  const status = error === 'invalid_client' ? 401 : error === 'temporarily_unavailable' ? 503 : 400;
  return {
    status,
    headers: [
      ...NO_STORE,
      ...(status === 401 ? ['WWW-Authenticate', 'Basic realm="token"'] : status === 503 ? ['Retry-After', '5'] : []),
    ],
    body: JSON.stringify({ error, error_description: description }),
  };
}

export function answerJson(value: object, headers: readonly string[] = NO_STORE): OwnAnswer {
  return { status: 200, headers, body: JSON.stringify(value) };
}
