import { joinPointer } from '../../json/json-pointer.ts';
import { isLoopbackHost } from '../addresses.ts';
import { defaultSecurityHeaders, type SecurityHeaders } from '../default-security-headers.ts';
import { isManagedHeader } from '../managed-headers.ts';
import type { CorsPolicy } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import type { ReadFields } from '../shape.ts';

type Authored = ReadFields<typeof POLICY_SHAPE.fields>;

/** Lays the authored security headers over the defaults; names come out in lower case. */
export function normalizeSecurityHeaders(
  authored: Authored['securityHeaders'],
  tls: boolean,
  cors: boolean,
  problems: PolicyProblems,
): SecurityHeaders {
  const defaults = defaultSecurityHeaders(tls, cors);
  return {
    own: overlay(defaults.own, authored.own, '/securityHeaders/own', problems),
    passing: overlay(defaults.passing, authored.passing, '/securityHeaders/passing', problems),
  };
}

function overlay(
  defaults: ReadonlyMap<string, string>,
  authored: ReadonlyMap<string, string | boolean>,
  pointer: string,
  problems: PolicyProblems,
): Map<string, string> {
  const headers = new Map(defaults);
  const seen = new Set<string>();
  for (const [written, value] of authored) {
    const name = written.toLowerCase();
    const at = joinPointer(pointer, written);
    if (isManagedHeader(name) || name.startsWith('access-control-')) {
      problems.add(
        'POLICY_HEADER',
        at,
        'this header cannot be set here',
        name.startsWith('access-control-') ? 'Use cors.' : 'Sallyport and HTTP itself use it.',
        'key',
      );
    }
    if (seen.has(name))
      problems.add('POLICY_DUPLICATE', at, 'the header stands here twice', 'Upper and lower case are the same.', 'key');
    seen.add(name);
    if (value === true) problems.add('POLICY_VALUE', at, 'expected a value, or false to remove the header', null);
    else if (value === false) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}

/** Checks that origins are origins, and that no setting opens the API to every site with the user's credentials. */
export function normalizeCors(authored: NonNullable<Authored['cors']>, problems: PolicyProblems): CorsPolicy {
  const origins = new Set<string>();
  authored.origins.forEach((origin, index) => {
    if (checkOrigin(origin, joinPointer('/cors/origins', index), problems)) origins.add(origin);
  });
  if (origins.has('*')) {
    if (authored.credentials)
      problems.add(
        'POLICY_CORS_UNSAFE',
        '/cors/credentials',
        'with credentials, * would let every site act as the user',
        'Name the origins.',
      );
    if (origins.size > 1)
      problems.add(
        'POLICY_CORS_UNSAFE',
        '/cors/origins',
        '* stands beside other origins',
        'Write * alone, or only the others.',
      );
  }
  for (const field of ['requestHeaders', 'exposedHeaders'] as const) {
    authored[field].forEach((name, index) => {
      if (name === '*')
        problems.add(
          'POLICY_CORS_UNSAFE',
          joinPointer('/cors', field, index),
          '* would allow every header',
          'Name the headers.',
        );
    });
  }
  return {
    origins: [...origins],
    credentials: authored.credentials,
    requestHeaders: lowerCase(authored.requestHeaders),
    exposedHeaders: lowerCase(authored.exposedHeaders),
    maxAgeSeconds: Math.floor(authored.maxAge / 1000),
  };
}

function checkOrigin(origin: string, pointer: string, problems: PolicyProblems): boolean {
  if (origin === '*') return true;
  if (origin === 'null') {
    problems.add(
      'POLICY_CORS_UNSAFE',
      pointer,
      'every sandboxed page has the origin null',
      'Name the origin of the page.',
    );
    return false;
  }
  const url = URL.parse(origin);
  if (
    url === null ||
    url.origin !== origin ||
    origin.includes('*') ||
    (url.protocol !== 'https:' && url.protocol !== 'http:')
  ) {
    problems.add(
      'POLICY_URL',
      pointer,
      'expected an origin as browsers write it',
      'Write scheme, host in lower case and a port that is not the default: https://app.example.com, without a path, a / at its end or a *.',
    );
    return false;
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    problems.warn('POLICY_CORS_PLAIN', pointer, 'an origin without TLS can be anybody on its network', 'Use https.');
  return true;
}

function lowerCase(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}
