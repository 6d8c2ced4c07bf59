import type { CedarType } from '../cedar/cedar-type.ts';
import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import type { AuthenticationPolicy, CertificatePolicy, TokenPolicy } from './authentication-policy.ts';
import type { ListenPolicy, ListenTlsPolicy } from './listen-policy.ts';
import type { OwnershipPolicy, OwnerStatement } from './ownership-policy.ts';
import type { DataPolicy } from './data-policy.ts';
import type { EgressPolicy } from './egress-policy.ts';
import type { SanitisePolicy } from './sanitise-policy.ts';
import type { ThreatPolicy } from './threat-policy.ts';
import type { LimitAlgorithm } from './limit-algorithm.ts';
import type { Place } from './place.ts';
import type { Secret } from './secret.ts';
import type { VaultPolicy } from './vault-policy.ts';

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
/** A rule, as `modes` of the policy names it. */
export type RuleName = (typeof RULE_NAMES)[number];
/** The mode of every rule. */
export type Modes = Readonly<Record<RuleName, Mode>>;

/** What a limit counts by. Where that is not there, the next coarser thing stands in: a header by address, a claim or key by principal, an anonymous principal by address. */
export type LimitKey =
  | { readonly kind: 'address'; readonly ipv4Prefix: number; readonly ipv6Prefix: number }
  | { readonly kind: 'principal' }
  | { readonly kind: 'key' }
  | { readonly kind: 'claim'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'operation' };

/** One limit: at most so many requests in a window, counted by a key. */
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

/** What requests may look like. Sizes in bytes; the maxima are the largest that pass. */
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
  /** Whether texts are held to what the document says of the JSON in them. A policy that was parsed always has it, `annotation` by default. */
  readonly contentSchema?: 'annotation' | 'check';
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
}

/** What becomes of answers that are not as the document declares. Sizes in bytes; the maxima are the largest that pass. */
export interface ResponsePolicy {
  readonly undeclared: 'strip' | 'block' | 'pass';
  readonly undeclaredHeaders: 'strip' | 'block' | 'pass';
  readonly invalid: 'block' | 'pass';
  /** A body that is checked is collected up to this size. */
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Whether texts are held to what the document says of the JSON in them. A policy that was parsed always has it, `annotation` by default. */
  readonly contentSchema?: 'annotation' | 'check';
  /** Bodies that cannot be checked (no schema, a binary or unknown type). They are named by `check` and counted. */
  readonly unchecked: 'pass' | 'block';
}

/** The API behind the door, and how it is reached. */
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

/** Which pages of other origins may read answers (Fetch standard, CORS protocol). */
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
  /** Keys that rows may still be sealed under, until they are sealed anew. */
  readonly olderKeys?: readonly (Secret | string)[];
  /** How long keys, tokens and granted roles that are known go on working while the store cannot be asked. */
  readonly graceMs: number;
  /** Whether credentials are held against the revocations in the store; `auto`: where it is opened for something else. A policy that was parsed always has it. */
  readonly revocations?: 'auto' | 'on' | 'off';
  /** Whether used DPoP proofs are remembered in the store or by each process. A policy that was parsed always has it. */
  readonly proofs?: 'shared' | 'memory';
  /** `alone`: while the store is away, processes remember proofs by themselves for `graceMs`. A policy that was parsed always has it. */
  readonly proofsWhileAway?: 'refuse' | 'alone';
}

/** One permission as it is written; what it covers, the document says. */
export interface PermissionPolicy {
  readonly text: string;
  readonly place: Place;
}

/** One role: what it permits, and the roles whose permissions it has as well. */
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

/** At most so many in a sliding window. */
export interface TokenRate {
  readonly limit: number;
  readonly windowMs: number;
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
  readonly rate: TokenRate;
  /** How many tokens the keys of one family may obtain. */
  readonly keyRate: TokenRate;
  /** How many wrong credentials one address may send. */
  readonly failures: TokenRate;
  /** How many wrong credentials may be sent for one id. */
  readonly keyFailures: TokenRate;
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
  /** Null or absent: plain HTTP, which a policy has on loopback addresses only. */
  readonly tls?: ListenTlsPolicy | null;
  /** Whose certificates prove an administrator; null or absent: nobody's. */
  readonly certificates?: CertificatePolicy | null;
  /** Whether `/metrics` asks for a credential. A policy that was parsed always has it. */
  readonly metrics?: 'open' | 'credential';
}

/** Where records go and in which form. */
export interface LogPolicy {
  readonly format: 'ecs' | 'plain';
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** `-` is standard output. */
  readonly destination: string;
}

/** What the policy says of one operation; null, or absent from `modes`, where the setting of the whole API holds. */
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

/** `sallyport.yaml`, defaults filled in, units read, references to secrets resolved. Frozen. */
export interface Policy {
  /** Null where no file was given. */
  readonly file: string | null;
  readonly document: string;
  /** Folders beside the document's own that its references may lead into. A policy that was parsed always has it. */
  readonly documentFolders?: readonly string[];
  readonly upstream: UpstreamPolicy;
  readonly listen: ListenPolicy;
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
  /** Null or absent: nothing comes from Vault or OpenBao. */
  readonly vault?: VaultPolicy | null;
  /** Opened only where something needs it. A policy that was parsed always has it. */
  readonly store?: StorePolicy;
  /** Where Sallyport connects to by itself. A policy that was parsed always has it. */
  readonly egress?: EgressPolicy;
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
