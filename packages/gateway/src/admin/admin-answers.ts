import { PROBLEM_TYPE } from '@sallyport/core';
import { RevocationError } from '../identity/revocations/make-revocation.ts';
import { StoreError, type StoreErrorKind } from '../store/store-error.ts';
import type { OwnAnswer, OwnHandler, OwnRequest } from '../own/own-upstream.ts';

const NO_STORE = ['Cache-Control', 'no-store'];

export function json(value: unknown, status = 200): OwnAnswer {
  return { status, headers: ['Content-Type', 'application/json', ...NO_STORE], body: JSON.stringify(value) };
}

/** A request that cannot be done, told as a problem (RFC 9457). */
export class AdminRefusal extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.name = 'AdminRefusal';
    this.status = status;
  }
}

const STATUS: Readonly<Partial<Record<StoreErrorKind, number>>> = {
  unknown: 404,
  conflict: 409,
  full: 409,
  unavailable: 503,
};
const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be done as it is',
  403: 'Not over this API',
  404: 'There is no such thing',
  409: 'It is there already',
  503: 'The store cannot be asked',
};

/** Answers what a handler throws for people; everything else is a fault and stays one. */
export function telling(run: OwnHandler): OwnHandler {
  return async (request) => {
    try {
      return await run(request);
    } catch (error) {
      const status =
        error instanceof AdminRefusal
          ? error.status
          : error instanceof RevocationError
            ? 400
            : error instanceof StoreError
              ? STATUS[error.kind]
              : undefined;
      if (status === undefined || !(error instanceof Error)) throw error;
      // What the database itself says is for the log.
      const detail = status === 503 ? 'Try again in a moment.' : error.message;
      const title = TITLES[status] ?? 'The request cannot be done';
      return {
        status,
        headers: ['Content-Type', PROBLEM_TYPE, ...NO_STORE],
        body: JSON.stringify({ type: 'about:blank', title, status, detail }),
      };
    }
  };
}

/** The body of a request, as its schema has it. */
export function bodyOf<Body>({ body }: OwnRequest): Body {
  return (body.length === 0 ? {} : JSON.parse(Buffer.from(body).toString())) as Body;
}

/** The one expression of the path. */
export function pathValue({ exchange }: OwnRequest): string {
  return decodeURIComponent(exchange.pathValues[0] ?? '');
}

export function queryOf({ exchange }: OwnRequest): URLSearchParams {
  return new URLSearchParams(exchange.query ?? '');
}

/** Who acts, for the audit trail: by the id of the key, by subject and issuer of the token, or by subject and serial number of the certificate. */
export function actorOf({ exchange }: OwnRequest): { readonly actor: string; readonly atMs: number } {
  const { principal, nowMs } = exchange;
  const canonical = (text: string): string => text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 128);
  const who =
    principal?.kind === 'key'
      ? `key:${canonical(principal.keyId ?? '')}`
      : principal?.kind === 'certificate'
        ? `certificate:${canonical(principal.subject)}#${canonical(principal.keyId ?? '')}`
        : `token:${canonical(principal?.subject ?? '')}@${canonical(principal?.issuer ?? '')}`;
  return { actor: `admin:${who}`, atMs: nowMs };
}
