import {
  isObject,
  parseKeyLimits,
  parseYaml,
  suggestName,
  type ApiKeyEntry,
  type JsonObject,
  type JsonValue,
  type KeyLimit,
} from '@sallyport/core';
import { ANY_ROLE, type KnownRoles } from './known-roles.ts';
import type { FileProblems } from './read-identity-file.ts';

const MEMBERS = ['id', 'sha256', 'subject', 'scopes', 'roles', 'attributes', 'expires', 'limits'];

/** SHA-256 of nothing: what a script writes when the variable with the key was empty. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Parses a file of API keys, YAML or JSON:
 *
 *     keys:
 *       - id: ci                    # unique; for logs and revocation
 *         sha256: 5d0e…             # of the key, 64 hexadecimal digits: printf %s "$KEY" | sha256sum
 *         subject: build-server     # who it stands for; the id where left out
 *         scopes: [posts:read]
 *         roles: [reader]
 *         attributes: { team: web }
 *         expires: 2027-01-01T00:00:00Z
 *         limits: [100/m, 50/s burst 100]
 *
 * Nothing else may stand in it. Every problem is reported with its line; entries with a problem are left out.
 */
export function parseApiKeyFile(text: string, problems: FileProblems, known: KnownRoles = ANY_ROLE): ApiKeyEntry[] {
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    problems.add('API_KEY_FILE_INVALID', '', parsed.position, parsed.message, parsed.hint);
    return [];
  }
  const report = (path: string, message: string, hint: string | null = null): void =>
    problems.add('API_KEY_FILE_INVALID', path, parsed.positions.locate(path), message, hint);
  const root = parsed.value ?? null;
  if (!isObject(root) || !Object.hasOwn(root, 'keys') || !Array.isArray(root['keys'])) {
    report(
      '',
      'expected a list of keys under the name keys',
      'keys:\n  - id: ci\n    sha256: …\n    subject: build-server',
    );
    return [];
  }
  for (const name of Object.keys(root)) if (name !== 'keys') report(pointer('', name), 'only keys may stand here');
  const entries: ApiKeyEntry[] = [];
  const ids = new Set<string>();
  const hashes = new Set<string>();
  for (const [index, value] of (root['keys'] as readonly JsonValue[]).entries()) {
    const path = `/keys/${index}`;
    const entry = readEntry(value, path, report);
    if (entry === null) continue;
    for (const [at, role] of entry.roles.entries())
      if (!known.has(role)) report(`${path}/roles/${at}`, 'there is no such role', known.hint(role));
    if (ids.has(entry.id))
      report(`${path}/id`, 'two keys have this id', 'Give each its own: the log tells keys apart by it.');
    if (hashes.has(entry.sha256))
      report(`${path}/sha256`, 'two entries have the same key', 'Remove one: a key stands for one subject.');
    ids.add(entry.id);
    hashes.add(entry.sha256);
    entries.push(entry);
  }
  return entries;
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function readEntry(
  value: JsonValue,
  path: string,
  report: (path: string, message: string, hint?: string | null) => void,
): ApiKeyEntry | null {
  if (!isObject(value)) {
    report(path, 'expected a map with id and sha256');
    return null;
  }
  let good = true;
  const wrong = (at: string, message: string, hint: string | null = null): void => {
    good = false;
    report(at, message, hint);
  };
  for (const name of Object.keys(value)) {
    if (MEMBERS.includes(name)) continue;
    const near = suggestName(name, MEMBERS);
    // Never quoted: it may be a key that stands in the wrong place.
    wrong(
      pointer(path, name),
      'there is no such member of a key',
      near === null ? `Known are ${MEMBERS.join(', ')}.` : `Did you mean ${near}?`,
    );
  }
  const member = (name: string): JsonValue | undefined =>
    Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
  const text = (name: string, otherwise: string | null): string => {
    const given = member(name);
    if (given === undefined && otherwise !== null) return otherwise;
    if (typeof given === 'string' && given !== '' && given.length <= 256) return given;
    wrong(
      given === undefined ? path : `${path}/${name}`,
      `${name} must be a text of 1 to 256 characters`,
      typeof given === 'number' ? 'Put it into quotes.' : null,
    );
    return '';
  };
  const texts = (name: string): readonly string[] => {
    const given = member(name);
    if (given === undefined) return [];
    if (Array.isArray(given) && given.every((item) => typeof item === 'string' && /^[^\s]+$/.test(item)))
      return given as string[];
    wrong(`${path}/${name}`, `${name} must be a list of texts without spaces`);
    return [];
  };
  const id = text('id', null);
  const sha256 = text('sha256', null).toLowerCase();
  if (sha256 !== '' && !/^[0-9a-f]{64}$/.test(sha256))
    wrong(
      `${path}/sha256`,
      'sha256 must be 64 hexadecimal digits',
      'Write the SHA-256 of the key, never the key: printf %s "$KEY" | sha256sum. If this was the key itself, replace it.',
    );
  if (sha256 === EMPTY_SHA256)
    wrong(`${path}/sha256`, 'this is the SHA-256 of an empty text', 'The key was empty when it was hashed.');
  const subject = text('subject', id);
  const attributes = member('attributes') ?? {};
  if (!isObject(attributes)) wrong(`${path}/attributes`, 'attributes must be a map');
  const expires = member('expires');
  const expiresAtMs = expires === undefined ? null : readInstant(expires);
  if (Number.isNaN(expiresAtMs))
    wrong(`${path}/expires`, 'expires must be a date with time and zone (RFC 3339)', 'Such as 2027-01-01T00:00:00Z.');
  const limits = readLimits(member('limits'), (message, hint) => wrong(`${path}/limits`, message, hint));
  const entry = {
    id,
    sha256,
    subject,
    scopes: texts('scopes'),
    roles: texts('roles'),
    attributes: isObject(attributes) ? attributes : {},
    expiresAtMs,
    ...(limits.length === 0 ? {} : { limits }),
  };
  return good ? entry : null;
}

function readLimits(
  value: JsonValue | undefined,
  wrong: (message: string, hint: string | null) => void,
): readonly KeyLimit[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    wrong('limits must be a list of texts', 'Such as [100/m, 50/s burst 100].');
    return [];
  }
  const parsed = parseKeyLimits(value as readonly string[]);
  if (parsed.ok) return parsed.value;
  wrong(parsed.message, parsed.hint);
  return [];
}

/** Epoch milliseconds of an RFC 3339 date-time, NaN for anything else. */
function readInstant(value: JsonValue): number {
  if (typeof value !== 'string') return Number.NaN;
  const parts = /^(\d{4}-\d{2}-(\d{2}))T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(value);
  if (parts === null) return Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (new Date(`${parts[1]}T00:00:00Z`).getUTCDate() !== Number(parts[2])) return Number.NaN;
  return Date.parse(value);
}
