import type { ApiDocument } from '../openapi/model.ts';
import type { TokenPolicy } from '../policy/authentication-policy.ts';
import type { Policy } from '../policy/policy.ts';

/** One thing that Sallyport asks others for by itself. */
export interface Fetch {
  readonly what: string;
  /** A URL of the policy; null where something else says whom to ask. */
  readonly from: string | null;
  /** What says where else is asked: members of the answer, or a certificate. Empty: nothing does. */
  readonly names: readonly string[];
}

/** Lists what is fetched from where, in the order of the policy. The upstream itself and the store are not among it. */
export function listFetches(document: ApiDocument, policy: Policy): readonly Fetch[] {
  const { tokens = null } = policy.admin ?? {};
  return [
    ...[...policy.authentication].flatMap(([scheme, entry]): Fetch[] => {
      if (!document.securitySchemes.has(scheme)) return [];
      if (entry.kind === 'jwt' || entry.kind === 'introspection') return fetchesOf(entry, scheme);
      if (entry.kind === 'issuers') return entry.entries.flatMap((one) => fetchesOf(one, scheme));
      if (entry.kind !== 'login') return [];
      const names = ['jwks_uri', 'token_endpoint', 'pushed_authorization_request_endpoint'];
      return [{ what: `logins of ${scheme}`, from: metadataOf(entry.issuer), names }];
    }),
    ...(tokens === null ? [] : fetchesOf(tokens, 'admin')),
    ...[...(policy.ownership?.resources ?? [])].flatMap(([name, { read }]): Fetch[] =>
      read.from !== null && 'url' in read.from ? [{ what: `owners of ${name}`, from: read.from.url, names: [] }] : [],
    ),
    ...(policy.vault ? [{ what: 'what is in Vault', from: policy.vault.address, names: [] }] : []),
    ...ofKms(policy),
    ...ofTheDoor(policy),
  ];
}

function fetchesOf(entry: TokenPolicy, scheme: string): Fetch[] {
  if (entry.kind === 'introspection') {
    const what = `introspection for ${scheme}`;
    return entry.endpoint.from === 'url'
      ? [{ what, from: entry.endpoint.url, names: [] }]
      : [{ what, from: metadataOf(entry.endpoint.issuer), names: ['introspection_endpoint'] }];
  }
  const what = `keys of ${scheme}`;
  if (entry.keys.from === 'url') return [{ what, from: entry.keys.url, names: [] }];
  return entry.keys.from === 'discovery' ? [{ what, from: metadataOf(entry.keys.issuer), names: ['jwks_uri'] }] : [];
}

function ofKms({ data }: Policy): Fetch[] {
  const wrapping = data?.encrypt?.keys.wrapping ?? null;
  if (wrapping?.kind !== 'aws-kms') return [];
  return wrapping.endpoint === null
    ? [{ what: 'data keys', from: null, names: [`AWS KMS in ${wrapping.region}`] }]
    : [{ what: 'data keys', from: wrapping.endpoint, names: [] }];
}

function ofTheDoor({ listen: { tls } }: Policy): Fetch[] {
  if (tls === null) return [];
  const ocsp = tls.clientCertificates?.ocsp ?? null;
  const acme = tls.acme ?? null;
  const fetches: Fetch[] = [];
  if (acme !== null)
    fetches.push({
      what: `the certificate of ${acme.domains.join(', ')}`,
      from: acme.directory,
      names: ['newNonce', 'newAccount', 'newOrder', 'renewalInfo'],
    });
  if (tls.certificates !== null && tls.stapling !== false)
    fetches.push({ what: 'OCSP answers to staple', from: null, names: ["the door's certificates"] });
  if (ocsp !== null) {
    const names = ocsp.responder === null ? ["clients' certificates"] : [];
    fetches.push({ what: 'OCSP answers about clients', from: ocsp.responder, names });
  }
  return fetches;
}

/** OpenID Connect Discovery 1.0, section 4. */
function metadataOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
