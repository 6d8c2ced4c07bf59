export { compilePlan, compilePlanSteps } from './plan/compile-plan.ts';
export { finish, type Steps } from './steps.ts';
export {
  checkPlan,
  countUnguarded,
  planWarnings,
  type OperationReport,
  type PlanReport,
  type RuleReport,
} from './plan/check-plan.ts';
export { boundBody, decideBodyHead, type BodyBound } from './plan/body-bound.ts';
export { decideRequest, settle, type Verdict } from './plan/decide.ts';
export { decideAnswer, decideData, lookAtAnswer } from './plan/decide-data.ts';
export { jsonTexts } from './stages/json-texts.ts';
export { isUncompressed } from './stages/validation/body-format.ts';
export { readablePart } from './stages/readable-part.ts';
export { UpstreamAnswer } from './stages/upstream-answer.ts';
export {
  explain,
  type ExplainedStage,
  type Explanation,
  type ImaginedPrincipal,
  type ImaginedRequest,
} from './plan/explain.ts';
export { reviewRoles, type ReviewedGrant, type RoleFinding, type RoleReview } from './plan/review-roles.ts';
export { schemaProblems, type UnusableOperation } from './plan/unusable-schemas.ts';
export { askedScopes } from './plan/asked-scopes.ts';
export { withoutToldAgain } from './plan/told-once.ts';
export { warmUp } from './plan/warm-up.ts';
export type { OperationChecks, Plan, PlannedAnswerStep, PlannedOperation, PlannedStep } from './plan/plan.ts';

export { BrokenDocumentError, loadDocument, loadDocumentSteps } from './openapi/load-document.ts';
export { createMemoryReader } from './openapi/memory-document-reader.ts';
export type {
  ApiDocument,
  Dialect,
  DocumentPlace,
  DocumentReader,
  MediaType,
  Operation,
  Parameter,
  RequestBody,
  Response,
  SchemaSource,
  SecurityRequirement,
  SecurityScheme,
} from './openapi/model.ts';

export { describePolicy, type SettingDescription } from './policy/describe-policy.ts';
export { parsePolicy, type PolicyContext, type PolicyInput, type PolicyOverrides } from './policy/parse-policy.ts';
export { parseYaml } from './policy/parse-yaml.ts';
export { meansOperation } from './policy/operation-policy.ts';
export { POLICY_CODES } from './policy/policy-codes.ts';
export { DOCUMENT_CODES } from './openapi/document-codes.ts';
export { PLAN_CODES } from './plan/plan-codes.ts';
export { policyJsonSchema } from './policy/policy-json-schema.ts';
export { RULE_NAMES } from './policy/policy.ts';
export { parseDate } from './policy/parse-date.ts';
export { parseDuration } from './policy/units.ts';
export { parseKeyLimit, parseKeyLimits, renderKeyLimit, type KeyLimit } from './policy/key-limit.ts';
export { takesOwnTokens } from './policy/takes-own-tokens.ts';
export { addressBlock } from './stages/limits/address-block.ts';
export { boundedText } from './stages/limits/bounded-text.ts';
export { familyKey } from './stages/limits/limit-key.ts';
export { planKeyLimits } from './stages/limits/own-limits.ts';
export { parseRange, reachesListener } from './policy/addresses.ts';
export { suggestName } from './policy/suggest-name.ts';
export { isAllowedTarget, isLocalTarget } from './policy/local-target.ts';
export type * from './policy/policy.ts';
export type { LimitAlgorithm } from './policy/limit-algorithm.ts';
export type { Place } from './policy/place.ts';
export type { Secret } from './policy/secret.ts';
export type * from './policy/authentication-policy.ts';
export type { ClientAuthenticationMethod, ClientCredentials } from './policy/client-credentials.ts';
export type { JwsAlgorithm } from './policy/jws-algorithms.ts';
export type * from './policy/listen-policy.ts';
export { hintFor, knownRoles } from './policy/check-roles-against.ts';
export { ROLE_NAME } from './policy/schema/schema-roles.ts';
export type * from './policy/ownership-policy.ts';
export type { LoginPolicy } from './policy/login-policy.ts';
export { ownPathsOf, type NamedOwnPath } from './plan/own-paths.ts';
export type { Fetch } from './plan/list-fetches.ts';
export { NO_EGRESS, refuseAddress, type EgressPolicy } from './policy/egress-policy.ts';
export { isForeign, originOf } from './stages/authentication/browser-request.ts';
export { sessionCookies, type SessionCookies } from './stages/authentication/session-cookies.ts';

export type { AnswerHead } from './stages/stage.ts';
export type { Audience, DataPolicy, HiddenForm, SensitiveKind } from './policy/data-policy.ts';
export type { Selectors } from './policy/data-selectors.ts';
export type { FindingAction } from './policy/finding-action.ts';
export type { SanitisePolicy } from './policy/sanitise-policy.ts';
export type { EncryptPolicy, FieldIndex, HeldKeys, WrappingPolicy } from './policy/encrypt-policy.ts';
export type { VaultLogin, VaultPolicy } from './policy/vault-policy.ts';
export { namedDocument, type NamedDocument } from './policy/named-document.ts';
export { listVaultReferences, type VaultReferences } from './policy/vault-references.ts';
export type { VaultAnswer } from './policy/references.ts';
export { indexedText } from './stages/data/encryption/index-form.ts';
export type { PlannedOpening } from './plan/plan.ts';
export { compileGlob } from './stages/data/name-rules.ts';
export { corsHeaders } from './stages/cors/cors.ts';
export {
  decideResponseHead,
  type ResponseBytes,
  type ResponseDecision,
  type ResponseStream,
} from './stages/validation/decide-response.ts';
export { withoutHeader } from './stages/validation/without-header.ts';
export { asObserved } from './stages/validation/observed-response.ts';
export { passReplyHeaders } from './stages/head/reply-headers.ts';
export { limitHeaders } from './stages/limits/limit-headers.ts';
export { upstreamQuery } from './stages/validation/upstream-query.ts';
export { upstreamHeaders } from './stages/head/upstream-headers.ts';
export type { CredentialResult, TokenResult } from './stages/authentication/credential-result.ts';
export { CELL_SIZE, clearCell, idleMs, takeFromCell } from './stages/limits/algorithms.ts';
export type { LimitState, PlannedLimit } from './stages/limits/limit-state.ts';

export { CATALOGUE, codeEntry, shownCode, type Code } from './verdict/catalogue.ts';
export { deny, type Denial, type FieldError, type StageName } from './verdict/denial.ts';
export { PROBLEM_TYPE, renderProblem } from './verdict/problem-details.ts';
export type { Answer } from './verdict/answer.ts';
export type { CodeEntry } from './verdict/code-entry.ts';

export {
  ConfigurationError,
  renderConfigurationProblem,
  type ConfigurationProblem,
  type SourceLocation,
  type ConfigurationCodeEntry,
} from './configuration-error.ts';
export { Exchange } from './exchange.ts';
export { deepFreeze } from './deep-freeze.ts';
export { detached } from './detached.ts';
export { interned } from './interned.ts';
export { oncePer } from './once-per.ts';
export { parseAuthorization, parseBasic } from './stages/authentication/authorization-header.ts';
export { ANONYMOUS, type CountedKey, type Principal } from './principal.ts';
export type {
  ApiKeyPort,
  CertificatePort,
  CounterPort,
  FieldCipherPort,
  ContentCoding,
  FieldIndexPort,
  Inflated,
  InflatePort,
  GrantPort,
  OpenedField,
  OwnerPort,
  OwnPath,
  PasswordPort,
  Ports,
  SealedPlace,
  SessionPort,
  TokenPort,
  TokenPresentation,
} from './ports.ts';

export { continueTrace, renderTraceparent, type TraceContext } from './record/trace-context.ts';
export type { AccessRecord, Finding, Outcome, Signal } from './record/access-record.ts';

export { inspectText } from './stages/threats/inspect-text.ts';
export type { Threat } from './stages/threats/threat.ts';
export type { ThreatCategory, ThreatException, ThreatField, ThreatPolicy } from './policy/threat-policy.ts';

export { EditableJson } from './json/editable-json.ts';
export type { JsonNode } from './json/json-node.ts';
export { foldCase } from './json/fold-case.ts';
export { parsePointer } from './json/json-pointer.ts';
export { parseJson, type JsonParseResult } from './json/parse-json.ts';
export { isObject, type JsonObject, type JsonValue } from './json/json-value.ts';
export { CEDAR_CODES, type CedarCode } from './cedar/cedar-codes.ts';
export type {
  LanguageProblem,
  ParsedPolicyText,
  PolicyFile,
  PolicyLanguage,
  PolicySources,
  ValidationFinding,
} from './cedar/policy-language.ts';
export { parsePolicyTests, type PolicyTestCase } from './stages/authorization/policies/test-cases.ts';
export { runPolicyTests, type PolicyTestResult } from './stages/authorization/policies/run-tests.ts';
export { createApiModel, toCedarSchema } from './cedar/api-model.ts';
export type { AttributePolicies } from './policy/policy.ts';

export {
  decideOwnedAnswer,
  decideOwnedHead,
  denyNotWhole,
  hideFromHead,
  type OwnedAnswerRule,
} from './stages/ownership/owned-answer.ts';
export { EnumerationWatch } from './stages/ownership/enumeration.ts';
export { keepPrivate } from './stages/ownership/keep-private.ts';
export { isOfObject, readOwners } from './stages/ownership/owner-facts.ts';
export type { OwnerAnswer } from './stages/ownership/owner-answer.ts';
export type { BoundRead, OwnerCheck } from './policy/ownership-coverage.ts';
