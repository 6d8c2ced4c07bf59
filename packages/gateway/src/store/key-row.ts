import type { NewKey, StoredKey } from './store-port.ts';
import type { SealedCell, Sealer } from './key-ring.ts';
import type { SqlRow, SqlValue } from './sql-driver.ts';

/** The columns of a new key, in the order of `toColumns`. */
export const NEW_KEY_COLUMNS = [
  'id',
  'sha256',
  'scheme',
  'hint',
  'owner',
  'subject',
  'scopes',
  'roles',
  'addresses',
  'sealed',
  'created_at',
  'expires_at',
  'replaces',
  'limits',
  'family',
  'version',
] as const;

export function toColumns(key: NewKey, version: number, sealer: Sealer): SqlValue[] {
  const secrets =
    key.contact === null && Object.keys(key.attributes).length === 0
      ? null
      : JSON.stringify([key.contact, key.attributes]);
  return [
    key.id,
    key.sha256,
    key.scheme,
    key.hint,
    key.owner,
    key.subject,
    JSON.stringify(key.scopes),
    JSON.stringify(key.roles),
    JSON.stringify(key.addresses),
    secrets === null ? null : sealer.seal(secrets, cellOf(key.id)),
    key.createdAtMs,
    key.expiresAtMs,
    key.replaces,
    key.limits === undefined || key.limits.length === 0 ? null : JSON.stringify(key.limits),
    key.family === undefined || key.family === key.id ? null : key.family,
    version,
  ];
}

function cellOf(id: string): SealedCell {
  return { table: 'sallyport_keys', row: id, column: 'sealed' };
}

/** Throws a `StoreError` where what is sealed in the row does not open. */
export function fromRow(row: SqlRow, opener: Pick<Sealer, 'unseal'>): StoredKey {
  const text = (name: string): string => String(row[name]);
  const maybeText = (name: string): string | null => (row[name] === null ? null : text(name));
  const maybeTime = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  const list = (name: string): readonly string[] => JSON.parse(text(name)) as readonly string[];
  const sealed = maybeText('sealed');
  const [contact, attributes] =
    sealed === null
      ? [null, {}]
      : (JSON.parse(opener.unseal(sealed, cellOf(text('id')))) as [string | null, Record<string, unknown>]);
  return {
    id: text('id'),
    sha256: text('sha256'),
    scheme: text('scheme'),
    hint: maybeText('hint'),
    owner: text('owner'),
    contact,
    subject: text('subject'),
    scopes: list('scopes'),
    roles: list('roles'),
    addresses: list('addresses'),
    attributes,
    createdAtMs: Number(row['created_at']),
    expiresAtMs: maybeTime('expires_at'),
    revokedAtMs: maybeTime('revoked_at'),
    lastUsedAtMs: maybeTime('last_used_at'),
    replaces: maybeText('replaces'),
    limits: maybeText('limits') === null ? [] : list('limits'),
    family: maybeText('family') ?? text('id'),
  };
}
