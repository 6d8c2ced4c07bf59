import type { OwnerAnswer } from './stages/ownership/owner-answer.ts';
import type { OwnerCheck } from './policy/ownership-coverage.ts';
import type { Answer } from './verdict/answer.ts';
import type { Denial } from './verdict/denial.ts';
import type { Exchange } from './exchange.ts';
import type { LimitState, PlannedLimit } from './stages/limits/limit-state.ts';
import type { CredentialResult, TokenResult } from './stages/authentication/credential-result.ts';

/** Verifies the tokens of one security scheme. A cached verdict comes at once, a new one may need a key that is not here yet. */
export interface TokenPort {
  /** Never throws and never rejects: a fault is a result. `token` is what stood after `Bearer `. */
  verify(token: string, nowMs: number, presented?: TokenPresentation): TokenResult | Promise<TokenResult>;
}

/** How a token was presented, which is what a token that is bound to its holder is held against. Left out, it was sent as `Bearer` over a connection without a client certificate. */
export interface TokenPresentation {
  readonly as: 'bearer' | 'dpop';
  /** The one DPoP header (RFC 9449); null where there is none. */
  readonly proof: string | null;
  readonly method: string;
  /** The URL as the client sees it, without query: scheme, host, path in canonical form. */
  readonly url: string;
  /** SHA-256 of the client certificate of the connection in base64url (RFC 8705, section 3.1); null where there is none. */
  readonly certificateThumbprint: string | null;
  /** Where the request comes from; absent where that is not known, which is from no address that anything is bound to. */
  readonly clientAddress?: string;
}

/** Looks up API keys of one security scheme. `clientAddress` is canonical, for keys that only some addresses may use; such a key is refused without one. */
export interface ApiKeyPort {
  lookup(key: string, nowMs: number, clientAddress?: string): CredentialResult | Promise<CredentialResult>;
}

/** Checks user name and password of one security scheme. Takes as long for an unknown user as for a wrong password. */
export interface PasswordPort {
  check(user: string, password: string, nowMs: number): CredentialResult | Promise<CredentialResult>;
}

/** Knows the sessions of one security scheme by what stands in their cookie. */
export interface SessionPort {
  /** Never throws and never rejects: a fault is a result. */
  check(cookie: string, nowMs: number): CredentialResult | Promise<CredentialResult>;
}

/** A path that Sallyport answers itself, before anything of the document is asked. */
export interface OwnPath {
  /** What it is for, in words. */
  readonly what: string;
  /** `body` is empty where none is read. Never throws and never rejects: a fault is a denial. */
  respond(exchange: Exchange, body: Uint8Array): Promise<Denial | Answer>;
  /** Largest body that is read of a POST; null where bodies do not matter. */
  readonly maxBodyBytes: number | null;
}

/** Checks the certificate that a client showed in its handshake, for one security scheme. */
export interface CertificatePort {
  /** `connection` is the shell's own handle, `Exchange.connection`. Null where no certificate was shown. Never throws. */
  check(connection: object | null, nowMs: number): CredentialResult | null;
}

/** Knows the roles that principals were granted beside what their credentials say. */
export interface GrantPort {
  /** The roles that count at this time; the same array as long as they do. Null where that cannot be told. Never throws. */
  rolesOf(issuer: string, subject: string, nowMs: number): readonly string[] | null;
}

/**
 * Counts. Takes `cost` from the counter of `key` under `limit` and tells what is left; a failing store rejects. A negative cost gives back what was taken at the
 * same time: nothing is asked for that was not taken.
 */
export interface CounterPort {
  take(limit: PlannedLimit, key: string, cost: number, nowMs: number): LimitState | Promise<LimitState>;
}

/** Asks whose an object is. */
export interface OwnerPort {
  /** An answer asked for before `notBeforeMs` is not taken. Never rejects: a failure is an answer. */
  ask(check: OwnerCheck, id: string, exchange: Exchange, notBeforeMs: number): OwnerAnswer | Promise<OwnerAnswer>;
}

/** Where a sealed value belongs: sealed for one place, it opens in no other. */
export interface SealedPlace {
  /** The name of the field, case folded. */
  readonly field: string;
  /** The id of its record; null where fields are bound to their name alone. */
  readonly record: string | null;
}

/** The text of a sealed value, or why it does not open. `not-authentic`: it was changed, or sealed for another place. */
export type OpenedField =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'malformed' | 'key-unknown' | 'key-unavailable' | 'not-authentic' };

/** Encrypts fields. A sealed value begins with `sp1.` and holds nothing but `A-Z a-z 0-9 . _ -`. */
export interface FieldCipherPort {
  /** False while the key that is to be written under cannot be had: then what holds such a field is refused. Never throws. */
  canSeal(nowMs: number): boolean;
  /** Throws where it cannot: then nothing may go upstream. */
  seal(text: string, place: SealedPlace, nowMs: number): string;
  /** Never throws. */
  open(sealed: string, place: SealedPlace): OpenedField;
}

/** Makes indexes of fields: texts that are equal where values are, and say nothing else of them to whoever has not the key. An index begins with `si1.` and holds nothing but `A-Z a-z 0-9 . _ -`. */
export interface FieldIndexPort {
  /** False while a key cannot be had. Never throws. */
  canIndex(): boolean;
  /** The index of a normalized text under each key, the one that is written first; null while a key cannot be had. Never throws. */
  indexesOf(text: string, field: string): readonly string[] | null;
}

/** How a body is compressed (RFC 9110, section 8.4.1; RFC 7932; RFC 8878). */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd';

/**
 * What a compressed body is once it is inflated: whole, and as readers take it that read less of it or in another form. `broken` where it breaks off, is
 * none, or has bytes behind its end.
 */
export type Inflated = readonly Uint8Array[] | 'too-large' | 'broken';

/** Inflates bodies, to be looked at. */
export interface InflatePort {
  /** `codings` in the order in which they were applied. No reading is of more than `maxBytes`, nor is more made of the body on the way. Never rejects. */
  inflate(body: Uint8Array, codings: readonly ContentCoding[], maxBytes: number): Promise<Inflated>;
}

/** What the stages need and cannot compute. */
export interface Ports {
  /** By security scheme name. */
  readonly tokens: ReadonlyMap<string, TokenPort>;
  readonly apiKeys: ReadonlyMap<string, ApiKeyPort>;
  readonly passwords: ReadonlyMap<string, PasswordPort>;
  /** Absent where no client is asked for a certificate. */
  readonly certificates?: ReadonlyMap<string, CertificatePort>;
  /** Absent where no roles are granted in a store. */
  readonly grants?: GrantPort;
  /** Absent where browsers do not log in here. */
  readonly sessions?: ReadonlyMap<string, SessionPort>;
  /** By canonical path. Absent where there are none. */
  readonly ownPaths?: ReadonlyMap<string, OwnPath>;
  readonly counters: CounterPort;
  /** Absent where nobody has to be asked. */
  readonly owners?: OwnerPort;
  /** Absent where nothing is encrypted. */
  readonly fieldCipher?: FieldCipherPort;
  /** Absent where no field has an index. */
  readonly fieldIndex?: FieldIndexPort;
  /** Absent where nobody can inflate: compressed bodies are then bodies that nobody can look into. */
  readonly inflater?: InflatePort;
  /** Lets whatever else waits have its turn, between two pieces of long work. Absent where nothing else does: it is then done at once. */
  readonly nextTurn?: () => Promise<void>;
}
