import { createReadStream } from 'node:fs';

/** What access records tell of roles. */
export interface RoleTraffic {
  /** For each role the ids of the operations that somebody who had it was let through to. */
  readonly uses: ReadonlyMap<string, ReadonlySet<string>>;
  /** Access records; those that name roles; lines that are none. */
  readonly records: number;
  readonly withRoles: number;
  readonly unreadable: number;
  /** Records whose principal had more roles than a record names. */
  readonly cut: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Longer than any line that Sallyport writes. */
const MAX_LINE_CHARACTERS = 2 ** 20;

/**
 * Reads access records in the Elastic Common Schema, a line each. Only `roles` and `operations` are remembered, so that a log of any length takes the same
 * memory. Lines that are no records, torn ones at the ends of a rotated file among them, are counted and passed over.
 */
export async function readTraffic(
  files: readonly string[],
  roles: ReadonlyMap<string, unknown>,
  operations: ReadonlySet<string>,
): Promise<RoleTraffic> {
  const uses = new Map<string, Set<string>>();
  const seen = { records: 0, withRoles: 0, unreadable: 0, cut: 0, fromMs: Infinity, toMs: -Infinity };
  const take = (line: string): void => {
    if (line === '') return;
    const record = parseRecord(line);
    if (record === 'unreadable') seen.unreadable += 1;
    if (typeof record === 'string') return;
    seen.records += 1;
    seen.fromMs = Math.min(seen.fromMs, record.atMs);
    seen.toMs = Math.max(seen.toMs, record.atMs);
    if (record.roles.length > 0) seen.withRoles += 1;
    if (record.roles.at(-1) === '…') seen.cut += 1;
    if (!record.letThrough || !operations.has(record.operation)) return;
    for (const role of record.roles) {
      if (!roles.has(role)) continue;
      const used = uses.get(role) ?? new Set<string>();
      used.add(record.operation);
      uses.set(role, used);
    }
  };
  for (const file of files) await readLines(file, take, () => (seen.unreadable += 1));
  return { uses, ...seen };
}

async function readLines(file: string, take: (line: string) => void, tooLong: () => void): Promise<void> {
  let rest = '';
  let skipping = false;
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (skipping) skipping = false;
        else take(line);
      }
      if (rest.length <= MAX_LINE_CHARACTERS) continue;
      if (!skipping) tooLong();
      skipping = true;
      rest = '';
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`--log: ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`, {
      cause: error,
    });
  }
  if (!skipping) take(rest);
}

interface RoleRecord {
  readonly atMs: number;
  readonly operation: string;
  readonly roles: readonly string[];
  readonly letThrough: boolean;
}

/** `other` for what the process says of itself. */
function parseRecord(line: string): RoleRecord | 'other' | 'unreadable' {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'unreadable';
  }
  if (typeof value !== 'object' || value === null) return 'unreadable';
  const record = value as Readonly<Record<string, unknown>>;
  if (record['event.dataset'] !== 'sallyport.access')
    return typeof record['event.dataset'] === 'string' ? 'other' : 'unreadable';
  const told = (record['sallyport'] ?? {}) as { readonly verdict?: unknown; readonly stage?: unknown };
  const roles = record['user.roles'];
  const atMs = Date.parse(String(record['@timestamp']));
  if (Number.isNaN(atMs)) return 'unreadable';
  return {
    atMs,
    operation: typeof record['event.action'] === 'string' ? record['event.action'] : '',
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    // What the answer was refused for was asked of the upstream all the same.
    letThrough: told.verdict !== 'denied' || told.stage === 'response',
  };
}
