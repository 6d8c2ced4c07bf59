import type { SqlRow, SqlValue } from './sql-driver.ts';

export interface SqliteRequest {
  readonly id: number;
  /** The path of the database, where it is to be opened. */
  readonly open?: string;
  /** Whether it may be made where it is not there. */
  readonly makes?: boolean;
  readonly sql?: string;
  readonly values?: readonly SqlValue[];
}

export interface SqliteAnswer {
  readonly id: number;
  readonly rows?: readonly SqlRow[];
  readonly error?: { readonly kind: 'unavailable' | 'conflict' | 'settings'; readonly message: string };
}

/** A path that means a database of this process alone, gone with it. */
export const IN_MEMORY = ':memory:';
