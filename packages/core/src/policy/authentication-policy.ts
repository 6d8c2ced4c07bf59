import type { ClientCredentials } from './client-credentials.ts';
import type { JwsAlgorithm } from './jws-algorithms.ts';
import type { KeyLimit } from './key-limit.ts';
import type { LoginPolicy } from './login-policy.ts';
import type { Place } from './place.ts';
import type { Secret } from './secret.ts';

/** Where the keys of an issuer come from. */
export type KeySetSource =
  | { readonly from: 'discovery'; readonly issuer: string }
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'file'; readonly path: string }
  /** The keys that Sallyport itself signs with, out of its store. */
  | { readonly from: 'self' };

/** Tokens that are signed by their issuer (RFC 7519). `exp`, `iss` and `aud` are always required. */
export interface JwtPolicy {
  readonly kind: 'jwt';
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly JwsAlgorithm[];
  readonly keys: KeySetSource;
  readonly clockToleranceSeconds: number;
  /** Accepted `typ` headers in lower case without `application/`; null accepts `at+jwt` and any that names no other kind of token. */
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

/** Tokens of one issuer, verified by their signature or by asking. */
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
  /** Of its own, beside those of the policy. Absent: none. */
  readonly limits?: readonly KeyLimit[];
}

/** Keys that clients send as they are, compared by their SHA-256. */
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

/** User names and passwords (RFC 7617). */
export interface BasicPolicy {
  readonly kind: 'basic';
  /** A path. Lines `user:scrypt$N$r$p$salt$hash`, with `:role,role` behind for users with roles. */
  readonly users: { readonly from: 'file'; readonly path: string };
  readonly realm: string;
  readonly forwardCredential: boolean;
  readonly place: Place;
}

/** Which part of a client's certificate names the principal: its one common name, or its one alternative name of a kind (RFC 5280, section 4.2.1.6). */
export const CERTIFICATE_SUBJECTS = ['CN', 'SAN:URI', 'SAN:email', 'SAN:dns'] as const;
/** The part of a certificate that names its holder. */
export type CertificateSubject = (typeof CERTIFICATE_SUBJECTS)[number];

/** What of a certificate may say which roles its holder has: the subject's organisation and units too, of which there may be several. */
export const CERTIFICATE_PARTS = [...CERTIFICATE_SUBJECTS, 'O', 'OU'] as const;
/** A part of a certificate that may give roles. */
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

/** What a subject has. */
export interface Grants {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** How the credentials of one security scheme are proved. */
export type AuthenticationPolicy =
  | TokenPolicy
  | IssuersPolicy
  | ApiKeyPolicy
  | BasicPolicy
  | CertificatePolicy
  | LoginPolicy;
