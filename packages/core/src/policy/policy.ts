import type { CedarType } from '../cedar/cedar-type.ts';
import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import type { DocumentPlace } from '../openapi/model.ts';
import type { OwnershipPolicy, OwnerStatement } from './ownership-policy.ts';
import type { DataPolicy } from './data-policy.ts';
import type { SanitisePolicy } from './sanitise-policy.ts';
import type { ThreatPolicy } from './threat-policy.ts';
import type { LoginPolicy } from './login-policy.ts';

/** What happens when a rule denies: nothing is checked, the denial is recorded and the exchange goes on, or it is refused. */
export type Mode = 'off' | 'observe' | 'enforce';

/** The rules that can be switched, for the whole API or per operation. `match` is for the whole API only. */
export const RULE_NAMES = [
  'match',
  'lifecycle',
  'authentication',
  'limits',
  'authorization',
  'roles',
  'policies',
  'parameters',
  'body',
  'ownership',
  'threats',
  'properties',
  'responses',
  'data',
  'sanitise',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];
export type Modes = Readonly<Record<RuleName, Mode>>;

/** Where in the policy file a statement stands; null for a default. */
export type Place = DocumentPlace | null;

/** A secret as it is used; the reference it came from (`${env:NAME}`) is kept for messages, the value never is. */
export interface Secret {
  readonly reference: string;
  reveal(): string;
}

export const JWS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const;
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number];

export type KeySetSource =
  | { readonly from: 'discovery'; readonly issuer: string }
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'file'; readonly path: string }
  /** The keys that Sallyport itself signs with, out of its store. */
  | { readonly from: 'self' };

export interface JwtPolicy {
  readonly kind: 'jwt';
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly JwsAlgorithm[];
  readonly keys: KeySetSource;
  readonly clockToleranceSeconds: number;
  /** Accepted `typ` headers in lower case without `application/`; null accepts any. */
  readonly types: readonly string[] | null;
  /** Claims that must be there beside `exp`, `iss` and `aud`. */
  readonly requiredClaims: readonly string[];
  readonly claims: { readonly subject: string; readonly scopes: string; readonly roles: string };
  readonly maxTokenBytes: number;
  /** Clients whose tokens are accepted, by `azp` and `client_id`; null or absent: any. */
  readonly clients?: readonly string[] | null;
  /** How much longer than the issuer promised its keys are used when they cannot be renewed; absent: a day. */
  readonly maxStaleMs?: number;
  /** Null or absent: tokens come as `Bearer` only, and those that are bound to a key are refused. */
  readonly dpop?: DpopPolicy | null;
  readonly forwardCredential: boolean;
  readonly place: Place;
}

/** Proof of possession (RFC 9449). */
export interface DpopPolicy {
  readonly mode: 'required' | 'optional';
  readonly algorithms: readonly JwsAlgorithm[];
  /** How old a proof may be; the clock tolerance of the entry comes on top, and holds for the future. */
  readonly proofAgeMs: number;
  /** Whether a proof must hold a nonce of ours (section 9). */
  readonly nonce: boolean;
  /** What nonces are made with, where several processes have to know each other's; null: something random of this process. */
  readonly nonceSecret: Secret | null;
}

export const CLIENT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** How we prove who we are to an issuer (RFC 6749, section 2.3; RFC 7523, section 2.2). */
export interface ClientCredentials {
  readonly clientId: string;
  /** Null where the method needs none. */
  readonly clientSecret: Secret | null;
  readonly clientAuthentication: ClientAuthenticationMethod;
  /** Null where the method needs none. `keyId` and `algorithm` are null where the key says them. */
  readonly clientKey: {
    readonly key: Secret;
    readonly keyId: string | null;
    readonly algorithm: JwsAlgorithm | null;
  } | null;
}

/** Tokens that their issuer is asked about (RFC 7662). */
export interface IntrospectionPolicy extends ClientCredentials {
  readonly kind: 'introspection';
  readonly endpoint:
    | { readonly from: 'url'; readonly url: string }
    | { readonly from: 'discovery'; readonly issuer: string };
  readonly timeoutMs: number;
  /** How long an active answer counts at most; never beyond its `exp`. 0: every request asks. */
  readonly cacheMs: number;
  /** Questions under way at once. */
  readonly concurrency: number;
  /** What an answer may lack and the token is still accepted. */
  readonly mayLack: readonly ('aud' | 'token_type')[];
  /** Compared with `iss` where the answer has it; null: any. */
  readonly issuer: string | null;
  readonly audiences: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly requiredClaims: readonly string[];
  readonly claims: JwtPolicy['claims'];
  readonly maxTokenBytes: number;
  readonly clients: readonly string[] | null;
  readonly dpop: DpopPolicy | null;
  readonly forwardCredential: boolean;
  readonly place: Place;
}

export type TokenPolicy = JwtPolicy | IntrospectionPolicy;

/** Several issuers under one scheme: `iss` of the token picks the entry; an opaque token goes to the one that introspects. */
export interface IssuersPolicy {
  readonly kind: 'issuers';
  /** No two of one issuer, and at most one that introspects. */
  readonly entries: readonly TokenPolicy[];
  readonly forwardCredential: boolean;
  readonly place: Place;
}

/** One API key: its SHA-256 in lower-case hex, never the key. */
export interface ApiKeyEntry {
  readonly id: string;
  readonly sha256: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly expiresAtMs: number | null;
}

export interface ApiKeyPolicy {
  readonly kind: 'api-key';
  readonly keys:
    | { readonly from: 'store' }
    | { readonly from: 'file'; readonly path: string }
    | { readonly from: 'inline'; readonly entries: readonly ApiKeyEntry[] };
  /** A key in the query is refused unless this is set: URLs end up in logs and histories. */
  readonly allowInQuery: boolean;
  readonly forwardCredential: boolean;
  readonly place: Place;
}

export interface BasicPolicy {
  readonly kind: 'basic';
  /** Lines `user:hash` with scrypt or htpasswd bcrypt-free formats; see the identity port of the shell. */
  readonly users: { readonly from: 'file'; readonly path: string };
  readonly realm: string;
  readonly forwardCredential: boolean;
  readonly place: Place;
}

/** Which part of a client's certificate names the principal: its one common name, or its one alternative name of a kind (RFC 5280, section 4.2.1.6). */
export const CERTIFICATE_SUBJECTS = ['CN', 'SAN:URI', 'SAN:email', 'SAN:dns'] as const;
export type CertificateSubject = (typeof CERTIFICATE_SUBJECTS)[number];

/** What of a certificate may say which roles its holder has: the subject's organisation and units too, of which there may be several. */
export const CERTIFICATE_PARTS = [...CERTIFICATE_SUBJECTS, 'O', 'OU'] as const;
export type CertificatePart = (typeof CERTIFICATE_PARTS)[number];

/** Certificates that clients show in the handshake; who may issue them stands in `listen.tls.clientCertificates`. */
export interface CertificatePolicy {
  readonly kind: 'certificate';
  readonly subject: CertificateSubject;
  /** The subjects that are let in, with what each has beyond all others; null lets in whoever the authorities vouch for. */
  readonly allowed: ReadonlyMap<string, Grants> | null;
  /** What every subject has. */
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Roles by what stands in the certificate: its part, the value of that exactly, the roles. Absent: none. */
  readonly rolesFrom?: ReadonlyMap<CertificatePart, ReadonlyMap<string, readonly string[]>>;
  /** A certificate is no part of the message. */
  readonly forwardCredential: false;
  readonly place: Place;
}

export interface Grants {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

export type AuthenticationPolicy =
  | TokenPolicy
  | IssuersPolicy
  | ApiKeyPolicy
  | BasicPolicy
  | CertificatePolicy
  | LoginPolicy;

export type LimitKey =
  | { readonly kind: 'address'; readonly ipv4Prefix: number; readonly ipv6Prefix: number }
  | { readonly kind: 'principal' }
  | { readonly kind: 'key' }
  | { readonly kind: 'claim'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'operation' };

export type LimitAlgorithm = 'fixed-window' | 'sliding-window' | 'token-bucket';

export interface LimitRule {
  /** Unique; shown in `RateLimit-Policy`. A token of at most 64 characters `[a-z0-9-]`. */
  readonly name: string;
  readonly by: LimitKey;
  readonly algorithm: LimitAlgorithm;
  /** Requests (or cost) per window; for a token bucket, refilled per window. */
  readonly limit: number;
  readonly windowMs: number;
  /** Capacity of a token bucket; equals `limit` for the others. */
  readonly burst: number;
  /** operationIds, `METHOD /path` or `tag:NAME`; null: every operation. */
  readonly operations: readonly string[] | null;
  /** One counter per operation instead of one for all that the rule covers. */
  readonly perOperation: boolean;
  readonly mode: Mode | null;
  readonly place: Place;
}

export interface RequestPolicy {
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Query parameters the operation does not declare; cookies too, where `unknownCookies` is absent. */
  readonly unknownParameters: 'refuse' | 'pass' | 'strip';
  /**
   * Cookies the operation does not declare. A policy that was parsed always has it, `strip` by default: the upstream gets nothing
   * undeclared, and yet no honest browser is refused over a cookie that it did not choose to send. With `refuse`, any sibling
   * subdomain could lock users out by setting one cookie for the whole domain.
   */
  readonly unknownCookies?: 'refuse' | 'pass' | 'strip';
  readonly undeclaredProperties: 'as-declared' | 'refuse' | 'strip';
  readonly readOnlyProperties: 'refuse' | 'ignore';
  /** Undeclared names that a reader could take for a declared one, where undeclared names are allowed. A policy that was parsed always has it, `refuse` by default. */
  readonly lookalikeNames?: 'refuse' | 'pass';
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
}

export interface ResponsePolicy {
  readonly undeclared: 'strip' | 'block' | 'pass';
  readonly undeclaredHeaders: 'strip' | 'block' | 'pass';
  readonly invalid: 'block' | 'pass';
  /** A body that is checked is collected up to this size. */
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Bodies that cannot be checked (no schema, a binary or unknown type). They are named by `check` and counted. */
  readonly unchecked: 'pass' | 'block';
}

export interface UpstreamPolicy {
  readonly url: string;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly preserveHost: boolean;
  readonly tls: {
    readonly ca: string | null;
    readonly certificate: string | null;
    readonly key: Secret | string | null;
    readonly serverName: string | null;
    /** Off only where the policy says so in as many words; `check` warns of it. */
    readonly verify: boolean;
  };
  /** Header names that carry the principal; a client's own are removed first. Null: not sent. */
  readonly principalHeaders: {
    readonly subject: string | null;
    readonly issuer: string | null;
    readonly scopes: string | null;
    readonly roles: string | null;
  };
}

export interface CorsPolicy {
  /** Exact origins; `*` only alone, and never with credentials. */
  readonly origins: readonly string[];
  readonly credentials: boolean;
  readonly requestHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

/** Attribute policies in Cedar. */
export interface AttributePolicies {
  /** Folders and files, at least one. */
  readonly files: readonly string[];
  /** Which operations refuse what no policy permits. */
  readonly needPermit: 'protected' | 'all';
  /** Claims of tokens and attributes of keys that policies can ask for. */
  readonly claims: ReadonlyMap<string, CedarType>;
  /** The header in which a trusted proxy tells the country of the client. */
  readonly countryHeader: string | null;
}

/** Where durable records are kept: keys with their life, granted roles, and the audit trail. */
export interface StorePolicy {
  readonly location:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: Secret };
  /** What secrets in the store are sealed under: a path, or the secret. Null: a file beside a SQLite store, made where it is missing. */
  readonly key: Secret | string | null;
  /** How long keys, tokens and granted roles that are known go on working while the store cannot be asked. */
  readonly graceMs: number;
  /** Whether credentials are held against the revocations in the store; `auto`: where it is opened for something else. A policy that was parsed always has it. */
  readonly revocations?: 'auto' | 'on' | 'off';
}

/** One permission as it is written; what it covers, the document says. */
export interface PermissionPolicy {
  readonly text: string;
  readonly place: Place;
}

export interface RolePolicy {
  /** Its own, without those that it inherits. */
  readonly permissions: readonly PermissionPolicy[];
  /** As written: the nearest only. */
  readonly inherits: readonly string[];
  readonly description: string | null;
  readonly place: Place;
}

/** Who may call what, by role. */
export interface RolesPolicy {
  /** Never empty. */
  readonly roles: ReadonlyMap<string, RolePolicy>;
  /** For each role every other that it inherits, however far. Without cycles; at most 256 each. */
  readonly inherited: ReadonlyMap<string, readonly string[]>;
  /** `store`: principals also have the roles that were granted to them there. */
  readonly grants: 'off' | 'store';
}

/** Tokens that Sallyport issues for the API keys of its store (RFC 6749, section 4.4). */
export interface TokensPolicy {
  /** `iss` of the tokens; its origin is where clients find the door. */
  readonly issuer: string;
  readonly audience: string;
  readonly path: string;
  readonly jwksPath: string;
  /** RFC 8414, section 3. */
  readonly metadataPath: string;
  readonly lifetimeMs: number;
  readonly algorithm: 'ES256' | 'EdDSA';
  /** How long one key signs. */
  readonly rotateMs: number;
  /** The schemes whose keys obtain tokens; null: all that have theirs in the store. */
  readonly schemes: readonly string[] | null;
  /** How often one address may ask. */
  readonly rate: { readonly limit: number; readonly windowMs: number };
  /** Whether each token is bound to the client's certificate, so that none is issued without one (RFC 8705). */
  readonly certificateBound: boolean;
}

/** The port for those who run Sallyport. */
export interface AdminPolicy {
  readonly host: string;
  readonly port: number;
  /** Whether the admin API is there; `auto`: where the store is opened for something else. A policy that was parsed always has it. */
  readonly api?: 'auto' | 'on' | 'off';
  /** Whose tokens prove an administrator, beside admin keys; null or absent: nobody's. */
  readonly tokens?: TokenPolicy | null;
  /** Whether `/metrics` asks for a credential. A policy that was parsed always has it. */
  readonly metrics?: 'open' | 'credential';
}

export interface LogPolicy {
  readonly format: 'ecs' | 'plain';
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** `-` is standard output. */
  readonly destination: string;
}

export interface OperationPolicy {
  readonly modes: Partial<Modes>;
  readonly cost: number | null;
  readonly maxBodyBytes: number | null;
  readonly timeoutMs: number | null;
  /** Epoch milliseconds. RFC 9745 and RFC 8594. */
  readonly deprecatedAtMs: number | null;
  readonly sunsetAtMs: number | null;
  readonly undeclaredProperties: RequestPolicy['undeclaredProperties'] | null;
  readonly undeclaredResponse: ResponsePolicy['undeclared'] | null;
  /** `x-sallyport-owner`; in the document only. */
  readonly owners?: readonly OwnerStatement[];
  readonly place: Place;
}

/** A certificate of the door with its chain, and the names that it is shown to. */
export interface DoorCertificate {
  /** Host names, `*.` allowed in front; null: those that stand in the certificate. */
  readonly names: readonly string[] | null;
  /** A path. */
  readonly certificate: string;
  /** A path, or the key itself. */
  readonly key: Secret | string;
}

/** A certificate that is ordered from an authority and renewed (RFC 8555). */
export interface AcmePolicy {
  /** Where the authority tells its addresses. */
  readonly directory: string;
  /** The host names of the certificate, in lower case; never empty, no wildcard. */
  readonly domains: readonly string[];
  /** URLs, `mailto:` in front of addresses. */
  readonly contact: readonly string[];
  readonly challenge: 'tls-alpn-01' | 'http-01';
  /** Path of the certificates that the authority's own https is verified by; null: those of the system. */
  readonly ca: string | null;
  /** What an authority gave to bind the account to one of its customers (section 7.3.4); null for nothing. */
  readonly eab: { readonly keyId: string; readonly key: Secret | string } | null;
  /** Path of the folder where account key, certificate and its key are kept. */
  readonly storage: string;
}

export interface ListenTlsPolicy {
  /** The first is shown to whoever asks for no name, or for one that no other has. Null: one that Sallyport makes for itself. */
  readonly certificates: readonly DoorCertificate[] | null;
  /** Goes before those above, which may be none then. Null or absent: nothing is ordered. */
  readonly acme?: AcmePolicy | null;
  /** Null: clients are not asked for a certificate. */
  readonly clientCertificates: {
    /** Path of the certificates of those who may issue them; nobody else is believed. */
    readonly authorities: string;
    /** True ends every connection without a certificate in the handshake. */
    readonly require: boolean;
    /** Path of the revocation lists of the authorities; null: nothing is revoked. */
    readonly revocation: string | null;
    /** Null or absent: nobody is asked whether a certificate was revoked. */
    readonly ocsp?: ClientOcspPolicy | null;
  } | null;
  /** What the keys of session tickets are derived from, as a path or itself; null or absent: each process has its own. */
  readonly ticketSecret?: Secret | string | null;
  /** False: no answer of the authority is handed out with our own certificates. Absent: true. */
  readonly stapling?: boolean;
}

/** How authorities are asked about certificates of clients (RFC 6960). */
export interface ClientOcspPolicy {
  /** Who is asked about all of them; null: whom the certificate names. */
  readonly responder: string | null;
  /** The only hosts that certificates may name, in lower case; null: any but this machine and its link. */
  readonly hosts: readonly string[] | null;
  /** `required`: without an answer a certificate is not believed. */
  readonly policy: 'required' | 'soft';
  readonly timeoutMs: number;
  readonly nonce: boolean;
}

export const FORWARDED_CERTIFICATE_HEADERS = ['Client-Cert', 'X-Forwarded-Client-Cert', 'X-SSL-Client-Cert'] as const;

/** Certificates that clients showed a trusted proxy, which passes them on. */
export interface ForwardedCertificatesPolicy {
  readonly header: (typeof FORWARDED_CERTIFICATE_HEADERS)[number];
  /** Path of the certificates of those who may issue them. */
  readonly authorities: string;
  /** Path of their revocation lists; null: nothing is revoked. */
  readonly revocation: string | null;
}

/** A second port for plain HTTP that sends clients to the first. */
export interface RedirectPolicy {
  readonly port: number;
  /** The port that clients are sent to; null: that of the listener. */
  readonly httpsPort: number | null;
  /** The host names that are sent there; null: those of the certificates. */
  readonly names: readonly string[] | null;
}

/** `sallyport.yaml`, defaults filled in, units read, references to secrets resolved. Frozen. */
export interface Policy {
  /** Null where no file was given. */
  readonly file: string | null;
  readonly document: string;
  /** Folders beside the document's own that its references may lead into. A policy that was parsed always has it. */
  readonly documentFolders?: readonly string[];
  readonly upstream: UpstreamPolicy;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly tls: ListenTlsPolicy | null;
    /** Null or absent: no header is read for a certificate. */
    readonly forwardedCertificates?: ForwardedCertificatesPolicy | null;
    /** Offered in the TLS handshake; false without TLS. */
    readonly http2: boolean;
    readonly redirect: RedirectPolicy | null;
    readonly maxConnections: number;
    readonly drainTimeoutMs: number;
  };
  readonly modes: Modes;
  /** CIDR ranges of proxies whose `Forwarded`/`X-Forwarded-*` are believed. */
  readonly trustedProxies: readonly string[];
  readonly authentication: ReadonlyMap<string, AuthenticationPolicy>;
  /** Null or absent: no role is asked for. */
  readonly roles?: RolesPolicy | null;
  readonly limits: readonly LimitRule[];
  /** Null or absent: no attribute policies. */
  readonly policies?: AttributePolicies | null;
  /** Whose objects are whose. A policy that was parsed always has it. */
  readonly ownership?: OwnershipPolicy;
  readonly requests: RequestPolicy;
  readonly responses: ResponsePolicy;
  /** Header name → value, added to what passes where the upstream has not set it; and to every answer of Sallyport itself. */
  readonly securityHeaders: {
    readonly own: ReadonlyMap<string, string>;
    readonly passing: ReadonlyMap<string, string>;
  };
  readonly cors: CorsPolicy | null;
  /** Data class → property, parameter and header names (case-insensitive) that carry it. */
  readonly dataClasses: ReadonlyMap<string, ReadonlySet<string>>;
  /** What becomes of data by its class. A policy that was parsed always has it. */
  readonly data?: DataPolicy;
  /** What texts may hold. A policy that was parsed always has it. */
  readonly sanitise?: SanitisePolicy;
  /** How values are judged that look like injections. A policy that was parsed always has it. */
  readonly threats?: ThreatPolicy;
  /** Opened only where something needs it. A policy that was parsed always has it. */
  readonly store?: StorePolicy;
  /** Null or absent: no tokens are issued. */
  readonly tokens?: TokensPolicy | null;
  readonly admin: AdminPolicy | null;
  readonly log: LogPolicy;
  /** By operationId, `METHOD /path` or `tag:NAME`; ask `operationPolicy`, which merges them. */
  readonly operations: ReadonlyMap<string, OperationPolicy>;
  /** What is allowed and yet worth a word: shown by `check` and at start. A policy that was parsed always has it. */
  readonly warnings?: readonly ConfigurationProblem[];
  /** Line and column of a place in the policy file. A policy that was parsed always has it. */
  readonly locate?: (place: Place) => SourceLocation;
}
