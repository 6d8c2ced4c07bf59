import type { ApiDocument, Operation, SecurityScheme } from '../../openapi/model.ts';
import type { Policy } from '../../policy/policy.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { CompileContext } from '../stage.ts';
import type { LoginPlace } from './send-to-login.ts';
import type { LoginPolicy } from '../../policy/login-policy.ts';
import { sessionCookies } from './session-cookies.ts';
import { suggestName } from '../../policy/suggest-name.ts';

/** Where a credential stands in a request; header names in lower case. */
export interface Carrier {
  readonly in: 'header' | 'query' | 'cookie';
  readonly name: string;
}

/** One security scheme of the document with what the policy says of it. */
export interface CompiledScheme {
  readonly name: string;
  readonly kind: 'bearer' | 'basic' | 'api-key' | 'certificate' | 'session';
  /** Null for a certificate, which is no part of the message. */
  readonly carrier: Carrier | null;
  /** As the document writes it, for challenges and descriptions. */
  readonly parameter: string;
  readonly realm: string;
  readonly allowInQuery: boolean;
  readonly forwardCredential: boolean;
  /** Whether a token may, or must, come with a DPoP proof (RFC 9449), and what a proof may be signed with. */
  readonly dpop: 'required' | 'optional' | 'off';
  readonly dpopAlgorithms: readonly string[];
  /** Of a session alone. */
  readonly login: LoginPlace | null;
  /** What is proved, in words. */
  readonly described: string;
}

/** Where a scheme's credential stands; null for mutual TLS, which is no part of the message. */
function carrierOf(scheme: SecurityScheme): Carrier | null {
  if (scheme.type === 'mutualTLS') return null;
  if (scheme.type !== 'apiKey') return { in: 'header', name: 'authorization' };
  return { in: scheme.in, name: scheme.in === 'header' ? scheme.parameter.toLowerCase() : scheme.parameter };
}

/** What a scheme is checked as; null where that is not supported. */
function kindOf(scheme: SecurityScheme): CompiledScheme['kind'] | null {
  if (scheme.type === 'apiKey') return 'api-key';
  if (scheme.type === 'mutualTLS') return 'certificate';
  if (scheme.type === 'oauth2' || scheme.type === 'openIdConnect') return 'bearer';
  if (scheme.type !== 'http') return null;
  const name = scheme.scheme.toLowerCase();
  if (name === 'dpop') return 'bearer';
  return name === 'bearer' || name === 'basic' ? name : null;
}

const POLICY_KINDS = {
  bearer: ['jwt', 'introspection', 'issuers'],
  basic: ['basic'],
  'api-key': ['api-key'],
  certificate: ['certificate'],
  session: ['login'],
} as const satisfies Record<CompiledScheme['kind'], readonly AuthenticationPolicy['kind'][]>;
const SENT_AS = {
  bearer: 'a bearer token',
  basic: 'user name and password',
  'api-key': 'an API key',
  certificate: "a client's certificate",
  session: "a session's cookie",
} as const;

/** The YAML that configures a scheme of this kind. */
function example(name: string, kind: CompiledScheme['kind'], scheme: SecurityScheme, { listen }: Policy): string {
  const key = /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
  const lines = {
    bearer: [
      'issuer: https://id.example.com/',
      'audience: https://api.example.com',
      'algorithms: [RS256, ES256, EdDSA]',
      ...(isDpop(scheme) ? ['dpop: required'] : []),
    ],
    basic: ['users: users.txt'],
    certificate: ['subject: CN'],
    session: ['login: { … }'],
    'api-key': [
      'keys: keys.yaml',
      ...(scheme.type === 'apiKey' && scheme.in === 'query' ? ['allowInQuery: true'] : []),
    ],
  }[kind];
  const asksNobody = (listen.tls?.clientCertificates ?? listen.forwardedCertificates ?? null) === null;
  const asking = [
    'listen:',
    '  tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: clients-ca.pem } }',
  ];
  return [
    'write in the policy:',
    'authentication:',
    `  ${key}:`,
    ...lines.map((line) => `    ${line}`),
    ...(kind === 'certificate' && asksNobody ? asking : []),
  ].join('\n');
}

/** Compiles one scheme that an operation asks for, by name. What is wrong with it is reported, and null returned. */
export function compileScheme(name: string, operation: Operation, context: CompileContext): CompiledScheme | null {
  const { document, policy } = context;
  const scheme = document.securitySchemes.get(name);
  if (scheme === undefined) {
    const near = suggestName(name, document.securitySchemes.keys());
    context.problems.push({
      ...document.locate(operation),
      code: 'AUTHN_SCHEME_UNKNOWN',
      path: operation.pointer,
      message: `operation ${operation.id} asks for the security scheme ${JSON.stringify(name)}, which the document does not define`,
      hint: near === null ? 'define it under components.securitySchemes' : `did you mean ${JSON.stringify(near)}?`,
    });
    return null;
  }
  const problem = (code: string, message: string, hint: string): null => {
    context.problems.push({ ...document.locate(scheme), code, path: scheme.pointer, message, hint });
    return null;
  };
  const entry = policy.authentication.get(name);
  const login = entry?.kind === 'login' && takesLogin(scheme) ? entry : null;
  const kind = login === null ? kindOf(scheme) : 'session';
  const cookie = login === null ? null : sessionCookies(document, name, login).session;
  const carrier: Carrier | null = cookie === null ? carrierOf(scheme) : { in: 'cookie', name: cookie };
  if (kind === null) {
    const type = scheme.type === 'http' ? `http with scheme ${JSON.stringify(scheme.scheme)}` : scheme.type;
    return problem(
      'AUTHN_SCHEME_UNSUPPORTED',
      `the security scheme ${JSON.stringify(name)} is of type ${type}, which cannot be checked`,
      'supported are apiKey, mutualTLS, http with bearer, dpop or basic, and oauth2 and openIdConnect, whose tokens are checked as bearer tokens',
    );
  }
  if (entry === undefined)
    return problem(
      'AUTHN_SCHEME_UNCONFIGURED',
      `the security scheme ${JSON.stringify(name)} is used, and the policy does not say how to check it`,
      example(name, kind, scheme, policy),
    );
  if (!POLICY_KINDS[kind].some((fitting) => fitting === entry.kind))
    return problem(
      'AUTHN_SCHEME_MISMATCH',
      `the security scheme ${JSON.stringify(name)} carries ${SENT_AS[kind]}, and the policy configures it as ${entry.kind}`,
      example(name, kind, scheme, policy),
    );
  const { mode, algorithms } = dpopOf(entry);
  if (isDpop(scheme) && mode === 'off')
    return problem(
      'AUTHN_SCHEME_MISMATCH',
      `the security scheme ${JSON.stringify(name)} carries tokens with a DPoP proof, and the policy does not check proofs for it`,
      'write dpop: required in its entry of the policy',
    );
  return {
    name,
    kind,
    carrier,
    dpop: mode,
    dpopAlgorithms: algorithms,
    described: describeProof(kind, entry, mode),
    parameter: cookie ?? (scheme.type === 'apiKey' ? scheme.parameter : 'Authorization'),
    login: login === null ? null : loginPlace(login, policy),
    realm: entry.kind === 'basic' ? entry.realm : document.title,
    allowInQuery: entry.kind === 'api-key' && entry.allowInQuery,
    forwardCredential: entry.forwardCredential,
  };
}

/** Whether a scheme can be one of browsers that log in: the cookie is ours to choose, or the document's. */
function takesLogin(scheme: SecurityScheme): boolean {
  return (
    scheme.type === 'openIdConnect' || scheme.type === 'oauth2' || (scheme.type === 'apiKey' && scheme.in === 'cookie')
  );
}

function loginPlace(entry: LoginPolicy, { cors }: Policy): LoginPlace {
  return {
    path: entry.paths.login,
    redirects: entry.unauthenticated === 'redirect',
    returnTargets: entry.returnTargets,
    origin: entry.origin,
    allowedOrigins: cors?.credentials === true ? cors.origins : [],
  };
}

/** The HTTP authentication scheme of RFC 9449, section 7.1. */
function isDpop(scheme: SecurityScheme): boolean {
  return scheme.type === 'http' && scheme.scheme.toLowerCase() === 'dpop';
}

/** What an entry says of DPoP; of several issuers, `required` only where all of them say so. */
export function dpopOf(entry: AuthenticationPolicy | undefined): {
  readonly mode: CompiledScheme['dpop'];
  readonly algorithms: readonly string[];
} {
  const entries =
    entry?.kind === 'issuers' ? entry.entries : entry?.kind === 'jwt' || entry?.kind === 'introspection' ? [entry] : [];
  const settings = entries.flatMap(({ dpop }) => (dpop === null || dpop === undefined ? [] : [dpop]));
  if (settings.length === 0) return { mode: 'off', algorithms: [] };
  return {
    mode:
      settings.length === entries.length && settings.every(({ mode }) => mode === 'required') ? 'required' : 'optional',
    algorithms: [...new Set(settings.flatMap(({ algorithms }) => algorithms))],
  };
}

function describeProof(
  kind: CompiledScheme['kind'],
  entry: AuthenticationPolicy,
  dpop: CompiledScheme['dpop'],
): string {
  if (kind === 'basic') return 'user name and password';
  if (kind === 'api-key') return 'API key';
  if (kind === 'certificate') return "client's certificate";
  if (entry.kind === 'login') return `session of a browser that logged in at ${entry.issuer}`;
  const token = {
    required: 'token bound by DPoP',
    optional: 'bearer token, or one bound by DPoP',
    off: 'bearer token',
  }[dpop];
  if (entry.kind === 'introspection') return `${token}, introspected`;
  if (entry.kind !== 'issuers') return token;
  const introspected = entry.entries.some((one) => one.kind === 'introspection') ? ', opaque ones introspected' : '';
  return `${token} of one of ${entry.entries.length} issuers${introspected}`;
}

/** Every carrier of the document's schemes with the scheme that it belongs to. */
export function documentCarriers(
  document: ApiDocument,
): readonly { readonly scheme: string; readonly carrier: Carrier }[] {
  const carriers: { scheme: string; carrier: Carrier }[] = [];
  for (const scheme of document.securitySchemes.values()) {
    const carrier = carrierOf(scheme);
    if (carrier !== null) carriers.push({ scheme: scheme.name, carrier });
  }
  return carriers;
}
