/** Keys that tokens of our own are signed with; the private half is what is `sealed`. */
export const SIGNING_KEY_TABLES: readonly string[] = [
  `CREATE TABLE sallyport_signing_keys (
    id TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public TEXT NOT NULL,
    sealed TEXT NOT NULL,
    signs_from BIGINT NOT NULL,
    signs_until BIGINT NOT NULL,
    verified_until BIGINT NOT NULL
  )`,
];
