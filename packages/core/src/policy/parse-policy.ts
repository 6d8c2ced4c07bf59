import { deepFreeze } from '../deep-freeze.ts';
import type { SourceLocation } from '../configuration-error.ts';
import { joinPointer } from '../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { checkLogins } from './normalize/normalize-login.ts';
import { normalizeAdmin } from './normalize/normalize-admin.ts';
import { normalizeAuthentication } from './normalize/normalize-authentication.ts';
import { normalizeData } from './normalize/normalize-data.ts';
import { normalizeEgress } from './normalize/normalize-egress.ts';
import { normalizeCors, normalizeSecurityHeaders } from './normalize/normalize-headers.ts';
import { addLimits, DEFAULT_LIMIT, LimitNormalizer } from './normalize/normalize-limits.ts';
import { checkClientCertificates, normalizeListen, normalizeTrustedProxies } from './normalize/normalize-listeners.ts';
import { normalizeModes, normalizeOperation, warnOfOff } from './normalize/normalize-operations.ts';
import { normalizeRoles } from './normalize/normalize-roles.ts';
import { normalizePolicies } from './normalize/normalize-policies.ts';
import { DEFAULT_ENUMERATION, normalizeOwnership } from './normalize/normalize-ownership.ts';
import { normalizeSanitise } from './normalize/normalize-sanitise.ts';
import { normalizeStore } from './normalize/normalize-store.ts';
import { normalizeThreats } from './normalize/normalize-threats.ts';
import { normalizeTokens } from './normalize/normalize-tokens.ts';
import { normalizeUpstream } from './normalize/normalize-upstream.ts';
import { normalizeVault } from './normalize/normalize-vault.ts';
import { parseYaml } from './parse-yaml.ts';
import type { Mode, OperationPolicy, Policy } from './policy.ts';
import type { Place } from './place.ts';
import { PolicyProblems } from './policy-problems.ts';
import { POLICY_SHAPE } from './policy-schema.ts';
import {
  type ExtensionStatements,
  extensionStatements,
  type LocateInDocument,
  mergeStatements,
  PolicySource,
} from './policy-statements.ts';
import { FAILED } from './read-scalar.ts';
import { readShape } from './read-shape.ts';
import type { ReferenceReader } from './references.ts';
import type { ReadFields } from './shape.ts';
import type { YamlPositions } from './yaml-positions.ts';

/** The policy file: its name for messages and for what is relative to it, and its text. */
export interface PolicyInput {
  readonly file: string;
  readonly text: string;
}

/** What was said when the process was started; it wins over file and document. */
export interface PolicyOverrides {
  readonly document?: string;
  /** Added to those of the file. */
  readonly documentFolders?: readonly string[];
  readonly upstream?: string;
  readonly host?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly mode?: Mode;
}

/** What a policy is read with besides its text: where its references lead, what the document says in its place, what the command line says above it. */
export interface PolicyContext extends ReferenceReader {
  readonly overrides?: PolicyOverrides;
  /** The root's `x-…` members of the document: `x-sallyport` and `x-sallyport-…` say what the file could say, and the file wins. */
  readonly documentExtensions?: JsonObject;
  /** The document's name and a way to its lines, for problems in its extensions. */
  readonly documentFile?: string;
  readonly locateInDocument?: LocateInDocument;
}

type Authored = ReadFields<typeof POLICY_SHAPE.fields>;

/**
 * Parses `sallyport.yaml` into the canonical policy: defaults filled in, units read, references resolved, frozen.
 * `null` and an empty file give the safe defaults. Throws a ConfigurationError with every problem at once, in the order of the file,
 * and nothing else; no message repeats a value. Files are not opened but through `context.readFile`, and only where a `${file:…}`
 * stands; paths are as written, relative to the policy file.
 */
export function parsePolicy(input: PolicyInput | null, context: PolicyContext): Policy {
  const fromDocument = new Map<string, string>();
  const fromStart = new Set<string>();
  const parsed = input === null ? null : parseYaml(input.text);
  const file = input?.file ?? '';
  const documentFile = context.documentFile ?? 'document';
  const origins = { documentFile, locateInDocument: context.locateInDocument ?? null, fromDocument, fromStart };

  let positions: YamlPositions | null = null;
  let statements: JsonObject = {};
  const problems = new PolicyProblems({
    file,
    inDocument: () => false,
    locate: (pointer, of) => source.locate(pointer, of),
  });
  if (parsed?.ok === false) {
    const { line, column } = parsed.position ?? { line: 0, column: 0 };
    const whole = new PolicyProblems({
      file,
      inDocument: () => false,
      locate: () => ({ file, line, column, path: '' }),
    });
    whole.add(parsed.code, '', parsed.message, parsed.hint);
    whole.throwIfAny();
  } else if (parsed?.ok === true) {
    positions = parsed.positions;
    if (isObject(parsed.value)) statements = parsed.value;
    else if (parsed.value !== undefined)
      problems.add(
        'POLICY_TYPE',
        '',
        'expected a map of settings',
        'Start with a name and a colon, such as upstream: http://127.0.0.1:3000.',
      );
  }
  const source = new PolicySource(file, positions, origins);
  const version = statements['openapi'] ?? statements['swagger'];
  if (typeof version === 'string' && /^\s*\d/.test(version)) {
    const name = Object.hasOwn(statements, 'openapi') ? '/openapi' : '/swagger';
    problems.add(
      'POLICY_UNKNOWN_KEY',
      name,
      'this is an OpenAPI document and no policy',
      'Name it without --config, or under `api` in a policy.',
      'key',
    );
    problems.throwIfAny();
  }

  if (context.documentExtensions !== undefined) {
    const extension = extensionStatements(context.documentExtensions, '');
    reportExtension(extension, fromDocument, problems);
    statements = mergeStatements(statements, extension, fromDocument);
  }
  statements = applyOverrides(statements, context.overrides ?? {}, fromStart);

  const authored = readShape(POLICY_SHAPE, statements, '', { problems, source, references: context });
  if (authored === FAILED) {
    problems.throwIfAny();
    throw new Error('the policy could not be read');
  }
  if (source.inDocument('/api'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/api',
      'the document cannot say which document to use',
      'Name it in the policy file or on start.',
      'key',
    );
  // A document that could name its own folders could have any file of this machine read.
  if (source.inDocument('/apiFolders'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/apiFolders',
      'the document cannot say which folders it may read',
      'Name them in the policy file, or with --allow-folder.',
      'key',
    );
  // Whoever it comes from could have this machine log in at a Vault of their own, and show it its tokens.
  if (source.inDocument('/vault'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/vault',
      'the document cannot say where this machine logs in',
      'Write vault into the policy file.',
      'key',
    );
  const policy = normalize(authored, statements, source, problems);
  problems.throwIfAny();
  return deepFreeze({
    ...policy,
    file: input?.file ?? null,
    warnings: problems.listWarnings(),
    locate: (place: Place): SourceLocation => {
      if (place === null) return { file, line: 0, column: 0 };
      if (place.file !== file) return context.locateInDocument?.(place) ?? { file: place.file, line: 0, column: 0 };
      return { file, ...(positions?.locate(place.pointer, 'key') ?? { line: 0, column: 0 }) };
    },
  });
}

function normalize(
  authored: Authored,
  statements: JsonObject,
  source: PolicySource,
  problems: PolicyProblems,
): Omit<Policy, 'file'> {
  const limits = new LimitNormalizer(source, problems);
  if (authored.limits === undefined) limits.reserve(DEFAULT_LIMIT.name);
  else addLimits(limits, authored.limits, '/limits', null);
  const operations = new Map<string, OperationPolicy>();
  for (const [key, operation] of authored.operations) {
    const pointer = joinPointer('/operations', key);
    operations.set(key, normalizeOperation(operation, pointer, source.place(pointer), problems));
    if (operation.limits !== undefined) addLimits(limits, operation.limits, `${pointer}/limits`, key);
  }
  const rules = limits.rules();
  if (authored.limits !== undefined && rules.length === 0)
    problems.warn(
      'POLICY_LIMITS_NONE',
      '/limits',
      'the policy limits no request',
      'Leave limits out, and 50 requests a second by address are let in, with bursts of 100; or write one.',
    );
  warnOfOff(authored, '', problems);
  const trustedProxies = normalizeTrustedProxies(authored.trustedProxies, problems);
  const listen = normalizeListen(authored, trustedProxies, problems);
  // A browser that once believed a certificate for development would insist on https for every port of localhost, for two years.
  const strictTransport = listen.tls !== null && listen.tls.certificates !== null;
  const upstream =
    typeof authored.upstream === 'string' ? { ...upstreamDefaults(), url: authored.upstream } : authored.upstream;
  const { requests, responses } = authored;
  const vault = normalizeVault(authored.vault, source.place('/vault'), problems);
  const authentication = normalizeAuthentication(authored.authentication, source, problems, authored.tokens);
  checkClientCertificates(listen, authentication, problems);
  checkLogins(authentication, listen, problems);
  return {
    document: authored.api,
    documentFolders: authored.apiFolders,
    upstream: normalizeUpstream(
      upstream,
      typeof statements['upstream'] === 'string' ? '/upstream' : '/upstream/url',
      listen,
      problems,
    ),
    listen,
    modes: normalizeModes(authored.mode, authored.modes),
    trustedProxies,
    authentication,
    roles: normalizeRoles(authored.authorization, source, problems),
    policies: normalizePolicies(
      authored.authorization?.policies,
      trustedProxies,
      (pointer) => source.inDocument(pointer),
      problems,
    ),
    ownership: normalizeOwnership(
      authored.authorization?.ownership ?? new Map(),
      authored.authorization?.enumeration ?? DEFAULT_ENUMERATION,
      source,
      problems,
    ),
    limits: authored.limits === undefined ? [...rules, DEFAULT_LIMIT] : rules,
    requests: {
      maxHeadBytes: requests.maxHeadBytes,
      maxBodyBytes: requests.maxBodyBytes,
      maxDepth: requests.maxDepth,
      maxKeys: requests.maxKeys,
      unknownParameters: requests.unknownParameters,
      unknownCookies: requests.unknownCookies,
      undeclaredProperties: requests.undeclaredProperties,
      readOnlyProperties: requests.readOnlyProperties,
      lookalikeNames: requests.lookalikeNames,
      contentSchema: requests.contentSchema,
      headTimeoutMs: requests.headTimeout,
      bodyTimeoutMs: requests.bodyTimeout,
    },
    responses,
    securityHeaders: normalizeSecurityHeaders(
      authored.securityHeaders,
      strictTransport,
      authored.cors !== undefined,
      problems,
    ),
    cors: authored.cors === undefined ? null : normalizeCors(authored.cors, problems),
    vault,
    ...normalizeData(authored.data, source, vault !== null, problems),
    sanitise: normalizeSanitise(authored.sanitise, source, problems),
    threats: normalizeThreats(authored.threats, source, problems),
    store: normalizeStore(authored.store, statements['store'], problems),
    egress: normalizeEgress(authored.egress, source.inDocument('/egress'), problems),
    tokens: normalizeTokens(authored.tokens, authentication, problems),
    admin: normalizeAdmin(authored, source, problems),
    log: authored.log,
    operations,
  };
}

/** The upstream's settings beside its URL, where only that is written. */
function upstreamDefaults(): Exclude<Authored['upstream'], string> {
  const shape = POLICY_SHAPE.fields.upstream.shape.branches[1];
  const source = new PolicySource('', null, {
    documentFile: '',
    locateInDocument: null,
    fromDocument: new Map(),
    fromStart: new Set(),
  });
  const read = readShape(shape, {}, '', {
    problems: new PolicyProblems(source),
    source,
    references: { environment: () => undefined, readFile: () => '' },
  });
  if (read === FAILED) throw new Error('the defaults of upstream are not readable');
  return read;
}

function reportExtension(
  extension: ExtensionStatements,
  fromDocument: Map<string, string>,
  problems: PolicyProblems,
): void {
  if (extension.notMap) {
    fromDocument.set('/x-sallyport', '/x-sallyport');
    problems.add(
      'POLICY_TYPE',
      '/x-sallyport',
      'expected a map of settings',
      'Write the settings below x-sallyport as in the policy file.',
    );
  }
  for (const name of extension.twice) {
    fromDocument.set(joinPointer('/x-sallyport', name), extension.pointers.get(name) ?? '');
    problems.add(
      'POLICY_STATED_TWICE',
      joinPointer('/x-sallyport', name),
      'the document states this twice',
      'Keep it under x-sallyport, or as x-sallyport-… .',
      'key',
    );
  }
}

function applyOverrides(statements: JsonObject, overrides: PolicyOverrides, fromStart: Set<string>): JsonObject {
  const result: Record<string, JsonValue> = Object.assign(Object.create(null) as Record<string, JsonValue>, statements);
  const set = (name: string, member: string | null, value: JsonValue | undefined): void => {
    if (value === undefined) return;
    const current = result[name];
    if (member === null) result[name] = value;
    else if (current === undefined || isObject(current)) result[name] = { ...current, [member]: value };
    else if (name === 'upstream' || current === 'off') result[name] = name === 'upstream' ? value : { [member]: value };
    // Anything else is wrong already, and will be reported as it stands.
    else return;
    fromStart.add(member === null || typeof result[name] === 'string' ? `/${name}` : `/${name}/${member}`);
  };
  set('api', null, overrides.document);
  const folders = result['apiFolders'] ?? [];
  if (overrides.documentFolders !== undefined && Array.isArray(folders)) {
    result['apiFolders'] = [...(folders as readonly JsonValue[]), ...overrides.documentFolders];
    for (const index of overrides.documentFolders.keys()) fromStart.add(`/apiFolders/${folders.length + index}`);
  }
  set('upstream', 'url', overrides.upstream);
  set('listen', 'host', overrides.host);
  set('listen', 'port', overrides.port);
  set('admin', 'port', overrides.adminPort);
  set('mode', null, overrides.mode);
  return result;
}
