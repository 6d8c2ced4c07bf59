import type { Code, CredentialResult, Principal } from '@sallyport/core';
import { highOf, lowOf, RevocationTable } from './revocation-table.ts';
import { revocationName, tokenRevocationName } from './revocation-name.ts';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store-port.ts';

const PAGE = 10_000;
/** A time at which nothing has expired, but what was lifted. */
const BEFORE_ALL = 0;

type Refusal = Extract<CredentialResult, { ok: false }>;

/** What is revoked in a store, as one process knows it. */
export interface Revocations {
  /** Reads what changed since it was asked last. Rejects with `StoreError`; what was known before goes on counting. */
  follow(store: Store): Promise<void>;
  /** Null for a token that is good as far as revocations go. The principal is the one that stands for this token alone. `minted`: it is one of ours, and goes with its key. */
  refuseToken(principal: Principal, token: string, nowMs: number, minted?: boolean): Refusal | null;
  /** Null for another credential whose subject is not revoked. `issuedAtMs` of null: nobody can tell, and any revocation of the subject counts. */
  refusePrincipal(principal: Principal, issuedAtMs: number | null, nowMs: number): Refusal | null;
  /** Null for a certificate whose serial number is not revoked. `issuer` and `serial` as `certificateNames` gives them. */
  refuseCertificate(certificate: object, names: () => CertificateNames, nowMs: number): Refusal | null;
  /** Revocations in memory. */
  readonly size: number;
}

/** A certificate as a revocation names it. */
export interface CertificateNames {
  /** SHA-256 of the encoded name of its issuer, in hex. */
  readonly issuer: string;
  /** In upper-case hex without leading zeros. */
  readonly serial: string;
}

interface Names {
  /** First and second half of each name in turn. */
  readonly exact: readonly number[];
  readonly exactCode: Code;
  readonly key: readonly number[];
  readonly subject: readonly number[];
  readonly issuedAtMs: number | null;
  /** Up to which version it is known to be good; -1 for never. */
  goodAt: number;
}

const UNAVAILABLE: Refusal = Object.freeze({
  ok: false,
  code: 'AUTHN_STORE_UNAVAILABLE',
  facts: Object.freeze({}),
});

/**
 * Knows every revocation of a store. A credential is looked up once a change: while nothing changes, it costs a comparison of two numbers however
 * many there are. `isTrusted` tells whether what is known may be relied on; where not, everything is refused with AUTHN_STORE_UNAVAILABLE, as a
 * revocation would not have reached us.
 */
export function createRevocations(options: { readonly clock: Clock; readonly isTrusted: () => boolean }): Revocations {
  const { clock, isTrusted } = options;
  const table = new RevocationTable();
  const known = new WeakMap<object, Names>();
  let version = 0;

  const momentOf = (names: readonly number[], nowMs: number): number | null => {
    let moment: number | null = null;
    for (let at = 0; at < names.length; at += 2) {
      const found = table.find(names[at] as number, names[at + 1] as number, nowMs);
      if (found !== null && (moment === null || found > moment)) moment = found;
    }
    return moment;
  };

  function refuse(holder: object, make: () => Names, nowMs: number): Refusal | null {
    if (!isTrusted()) return UNAVAILABLE;
    let names = known.get(holder);
    if (names === undefined) {
      names = make();
      known.set(holder, names);
    }
    if (names.goodAt === version) return null;
    const refused = judge(names, nowMs);
    // What has expired counts again where the clock is set back: only who was never revoked is not looked up again.
    if (refused === null && judge(names, BEFORE_ALL) === null) names.goodAt = version;
    return refused;
  }

  function judge(names: Names, nowMs: number): Refusal | null {
    if (momentOf(names.exact, nowMs) !== null) return { ok: false, code: names.exactCode, facts: {} };
    if (momentOf(names.key, nowMs) !== null) return { ok: false, code: 'AUTHN_KEY_REVOKED', facts: {} };
    const moment = momentOf(names.subject, nowMs);
    if (moment !== null && (names.issuedAtMs === null || names.issuedAtMs <= moment))
      return {
        ok: false,
        code: 'AUTHN_SUBJECT_REVOKED',
        facts: { revoked: new Date(moment).toISOString(), issued: names.issuedAtMs === null ? 'unknown' : 'before' },
      };
    return null;
  }

  return {
    async follow(store) {
      for (;;) {
        const changes = await store.revocationsSince(version, PAGE);
        for (const { version: next, name, atMs, expiresAtMs } of changes) {
          table.set(name, atMs, expiresAtMs, clock.nowMs());
          version = next;
        }
        if (changes.length < PAGE) return;
      }
    },
    refuseToken: (principal, token, nowMs, minted = false) =>
      refuse(principal, () => namesOfToken(principal, token, minted), nowMs),
    refusePrincipal: (principal, issuedAtMs, nowMs) =>
      refuse(principal, () => ({ ...NOTHING, subject: subjectNames(principal), issuedAtMs, goodAt: -1 }), nowMs),
    refuseCertificate: (certificate, names, nowMs) =>
      refuse(
        certificate,
        () => {
          const { issuer, serial } = names();
          return {
            ...NOTHING,
            exact: halves(revocationName('certificate', issuer, serial)),
            exactCode: 'AUTHN_CERTIFICATE_REVOKED',
            goodAt: -1,
          };
        },
        nowMs,
      ),
    get size() {
      return table.size;
    },
  };
}

const NOTHING = { exact: [], exactCode: 'AUTHN_TOKEN_REVOKED', key: [], subject: [], issuedAtMs: null } as const;

function namesOfToken(principal: Principal, token: string, minted: boolean): Names {
  const { attributes, issuer } = principal;
  const own = (name: string): unknown => (Object.hasOwn(attributes, name) ? attributes[name] : undefined);
  const jti = own('jti');
  const client = own('client_id');
  const issuedAt = own('iat');
  return {
    exact: [...halves(tokenRevocationName(token)), ...(typeof jti === 'string' ? anyIssuer('jti', issuer, jti) : [])],
    exactCode: 'AUTHN_TOKEN_REVOKED',
    key: minted && typeof client === 'string' ? halves(revocationName('key', '', client)) : [],
    subject: subjectNames(principal),
    issuedAtMs: typeof issuedAt === 'number' ? issuedAt * 1000 : null,
    goodAt: -1,
  };
}

function subjectNames({ issuer, subject }: Principal): number[] {
  return anyIssuer('subject', issuer, subject);
}

function anyIssuer(kind: 'jti' | 'subject', issuer: string, value: string): number[] {
  return [...halves(revocationName(kind, issuer, value)), ...halves(revocationName(kind, '', value))];
}

function halves(name: string): [number, number] {
  return [highOf(name), lowOf(name)];
}
