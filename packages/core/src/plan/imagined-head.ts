import type { SecurityScheme } from '../openapi/model.ts';
import { decideHead } from '../stages/head/head.ts';
import { Exchange } from '../exchange.ts';
import type { ImaginedRequest } from './explain.ts';
import type { Plan } from './plan.ts';

/** Target and headers of a request that is imagined. */
export interface ImaginedHead {
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/**
 * Adds what every client sends, and the credentials where the operation's schemes look for them, each where nothing of its name is there. A key goes to
 * every place that the operation takes one at; where no operation matches, nowhere.
 */
export function imaginedHead(plan: Plan, request: ImaginedRequest): ImaginedHead {
  const headers = [...request.headers];
  const has = (name: string): boolean => headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  if (!has('host')) headers.push('Host', 'localhost');
  if (request.body !== null) {
    if (!has('content-type')) headers.push('Content-Type', 'application/json');
    if (!has('content-length')) headers.push('Content-Length', String(request.body.length));
  }
  if (request.token !== null && !has('authorization')) headers.push('Authorization', `Bearer ${request.token}`);
  let { target } = request;
  const { key } = request;
  if (key === null) return { target, headers };
  for (const { in: place, parameter } of keySchemes(plan, request, headers)) {
    if (place === 'header' && !has(parameter.toLowerCase())) headers.push(parameter, key);
    if (place === 'cookie') addCookie(headers, parameter, key);
    if (place === 'query') target = withParameter(target, parameter, key);
  }
  return { target, headers };
}

type ApiKeyScheme = Extract<SecurityScheme, { readonly type: 'apiKey' }>;

/** The schemes with keys that the operation names, which the target leads to. */
function keySchemes(plan: Plan, request: ImaginedRequest, headers: readonly string[]): readonly ApiKeyScheme[] {
  const exchange = new Exchange('explain', request.nowMs, request.method, request.target, headers, '127.0.0.1', false);
  if (decideHead(plan.head, exchange) !== null) return [];
  const security = plan.router.find(exchange.path, exchange.method).value?.operation.security ?? [];
  const names = new Set(security.flatMap((alternative) => alternative.map(({ scheme }) => scheme)));
  return [...names].flatMap((name) => {
    const scheme = plan.document.securitySchemes.get(name);
    return scheme?.type === 'apiKey' ? [scheme] : [];
  });
}

function addCookie(headers: string[], name: string, value: string): void {
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'cookie');
  const cookie = `${name}=${value}`;
  if (at < 0) headers.push('Cookie', cookie);
  else if (!(headers[at + 1] ?? '').split(';').some((pair) => pair.trim().startsWith(`${name}=`)))
    headers[at + 1] = `${headers[at + 1]}; ${cookie}`;
}

function withParameter(target: string, name: string, value: string): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const written = encodeURIComponent(name);
  if (query.split('&').some((pair) => pair === written || pair.startsWith(`${written}=`))) return target;
  return `${path}?${query === '' ? '' : `${query}&`}${written}=${encodeURIComponent(value)}`;
}
