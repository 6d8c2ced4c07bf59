import type { AuthenticationPolicy } from './authentication-policy.ts';

/** Who vouches for the principals of a scheme, as `principal.issuer` names it. */
export interface IssuerName {
  readonly name: string;
  /** Somebody else chooses the subjects: a provider of tokens, whoever signs certificates. Those of keys and passwords stand in the policy or the store. */
  readonly isForeign: boolean;
}

/** Everybody who vouches for principals of a scheme. */
export function issuerNames(scheme: string, entry: AuthenticationPolicy): readonly IssuerName[] {
  switch (entry.kind) {
    case 'jwt':
    case 'login':
      return [{ name: entry.issuer, isForeign: true }];
    case 'introspection':
      return [{ name: entry.issuer ?? scheme, isForeign: true }];
    case 'issuers':
      return entry.entries.map(({ issuer }) => ({ name: issuer ?? scheme, isForeign: true }));
    default:
      return [{ name: scheme, isForeign: entry.kind === 'certificate' }];
  }
}
