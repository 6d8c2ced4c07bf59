import type { Actor, AuditEntry, AuditFault, AuditHead, AuditReport } from './audit-port.ts';
import { readSealing } from './sealing.ts';
import type { SealingState, Voucher } from './sealing-state.ts';
import { vouch } from './vouch.ts';
import type { KeyRing } from './key-ring.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';
import { readMeta, writeMeta } from './migrations.ts';
import { StoreError } from './store-error.ts';

const HEAD = 'audit head';
const MAX_FAULTS = 100;
const PAGE = 1000;
/** What the first row follows. */
export const NOTHING: AuditHead = { sequence: 0, hash: '' };

export interface Act extends Actor {
  readonly act: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Adds a row, within the transaction that does what it tells of. Whoever can write the database but has not the store's key cannot make one. */
export async function appendAudit(
  session: SqlSession,
  ring: KeyRing,
  { act, actor, atMs, target, details }: Act,
): Promise<void> {
  const state = await readSealing(session, ring);
  const head = await readHead(session, state);
  if (head === null)
    throw new StoreError(
      'key',
      'the head of the audit trail is not as it was written: see sallyport audit-trail verify',
    );
  const row = {
    sequence: head.sequence + 1,
    atMs,
    actor,
    act,
    target,
    details: JSON.stringify(details),
    previous: head.hash,
  };
  const hash = hashOf(row, state);
  await session.query(
    'INSERT INTO sallyport_audit (sequence, at, actor, act, target, details, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [row.sequence, row.atMs, row.actor, row.act, row.target, row.details, row.previous, hash],
  );
  await writeHead(session, { sequence: row.sequence, hash }, state);
}

export async function readAudit(
  session: SqlSession,
  afterSequence: number,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const rows = await session.query('SELECT * FROM sallyport_audit WHERE sequence > $1 ORDER BY sequence LIMIT $2', [
    afterSequence,
    limit,
  ]);
  return rows.map(toEntry);
}

/**
 * Tells every place where the trail is not as it was written: a row that was changed (its hash), removed (a gap), or put elsewhere (both);
 * removed rows at the end show in the head. A trail that was put back whole, head and all, to an earlier state shows only in a head
 * that was noted elsewhere.
 */
export async function verifyAudit(session: SqlSession, ring: KeyRing, noted: AuditHead | null): Promise<AuditReport> {
  const faults: AuditFault[] = [];
  const report = (sequence: number, fault: string): void => {
    if (faults.length < MAX_FAULTS) faults.push({ sequence, fault });
  };
  let head: AuditHead | null = NOTHING;
  let last: AuditHead = NOTHING;
  let entries = 0;
  let notedSeen = noted === null || noted.sequence === 0;
  for (;;) {
    const page = await readAudit(session, last.sequence, PAGE);
    // After the rows: whatever vouches for them is in it.
    const state = await readSealing(session, ring);
    for (const entry of page) {
      if (entry.sequence !== last.sequence + 1)
        report(
          last.sequence + 1,
          entry.sequence === last.sequence + 2
            ? 'the row is missing'
            : `the rows up to ${entry.sequence - 1} are missing`,
        );
      if (entry.hash !== hashOf(entry, state)) report(entry.sequence, 'the row was changed');
      else if (entry.sequence === last.sequence + 1 && entry.previous !== last.hash)
        report(entry.sequence, 'the row before it is another one than when it was written');
      if (noted !== null && entry.sequence === noted.sequence) {
        notedSeen = true;
        if (entry.hash !== noted.hash) report(entry.sequence, 'the row is not the one that was noted');
      }
      last = { sequence: entry.sequence, hash: entry.hash };
      entries++;
    }
    if (page.length > 0) continue;
    // Read after the rows: rows that were added meanwhile are in it, and are read then.
    const told = await readHead(session, state);
    const grown = told !== null && head !== null && told.sequence > head.sequence && told.sequence > last.sequence;
    head = told;
    if (!grown) break;
  }
  if (head === null) report(last.sequence, 'the head of the trail was changed');
  else if (last.sequence < head.sequence) report(last.sequence + 1, 'rows at the end are missing');
  else if (last.sequence === head.sequence && last.hash !== head.hash)
    report(last.sequence, 'the last row is not the one that was written');
  else if (last.sequence > head.sequence) report(head.sequence + 1, 'rows at the end were not written by Sallyport');
  if (noted !== null && !notedSeen)
    report(noted.sequence, 'the row that was noted is missing: the trail was put back to an earlier state');
  return { entries, head: last, faults };
}

/** Null where the head is not as it was written. */
export async function readHead(session: SqlSession, state: SealingState): Promise<AuditHead | null> {
  const text = await readMeta(session, HEAD);
  if (text === null) {
    const [row] = await session.query('SELECT COUNT(*) AS count FROM sallyport_audit');
    return Number(row?.['count']) === 0 ? NOTHING : null;
  }
  try {
    const { sequence, hash, proof } = JSON.parse(text) as AuditHead & { readonly proof: string };
    return proof === proofOf({ sequence, hash }, state) ? { sequence, hash } : null;
  } catch {
    return null;
  }
}

/** Within the transaction that moves it. */
export function writeHead(session: SqlSession, head: AuditHead, state: SealingState): Promise<void> {
  return writeMeta(session, HEAD, JSON.stringify({ ...head, proof: proofOf(head, state) }));
}

/** By the newest voucher, whatever vouches for the row. */
function proofOf({ sequence, hash }: AuditHead, { vouchers }: SealingState): string {
  return vouch(JSON.stringify(['head', sequence, hash]), keyOf(vouchers.at(-1)));
}

function hashOf(row: Omit<AuditEntry, 'hash'>, { vouchers }: SealingState): string {
  return vouch(
    JSON.stringify(['row', row.sequence, row.atMs, row.actor, row.act, row.target, row.details, row.previous]),
    keyOf(vouchers.findLast(({ from }) => from <= row.sequence)),
  );
}

function keyOf(voucher: Voucher | undefined): Buffer {
  return Buffer.from(voucher?.key ?? '', 'hex');
}

function toEntry(row: SqlRow): AuditEntry {
  const text = (name: string): string => String(row[name]);
  return {
    sequence: Number(row['sequence']),
    atMs: Number(row['at']),
    actor: text('actor'),
    act: text('act'),
    target: text('target'),
    details: text('details'),
    previous: text('previous'),
    hash: text('hash'),
  };
}
