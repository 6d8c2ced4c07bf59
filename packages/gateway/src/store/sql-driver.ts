export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Runs one statement. Parameters are `$1`, `$2` … in the text, the same in every dialect that is spoken here. */
export interface SqlSession {
  query(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

/** One database, as far as the store needs it. Rejects with `StoreError`. */
export interface SqlDriver extends SqlSession {
  open(): Promise<void>;
  /** Runs `run` alone among the writers of all processes. Resolves when what it wrote is on disk; undoes all of it where `run` rejects. */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Called when another process may have written. A driver that cannot know never calls it. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}
