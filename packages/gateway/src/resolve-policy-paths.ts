import { dirname, resolve } from 'node:path';
import type {
  EncryptPolicy,
  ForwardedCertificatesPolicy,
  AuthenticationPolicy,
  ListenTlsPolicy,
  Policy,
  PolicyOverrides,
  Secret,
  StorePolicy,
  TokenPolicy,
  VaultPolicy,
} from '@sallyport/core';

/** Makes the paths of a policy absolute: they count from the policy's folder; one from the command line counts from where it was typed. */
export function resolvePolicyPaths(
  policy: Policy,
  { policyFile, overrides }: { readonly policyFile: string | null; readonly overrides: PolicyOverrides },
): Policy {
  const folder = policyFile === null ? process.cwd() : dirname(resolve(policyFile));
  const inFolder = (path: string): string => resolve(folder, path);
  const maybe = <T>(path: T): T | string => (typeof path === 'string' ? inFolder(path) : path);
  const { upstream, listen, log } = policy;
  return {
    ...policy,
    document:
      overrides.document !== undefined
        ? isUrl(overrides.document)
          ? overrides.document
          : resolve(overrides.document)
        : policy.document === '' || isUrl(policy.document)
          ? policy.document
          : inFolder(policy.document),
    documentFolders: (policy.documentFolders ?? []).map(inFolder),
    upstream: {
      ...upstream,
      tls: {
        ...upstream.tls,
        ca: maybe(upstream.tls.ca),
        certificate: maybe(upstream.tls.certificate),
        key: maybe(upstream.tls.key),
      },
    },
    listen: {
      ...listen,
      tls: listen.tls === null ? null : resolveTls(listen.tls, inFolder),
      ...(listen.forwardedCertificates
        ? { forwardedCertificates: resolveForwarded(listen.forwardedCertificates, inFolder) }
        : {}),
    },
    ...(policy.admin
      ? {
          admin: {
            ...policy.admin,
            tokens: policy.admin.tokens ? resolveToken(policy.admin.tokens, inFolder) : null,
            tls: policy.admin.tls ? resolveTls(policy.admin.tls, inFolder) : null,
          },
        }
      : {}),
    ...(policy.store === undefined ? {} : { store: resolveStore(policy.store, inFolder) }),
    ...(policy.vault ? { vault: resolveVault(policy.vault, inFolder) } : {}),
    ...(policy.policies ? { policies: { ...policy.policies, files: policy.policies.files.map(inFolder) } } : {}),
    ...(policy.data?.encrypt
      ? { data: { ...policy.data, encrypt: resolveEncrypt(policy.data.encrypt, inFolder) } }
      : {}),
    log: { ...log, destination: log.destination === '-' ? '-' : inFolder(log.destination) },
    authentication: new Map(
      [...policy.authentication].map(([scheme, entry]) => [scheme, resolveEntry(entry, inFolder)]),
    ),
  };
}

/** Left as it is, so that whoever reads the document can say what is wrong with it. */
function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

function resolveForwarded(
  { header, authorities, revocation }: ForwardedCertificatesPolicy,
  inFolder: (path: string) => string,
): ForwardedCertificatesPolicy {
  return {
    header,
    authorities: inFolder(authorities),
    revocation: revocation === null ? null : inFolder(revocation),
  };
}

function resolveTls(
  { acme, certificates, clientCertificates, ticketSecret, ...rest }: ListenTlsPolicy,
  inFolder: (path: string) => string,
): ListenTlsPolicy {
  return {
    ...rest,
    ticketSecret: typeof ticketSecret === 'string' ? inFolder(ticketSecret) : (ticketSecret ?? null),
    certificates:
      certificates?.map(({ names, certificate, key }) => ({
        names,
        certificate: inFolder(certificate),
        key: typeof key === 'string' ? inFolder(key) : key,
      })) ?? null,
    ...(acme
      ? {
          acme: {
            ...acme,
            ca: acme.ca === null ? null : inFolder(acme.ca),
            eab: typeof acme.eab?.key === 'string' ? { ...acme.eab, key: inFolder(acme.eab.key) } : acme.eab,
            storage: inFolder(acme.storage),
          },
        }
      : {}),
    clientCertificates:
      clientCertificates === null
        ? null
        : {
            ...clientCertificates,
            authorities: inFolder(clientCertificates.authorities),
            revocation: clientCertificates.revocation === null ? null : inFolder(clientCertificates.revocation),
          },
  };
}

function resolveStore(store: StorePolicy, inFolder: (path: string) => string): StorePolicy {
  const { location, key, olderKeys } = store;
  return {
    ...store,
    location: location.kind === 'sqlite' ? { ...location, path: inFolder(location.path) } : location,
    key: typeof key === 'string' ? inFolder(key) : key,
    ...(olderKeys === undefined
      ? {}
      : { olderKeys: olderKeys.map((older) => (typeof older === 'string' ? inFolder(older) : older)) }),
  };
}

function resolveEncrypt(encrypt: EncryptPolicy, inFolder: (path: string) => string): EncryptPolicy {
  const { file, wrapping } = encrypt.keys;
  return {
    ...encrypt,
    keys: {
      file: inFolder(file),
      wrapping:
        wrapping.kind === 'master' && typeof wrapping.master === 'string'
          ? { ...wrapping, master: inFolder(wrapping.master) }
          : wrapping,
    },
  };
}

/** For whoever needs Vault before the rest of the policy is read. */
export function resolveVault(vault: VaultPolicy, inFolder: (path: string) => string): VaultPolicy {
  const { ca, login } = vault;
  const maybe = (value: Secret | string): Secret | string => (typeof value === 'string' ? inFolder(value) : value);
  return {
    ...vault,
    ca: ca === null ? null : inFolder(ca),
    login:
      login.method === 'token'
        ? { ...login, token: maybe(login.token) }
        : login.method === 'approle'
          ? { ...login, roleId: maybe(login.roleId), secretId: maybe(login.secretId) }
          : { ...login, tokenFile: inFolder(login.tokenFile) },
  };
}

function resolveEntry(entry: AuthenticationPolicy, inFolder: (path: string) => string): AuthenticationPolicy {
  if (entry.kind === 'certificate' || entry.kind === 'login') return entry;
  if (entry.kind === 'basic') return { ...entry, users: { ...entry.users, path: inFolder(entry.users.path) } };
  if (entry.kind === 'api-key')
    return entry.keys.from === 'file' ? { ...entry, keys: { ...entry.keys, path: inFolder(entry.keys.path) } } : entry;
  if (entry.kind === 'issuers') return { ...entry, entries: entry.entries.map((one) => resolveToken(one, inFolder)) };
  return resolveToken(entry, inFolder);
}

function resolveToken(entry: TokenPolicy, inFolder: (path: string) => string): TokenPolicy {
  if (entry.kind === 'introspection' || entry.keys.from !== 'file') return entry;
  return { ...entry, keys: { ...entry.keys, path: inFolder(entry.keys.path) } };
}
