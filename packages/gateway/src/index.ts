export { startGateway, type Gateway, type GatewayOptions } from './start-gateway.ts';
export { fileReason } from './file-reason.ts';
export { writeNew } from './write-whole.ts';
export { START_CODES } from './start-codes.ts';
export { loadApi, type LoadedApi } from './load-api.ts';
export { readSources, vaultReferencesOf, type ApiSources, type ReadSources } from './read-sources.ts';
export type { EgressOptions, Resolve } from './egress/egress.ts';
export { ImaginedConnection } from './tls/certificate-port.ts';
export { createMemoryCounters } from './counters/memory-counters.ts';
export { createFileDocumentReader } from './documents/file-document-reader.ts';
export { ENVIRONMENT_NAME, makeKey, type MadeKey } from './identity/stored-keys/key-text.ts';
export {
  makeRevocation,
  RevocationError,
  type RevocationContext,
  type RevocationRequest,
} from './identity/revocations/make-revocation.ts';
export { readAuthorities } from './identity/revocations/read-authorities.ts';
export {
  ADMIN_SCHEME,
  keyStateOf,
  newStoredKey,
  shownKey,
  successorOf,
  type KeyState,
  type KeyWish,
  type NewbornKey,
} from './identity/stored-keys/key-life.ts';
export { adminDocument } from './admin/admin-document.ts';
export { EXPIRING_MS, UNUSED_MS } from './identity/stored-keys/key-care.ts';
export { ADMIN_SCOPES, type AdminScope } from './admin/admin-scopes.ts';
export { shownRevocation, type ShownRevocation } from './identity/revocations/shown-revocation.ts';
export { createStore } from './store/open-store.ts';
export { StoreError, type StoreErrorKind } from './store/store-error.ts';
export type * from './store/session-port.ts';
export type * from './store/store-port.ts';
export { knownRolesOf } from './identity/known-roles.ts';
export { parseApiKeyFile } from './identity/api-key-file.ts';
export { problemsOf, readIdentityFile } from './identity/read-identity-file.ts';
export { createWrapper } from './encryption/create-wrapper.ts';
export {
  DataKeyError,
  idOf,
  makeKeyName,
  readKeyFile,
  writeKeyFile,
  type WrappedKey,
} from './encryption/data-key-file.ts';
export { createFieldCipher, heldForGood } from './encryption/field-cipher.ts';
export type { FieldKeys } from './encryption/field-keys.ts';
export { KeyWrapperError, type KeyWrapper } from './encryption/key-wrapper.ts';
export { loadEncryption, openEncryption, type LoadedEncryption } from './encryption/load-encryption.ts';
export { makeDataKey, unwrapKey } from './encryption/master-key.ts';
export { createSecretKeeper, type PreparedSecrets, type SecretKeeper } from './vault/secret-keeper.ts';
export { createVaultPool, type VaultPool } from './vault/vault-pool.ts';
export { createFieldIndex } from './encryption/field-index.ts';
export { rewrapRow, type RewrapRules } from './encryption/rewrap-row.ts';
export { hashPassword, type ScryptParameters } from './identity/hash-password.ts';
export type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamPort,
  UpstreamRequest,
  UpstreamSink,
} from './wire/upstream-port.ts';
export { describeCertificates, type CertificateDescription } from './tls/describe-certificates.ts';
export { cedarLanguage, CedarMissingError, renderCedarSchema } from './policies/cedar-language.ts';
