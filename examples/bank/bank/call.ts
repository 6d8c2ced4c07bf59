import type { IncomingMessage } from 'node:http';
import type { BankState } from './state.ts';
import type { TokenDesk } from './tokens.ts';
import { isObject } from './loose-json.ts';
import { subjectOf } from './tokens.ts';

/** One request as the bank sees it, after all the things it should not have done to it. */
export interface Call {
  readonly request: IncomingMessage;
  readonly state: BankState;
  readonly tokens: TokenDesk;
  readonly issuer: string;
  /** The only origin that the bank's outgoing requests may reach: a service of its own on loopback. Null: none. */
  readonly internalOrigin: string | null;
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly userId: string | null;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** `id` is the first group of the path, decoded. */
  answer(call: Call, id: string): Reply | Promise<Reply>;
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function notFound(): Reply {
  return { status: 404, body: { error: 'not_found' } };
}

/**
 * Method, path and query that the bank acts on.
 * HOLE API8:2023: X-Original-URL and X-HTTP-Method-Override from anybody replace what the request line says, and `//`, `/;x/` and
 * dot segments are cleaned up after a proxy in front may have read them differently.
 */
export function looseTarget(request: IncomingMessage): { method: string; path: string; query: URLSearchParams } {
  const target = header(request, 'x-original-url') ?? request.url ?? '/';
  const cut = target.indexOf('?');
  const rawPath = cut === -1 ? target : target.slice(0, cut);
  const segments: string[] = [];
  for (const raw of rawPath.split('/')) {
    const segment = raw.split(';')[0] ?? '';
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return {
    method: header(request, 'x-http-method-override') ?? request.method ?? 'GET',
    path: `/${segments.join('/')}`,
    query: new URLSearchParams(cut === -1 ? '' : target.slice(cut + 1)),
  };
}

/** Who is asking, as the bank believes. Null: nobody it knows. */
export function whoIs(request: IncomingMessage, query: URLSearchParams, state: BankState): string | null {
  // HOLE API2:2023: an internal header decides who is asking, and anybody may send it.
  const claimed = header(request, 'x-user-id');
  if (claimed !== null && state.users.has(claimed)) return claimed;
  // HOLE API2:2023: a token in the URL is as good as one in the header, and ends up in every log on the way.
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? query.get('access_token');
  const subject = typeof token === 'string' ? subjectOf(token) : null;
  return subject !== null && state.users.has(subject) ? subject : null;
}

/** The body as an object. HOLE API8:2023: whatever the Content-Type says, so that a plain HTML form can send JSON (CSRF). */
export function looseBody(call: Call): Record<string, unknown> {
  const value: unknown = JSON.parse(call.text);
  return isObject(value) ? value : {};
}

/** HOLE API8:2023: of two equal parameters the last one counts; who looked at the first one saw another request. */
export function lastNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const values = query.getAll(name);
  return Number(values.at(-1) ?? otherwise);
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
