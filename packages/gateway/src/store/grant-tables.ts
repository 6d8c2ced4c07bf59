/** Roles granted to subjects; a grant that was revoked stays, so that it can be told when it was. */
export const GRANT_TABLES: readonly string[] = [
  `CREATE TABLE sallyport_grants (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT,
    granted_by TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_seen_at BIGINT,
    version BIGINT NOT NULL UNIQUE
  )`,
];
