import { describe, expect, it } from 'vitest';
import { describeSqliteFailure } from './sqlite-failure.ts';

const PATH = '/var/lib/door/sallyport.db';
const failure = (message: string, errcode: number): Error => Object.assign(new Error(message), { errcode });

describe('a failure of SQLite', () => {
  it('names the database and what to look at, by the primary code', () => {
    const told = describeSqliteFailure(failure('disk I/O error', 10 | (15 << 8)), PATH);
    expect(told.kind).toBe('unavailable');
    expect(told.message).toBe(
      `the SQLite database ${PATH}: disk I/O error; see whether its disk is full, failing or away`,
    );
    const full = describeSqliteFailure(failure('database or disk is full', 13), PATH);
    expect(full).toEqual({
      kind: 'unavailable',
      message: `the SQLite database ${PATH}: database or disk is full; make room on its disk`,
    });
  });

  it('needs somebody where the file is damaged, is none of SQLite, or may not be opened', () => {
    for (const code of [11, 14, 26]) {
      const { kind, message } = describeSqliteFailure(failure('no', code), PATH);
      expect(kind).toBe('settings');
      expect(message).toContain(PATH);
    }
  });

  it('heals by itself where another process writes', () => {
    expect(describeSqliteFailure(failure('database is locked', 5), PATH).kind).toBe('unavailable');
  });

  it('says in words why the system does not open the file, its path once', () => {
    const error = Object.assign(new Error(`EACCES: permission denied, open '${PATH}'`), {
      code: 'EACCES',
      syscall: 'open',
    });
    expect(describeSqliteFailure(error, PATH)).toEqual({
      kind: 'settings',
      message: `the SQLite database ${PATH}: this user may not`,
    });
  });
});
