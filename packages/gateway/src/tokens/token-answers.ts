import { codeEntry, type Code, type Denial } from '@sallyport/core';
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
  /** That there were too many, and when to ask again; absent for any other reason. */
  readonly retryAfterMs?: number;
  /** Which limit, for the operator. */
  readonly rule?: string;
}

const NO_STORE = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'];

export function refusal(error: TokenErrorName, description: string, code: Code | null = null): TokenRefusal {
  return { error, description, code };
}

/**
 * RFC 6749 has no word for too many requests, so their status says it (RFC 6585, section 4), beside the error that its section 4.1.2.1 has for overload.
 */
export function answerRefusal({ error, description, retryAfterMs }: TokenRefusal): OwnAnswer {
  const status = retryAfterMs !== undefined ? 429 : statusOf(error);
  const retryAfter = retryAfterMs !== undefined ? String(Math.max(1, Math.ceil(retryAfterMs / 1000))) : '5';
  return {
    status,
    headers: [
      ...NO_STORE,
      ...(status === 401 ? ['WWW-Authenticate', 'Basic realm="token"'] : []),
      ...(status === 429 || status === 503 ? ['Retry-After', retryAfter] : []),
    ],
    body: JSON.stringify({ error, error_description: description }),
  };
}

/** What the stages in front of the endpoint refuse over limits, in the words of OAuth clients; null for what is no matter of OAuth. Its headers go with those of the denial. */
export function renderLimitDenial({ code }: Denial): OwnAnswer | null {
  if (code !== 'LIMIT_EXCEEDED' && code !== 'LIMIT_STORE_UNAVAILABLE') return null;
  const description = code === 'LIMIT_EXCEEDED' ? 'too many requests, try again later' : 'try again';
  return {
    status: codeEntry(code).status,
    // Caching is forbidden by the headers that every refusal has.
    headers: ['Content-Type', 'application/json'],
    body: JSON.stringify({ error: 'temporarily_unavailable', error_description: description }),
  };
}

function statusOf(error: TokenErrorName): number {
  return error === 'invalid_client' ? 401 : error === 'temporarily_unavailable' ? 503 : 400;
}

export function answerJson(value: object, headers: readonly string[] = NO_STORE): OwnAnswer {
  return { status: 200, headers, body: JSON.stringify(value) };
}
