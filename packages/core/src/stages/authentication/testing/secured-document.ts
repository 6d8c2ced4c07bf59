import { ANONYMOUS, type Principal } from '../../../principal.ts';
import { Exchange } from '../../../exchange.ts';
import type { ApiDocument, Operation, SecurityRequirement, SecurityScheme } from '../../../openapi/model.ts';
import type { Policy } from '../../../policy/policy.ts';
import type { AuthenticationPolicy, JwtPolicy } from '../../../policy/authentication-policy.ts';
import type { LoginPolicy } from '../../../policy/login-policy.ts';
import type { CompileContext } from '../../stage.ts';
import type { ConfigurationProblem } from '../../../configuration-error.ts';
import type { Ports } from '../../../ports.ts';

// What tests of the authentication and authorization stages are made of; used by tests only.

type WithoutPlace<T> = T extends unknown ? Omit<T, 'file' | 'pointer' | 'name'> : never;

/** A document with these security schemes, and nothing else. */
export function documentWith(schemes: Readonly<Record<string, WithoutPlace<SecurityScheme>>>): ApiDocument {
  const securitySchemes = new Map(
    Object.entries(schemes).map(([name, scheme]) => [
      name,
      { ...scheme, name, file: 'api.yaml', pointer: `/components/securitySchemes/${name}` } as SecurityScheme,
    ]),
  );
  return {
    file: 'api.yaml',
    version: '3.1.0',
    title: 'Posts "API"',
    operations: [],
    securitySchemes,
    extensions: {},
    warnings: [],
    locate: ({ file, pointer }) => ({ file, line: pointer.length, column: 1 }),
    resolveSchema: () => null,
  };
}

/** Alternatives written as the document writes them. */
export function operationWith(
  security: readonly Readonly<Record<string, readonly string[]>>[] | null,
  more: Partial<Operation> = {},
): Operation {
  const alternatives =
    security?.map(
      (alternative): SecurityRequirement => Object.entries(alternative).map(([scheme, scopes]) => ({ scheme, scopes })),
    ) ?? null;
  return {
    file: 'api.yaml',
    pointer: '/paths/~1posts/get',
    id: 'listPosts',
    method: 'GET',
    path: '/posts',
    basePaths: [''],
    tags: [],
    summary: null,
    deprecated: false,
    parameters: [],
    requestBody: null,
    responses: [],
    extensions: {},
    ...more,
    security: alternatives,
  };
}

export const JWT: JwtPolicy = {
  kind: 'jwt',
  issuer: 'https://id.example.com/',
  audiences: ['https://api.example.com'],
  algorithms: ['RS256'],
  keys: { from: 'discovery', issuer: 'https://id.example.com/' },
  clockToleranceSeconds: 30,
  types: null,
  requiredClaims: [],
  claims: { subject: 'sub', scopes: 'scope', roles: 'roles' },
  maxTokenBytes: 8192,
  forwardCredential: false,
  place: null,
};
export const KEY: AuthenticationPolicy = {
  kind: 'api-key',
  keys: { from: 'inline', entries: [] },
  allowInQuery: false,
  forwardCredential: false,
  place: null,
};
export const BASIC: AuthenticationPolicy = {
  kind: 'basic',
  users: { from: 'file', path: 'users.txt' },
  realm: 'posts',
  forwardCredential: false,
  place: null,
};

export const LOGIN: LoginPolicy = {
  kind: 'login',
  issuer: 'https://id.example.com/',
  clientId: 'door',
  clientSecret: { reference: '', reveal: () => '' },
  clientAuthentication: 'client_secret_basic',
  clientKey: null,
  scopes: ['openid'],
  algorithms: ['RS256'],
  clockToleranceSeconds: 30,
  origin: 'https://door.example.com',
  paths: { login: '/auth/login', callback: '/auth/callback', logout: '/auth/logout', backChannelLogout: '/auth/ended' },
  cookie: null,
  idleMs: 60_000,
  absoluteMs: 600_000,
  afterLogin: '/',
  afterLogout: '/',
  returnTargets: ['/'],
  unauthenticated: 'redirect',
  claims: { subject: 'sub', roles: 'roles' },
  parameters: new Map(),
  idTokenHint: false,
  timeoutMs: 5_000,
  forwardCredential: false,
  place: { file: 'sallyport.yaml', pointer: '/authentication' },
};

export function contextWith(
  document: ApiDocument,
  authentication: Readonly<Record<string, AuthenticationPolicy>>,
  listen: Readonly<Record<string, unknown>> = { tls: null },
): CompileContext & { readonly problems: ConfigurationProblem[] } {
  // The stages look at nothing else of the policy, and at no schema.
  const policy = {
    file: 'sallyport.yaml',
    authentication: new Map(Object.entries(authentication)),
    listen,
    modes: { authentication: 'enforce', authorization: 'enforce' },
    operations: new Map(),
  } as unknown as Policy;
  return { document, policy, schemas: {} as CompileContext['schemas'], problems: [] };
}

export function principal(kind: Principal['kind'], subject: string, more: Partial<Principal> = {}): Principal {
  return { ...ANONYMOUS, kind, subject, issuer: 'test', ...more };
}

/** An exchange with these raw headers and this query. */
export function exchangeWith(rawHeaders: readonly string[], query: string | null = null): Exchange {
  const exchange = new Exchange('id', 1_000, 'GET', '/posts', rawHeaders, '192.0.2.1', true);
  exchange.query = query;
  return exchange;
}

/** Ports that know these credentials and refuse all others; passwords after a turn, the others at once. */
export function portsOf(known: Readonly<Record<string, Principal>>): Ports & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (
    port: string,
    credential: string,
    code: 'AUTHN_TOKEN_SIGNATURE' | 'AUTHN_KEY_UNKNOWN' | 'AUTHN_PASSWORD_WRONG',
  ) => {
    asked.push(`${port} ${credential}`);
    const found = Object.hasOwn(known, credential) ? known[credential] : undefined;
    return found === undefined ? ({ ok: false, code, facts: {} } as const) : ({ ok: true, principal: found } as const);
  };
  const all = <T>(port: T) => ({ get: () => port, has: () => true }) as unknown as ReadonlyMap<string, T>;
  return {
    asked,
    tokens: all({ verify: (token: string) => answer('token', token, 'AUTHN_TOKEN_SIGNATURE') }),
    apiKeys: all({ lookup: (key: string) => answer('key', key, 'AUTHN_KEY_UNKNOWN') }),
    passwords: all({
      check: (user: string, password: string) =>
        Promise.resolve(answer('password', `${user}:${password}`, 'AUTHN_PASSWORD_WRONG')),
    }),
    counters: { take: () => Promise.reject(new Error('not used')) },
  };
}
