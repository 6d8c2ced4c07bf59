import { describe, expect, it } from 'vitest';
import { ConfigurationError, type ConfigurationProblem } from '../../configuration-error.ts';
import { parsePolicy } from '../parse-policy.ts';

const problemsOf = (url: string): readonly ConfigurationProblem[] => {
  try {
    const text = JSON.stringify({ upstream: 'http://127.0.0.1:1', store: { url, key: '${env:KEY}' } });
    parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => 'k'.repeat(44), readFile: () => '' });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
};

describe('the URL of a store', () => {
  it.each([
    'sqlite:./a.db',
    'sqlite:a.db',
    'sqlite:///var/lib/a.db',
    'SQLITE:/var/lib/a b.db',
    'postgres://u@db.internal:5432/d?sslmode=verify-full',
    'postgresql:///d?host=/run/postgresql',
  ])('may be %s', (url) => expect(problemsOf(url)).toEqual([]));

  it.each([
    ['a.db', 'POLICY_VALUE', 'the kind of the store is missing'],
    ['./a.db', 'POLICY_VALUE', 'the kind of the store is missing'],
    ['mysql://door:hunter2@db/d', 'POLICY_VALUE', 'mysql: is no kind of store'],
    ['sqlite:', 'POLICY_VALUE', 'is followed by no path'],
    ['sqlite::memory:', 'POLICY_VALUE', 'in memory would forget'],
    ['sqlite: ./a.db', 'POLICY_VALUE', 'begins or ends with a space'],
    ['sqlite://db/a.db', 'POLICY_VALUE', 'names a host'],
    ['sqlite:./a.db?mode=ro', 'POLICY_VALUE', 'takes no parameters'],
    ['sqlite:./keys/', 'POLICY_VALUE', 'that of a folder'],
    ['postgres:d', 'POLICY_URL', 'two slashes'],
    ['postgres://u@127.0.0.1:99999/d', 'POLICY_URL', 'its port'],
  ])('%s is told as what it is, nothing of it but its kind repeated', (url, code, said) => {
    const [problem, ...others] = problemsOf(url);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code, path: '/store/url', hint: expect.stringContaining('Write') as string });
    expect(problem?.message).toContain(said);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
});
