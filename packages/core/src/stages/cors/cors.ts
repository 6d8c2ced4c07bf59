import type { Answer } from '../../verdict/answer.ts';
import type { CorsPolicy } from '../../policy/policy.ts';
import type { Exchange } from '../../exchange.ts';

function headerValue(exchange: Exchange, lowerName: string): string | null {
  const raw = exchange.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === lowerName) return raw[i + 1] ?? null;
  return null;
}

/** True for a CORS preflight (Fetch standard, section 3.2.2): OPTIONS with `Origin` and `Access-Control-Request-Method`. */
export function isPreflight(exchange: Exchange): boolean {
  return (
    exchange.method === 'OPTIONS' &&
    exchange.headers.origin !== null &&
    headerValue(exchange, 'access-control-request-method') !== null
  );
}

function allowsOrigin(policy: CorsPolicy, origin: string): boolean {
  return policy.origins.includes(origin) || policy.origins.includes('*');
}

/**
 * Answers OPTIONS from the document: 204 with `Allow`, and for a preflight what the policy lets the browser do. An origin,
 * method or header that is not allowed is simply not named, and the browser refuses.
 */
export function answerOptions(exchange: Exchange, methods: readonly string[], policy: CorsPolicy | null): Answer {
  const allow = methods.includes('OPTIONS') ? methods : [...methods, 'OPTIONS'];
  const headers = ['Allow', allow.join(', ')];
  const origin = exchange.headers.origin;
  if (policy === null) return { answer: true, status: 204, headers };
  if (!isPreflight(exchange)) headers.push(...corsHeaders(exchange, policy));
  else {
    headers.push('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
    if (origin !== null && allowsOrigin(policy, origin)) {
      headers.push('Access-Control-Allow-Origin', policy.origins.includes('*') ? '*' : origin);
      if (policy.credentials) headers.push('Access-Control-Allow-Credentials', 'true');
      headers.push('Access-Control-Allow-Methods', allow.join(', '));
      if (policy.requestHeaders.length > 0)
        headers.push('Access-Control-Allow-Headers', policy.requestHeaders.join(', '));
      headers.push('Access-Control-Max-Age', String(policy.maxAgeSeconds));
    }
  }
  return { answer: true, status: 204, headers };
}

/** Headers of a passing or refused response to a cross-origin request; empty without CORS in the policy. `Vary` keeps shared caches apart. */
export function corsHeaders(exchange: Exchange, policy: CorsPolicy | null): readonly string[] {
  if (policy === null) return [];
  const origin = exchange.headers.origin;
  if (policy.origins.includes('*'))
    return origin === null ? [] : ['Access-Control-Allow-Origin', '*', ...exposed(policy)];
  if (origin === null || !policy.origins.includes(origin)) return ['Vary', 'Origin'];
  const headers = ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin];
  if (policy.credentials) headers.push('Access-Control-Allow-Credentials', 'true');
  return [...headers, ...exposed(policy)];
}

function exposed(policy: CorsPolicy): readonly string[] {
  return policy.exposedHeaders.length > 0 ? ['Access-Control-Expose-Headers', policy.exposedHeaders.join(', ')] : [];
}
