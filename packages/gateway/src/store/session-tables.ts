/** What keeps sessions of browsers. `version` is null until a session has ended. */
export const SESSION_TABLES: readonly string[] = [
  `CREATE TABLE sallyport_sessions (
    id TEXT PRIMARY KEY,
    scheme TEXT NOT NULL,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    provider_subject TEXT NOT NULL,
    provider_session TEXT,
    sealed TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    revision BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    version BIGINT
  )`,
  'CREATE INDEX sallyport_sessions_subject ON sallyport_sessions (subject)',
  'CREATE INDEX sallyport_sessions_provider ON sallyport_sessions (issuer, provider_subject)',
  'CREATE INDEX sallyport_sessions_ended ON sallyport_sessions (version, id)',
  'CREATE INDEX sallyport_sessions_expiry ON sallyport_sessions (expires_at)',
];
