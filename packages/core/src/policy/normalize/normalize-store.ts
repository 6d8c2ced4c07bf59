import { type JsonValue, isObject } from '../../json/json-value.ts';
import { isLoopbackHost } from '../addresses.ts';
import type { Secret } from '../secret.ts';
import type { StorePolicy } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import { holdsReference } from '../references.ts';
import { ResolvedSecret } from '../resolved-secret.ts';
import type { ReadFields } from '../shape.ts';

type Authored = ReadFields<typeof POLICY_SHAPE.fields>['store'];

const DEFAULT_URL = 'sqlite:./sallyport.db';
const DEFAULT_GRACE_MS = 5 * 60_000;
const DEFAULTS = {
  grace: DEFAULT_GRACE_MS,
  revocations: 'auto',
  proofs: 'auto',
  proofsWhileAway: 'refuse',
} as const;
const ENCRYPTED = ['require', 'verify-ca', 'verify-full'];
const SSL_MODES = ['disable', 'prefer', ...ENCRYPTED, 'no-verify'];

/** Reads where durable records are kept. `written` is the statement before references were resolved: a literal password must not stand in it. */
export function normalizeStore(
  authored: Authored,
  written: JsonValue | undefined,
  problems: PolicyProblems,
): StorePolicy {
  const settings = typeof authored === 'string' ? { ...DEFAULTS, url: authored, key: undefined } : authored;
  const writtenUrl = isObject(written ?? null) ? (written as { readonly url?: JsonValue }).url : written;
  const pointer = isObject(written ?? null) && writtenUrl !== undefined ? '/store/url' : '/store';
  const [key = null, ...olderKeys] = Array.isArray(settings.key) ? settings.key : [settings.key ?? null];
  const kept = {
    key,
    ...(olderKeys.length === 0 ? {} : { olderKeys }),
    graceMs: settings.grace,
    revocations: settings.revocations,
  };
  const { url, proofsWhileAway } = settings;
  const isPostgres = /^postgres(?:ql)?:/i.test(url);
  const proofs = settings.proofs === 'auto' ? (isPostgres ? 'shared' : 'memory') : settings.proofs;
  if (proofs === 'memory' && proofsWhileAway === 'alone')
    problems.add(
      'POLICY_CONTRADICTION',
      '/store/proofsWhileAway',
      'proofs are not kept in the store, so its absence changes nothing',
      'Write proofs: shared, or remove proofsWhileAway.',
    );
  if (isPostgres) {
    checkPostgres(url, typeof writtenUrl === 'string' ? writtenUrl : url, pointer, problems);
    if (key === null && !problems.touches('/store'))
      problems.add(
        'POLICY_REQUIRED',
        pointer,
        'a PostgreSQL store needs the key that its secrets are sealed under',
        'Write store: { url: …, key: "${env:STORE_KEY}" }; make one with: openssl rand -base64 32.',
      );
    const reference = typeof writtenUrl === 'string' ? writtenUrl : 'postgres:';
    return {
      location: { kind: 'postgres', url: new ResolvedSecret(reference, url) satisfies Secret },
      ...kept,
      proofs,
      proofsWhileAway,
    };
  }
  const path = /^sqlite:(.*)$/is.exec(url)?.[1];
  const wrong = path === undefined ? whyNoStore(url) : whyNoPath(path);
  if (wrong !== null)
    problems.add(
      'POLICY_VALUE',
      pointer,
      wrong,
      `Write ${DEFAULT_URL}, or postgres://USER:\${env:PASSWORD}@HOST/DATABASE.`,
    );
  return { location: { kind: 'sqlite', path: path ?? '' }, ...kept, proofs, proofsWhileAway };
}

/** What is said of a URL of another kind; nothing of it is repeated but its kind, for it may hold a password. */
function whyNoStore(url: string): string {
  const kind = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  return kind === undefined
    ? 'the kind of the store is missing: a path alone is none, sqlite: stands in front of it'
    : `${kind}: is no kind of store: there are sqlite:PATH and postgres://…`;
}

/** Why a path is none of a database; null where it may be one. */
function whyNoPath(path: string): string | null {
  if (path === '') return 'sqlite: is followed by no path';
  if (path === ':memory:') return 'a store in memory would forget every key and revocation: it needs a file';
  if (path !== path.trim()) return 'the path of the store begins or ends with a space';
  if (/^\/\/[^/]/.test(path)) return 'sqlite:// names a host, and SQLite has none: a path follows sqlite: at once';
  if (/[?#]/.test(path)) return 'the path of the store has a ? or #: SQLite takes no parameters here';
  return path.endsWith('/') ? 'the path of the store is that of a folder: it needs a file' : null;
}

function checkPostgres(url: string, written: string, pointer: string, problems: PolicyProblems): void {
  if (!keepsItsLogin(url, written)) {
    problems.add(
      'POLICY_URL',
      pointer,
      'the user or password that a reference brought has a character that means something else in a URL',
      'Percent-encode it where it comes from (/ is %2F, @ is %40, % is %25), or choose one of letters and digits.',
    );
    return;
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:\/\//i.test(url)) {
    problems.add(
      'POLICY_URL',
      pointer,
      /^postgres(?:ql)?:\/\//i.test(url)
        ? 'this is no URL: its host, or its port (1 to 65535), is none that there can be'
        : 'expected a postgres URL: two slashes follow its kind',
      'Write postgres://USER:${env:PASSWORD}@HOST/DATABASE, the password percent-encoded where it has characters such as / or @.',
    );
    return;
  }
  const password = /^postgres(?:ql)?:\/\/[^:/?#@]*:([^/?#@]*)@/i.exec(written)?.[1] ?? '';
  const parameter = /[?&]password=([^&#]*)/i.exec(written)?.[1] ?? '';
  if ((password !== '' && !holdsReference(password)) || (parameter !== '' && !holdsReference(parameter)))
    problems.add(
      'POLICY_SECRET_LITERAL',
      pointer,
      'the password of the database stands in the file',
      'Write ${env:NAME} in its place: policy files are kept and shared.',
    );
  const mode = parsed.searchParams.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode))
    problems.add('POLICY_VALUE', pointer, 'sslmode is none that there is', 'Write sslmode=verify-full.');
  // A host in the query is the folder of a socket, which never leaves the machine.
  const remote = parsed.hostname !== '' && !isLoopbackHost(parsed.hostname) && !parsed.searchParams.has('host');
  if (remote && !ENCRYPTED.includes(parsed.searchParams.get('sslmode') ?? ''))
    problems.warn(
      'POLICY_STORE_PLAIN',
      pointer,
      'the database is on another machine and is asked without TLS',
      'Add ?sslmode=verify-full to the URL.',
    );
}

/**
 * False where a reference between `//` and `@` brought a character that ends what stands there: the database would be looked for at what is left of the password,
 * and whoever answers for that name would read it. A reference for the whole URL says by itself where its parts are.
 */
function keepsItsLogin(url: string, written: string): boolean {
  const shape = splitAuthority(written.replaceAll(/\$\{[^{}]*\}/g, ''));
  if (!shape.authority.includes('@')) return true;
  const { authority, rest } = splitAuthority(url);
  const [login = '', host, ...more] = authority.split('@');
  if (host === undefined || more.length > 0 || (rest.includes('@') && !shape.rest.includes('@'))) return false;
  try {
    decodeURIComponent(login);
    return true;
  } catch {
    return false;
  }
}

function splitAuthority(url: string): { readonly authority: string; readonly rest: string } {
  const [, authority = '', rest = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  return { authority, rest };
}
