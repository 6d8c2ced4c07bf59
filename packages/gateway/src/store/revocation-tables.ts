/** What is taken away before its time, by the hash of what it is. */
export const REVOCATION_TABLES: readonly string[] = [
  `CREATE TABLE sallyport_revocations (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    issuer TEXT,
    value TEXT,
    reason TEXT,
    at BIGINT NOT NULL,
    expires_at BIGINT,
    lifted_at BIGINT,
    version BIGINT NOT NULL UNIQUE
  )`,
  'CREATE INDEX sallyport_revocations_expiry ON sallyport_revocations (expires_at)',
];
