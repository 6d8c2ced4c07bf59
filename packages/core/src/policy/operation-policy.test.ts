import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import type { Operation } from '../openapi/model.ts';
import { meansOperation, modesFor, operationPolicy } from './operation-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import type { Policy } from './policy.ts';

const policy = (text: string): Policy =>
  parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' });

function operation(extensions: Operation['extensions'] = {}): Operation {
  return {
    id: 'login',
    method: 'POST',
    path: '/login',
    tags: ['auth', 'public'],
    extensions,
    file: 'openapi.yaml',
    pointer: '/paths/~1login/post',
    basePaths: [''],
    summary: null,
    deprecated: false,
    parameters: [],
    requestBody: null,
    responses: [],
    security: null,
  };
}

/** Counts the entries that whoever goes through it sees. */
class CountingMap<K, V> extends Map<K, V> {
  visited = 0;

  override *keys(): MapIterator<K> {
    for (const key of super.keys()) {
      this.visited += 1;
      yield key;
    }
  }

  override *[Symbol.iterator](): MapIterator<[K, V]> {
    for (const entry of super.entries()) {
      this.visited += 1;
      yield entry;
    }
  }
}

describe('operationPolicy', () => {
  it('says nothing where nothing is said', () => {
    expect(operationPolicy(policy(''), operation())).toMatchObject({
      modes: {},
      cost: null,
      timeoutMs: null,
      place: null,
    });
  });

  it('takes each setting from the strongest that says it: own key, then tags, then the document', () => {
    const merged = operationPolicy(
      policy(
        'operations:\n  login: { cost: 3 }\n  tag:auth: { cost: 2, timeout: 5s }\n  other: { maxBodyBytes: 1B }\n',
      ),
      operation({
        'x-sallyport': { cost: 1, timeout: '1s', maxBodyBytes: '1KiB' },
        'x-sallyport-undeclaredProperties': 'refuse',
      }),
    );
    expect(merged).toMatchObject({ cost: 3, timeoutMs: 5_000, maxBodyBytes: 1_024, undeclaredProperties: 'refuse' });
  });

  it('takes two tags in the order of the policy, whatever their order in the document', () => {
    const both = policy('operations:\n  tag:public: { cost: 5, timeout: 1s }\n  tag:auth: { cost: 6 }\n');
    expect(operationPolicy(both, operation())).toMatchObject({ cost: 6, timeoutMs: 1_000 });
  });

  it('looks at the entries of a large policy once, not again for each operation', () => {
    const entries = Array.from({ length: 300 }, (_, i) => `  op${i}: { cost: ${i + 1} }\n`);
    const large = policy(`operations:\n${entries.join('')}`);
    const operations = new CountingMap(large.operations);
    for (let i = 0; i < 300; i++)
      expect(operationPolicy({ ...large, operations }, { ...operation(), id: `op${i}` }).cost).toBe(i + 1);
    expect(operations.visited).toBeLessThanOrEqual(300);
  });

  it('knows an operation by METHOD /path too, in that case only', () => {
    expect(operationPolicy(policy('operations: { POST /login: { cost: 7 } }'), operation()).cost).toBe(7);
    expect(meansOperation('post /login', operation())).toBe(false);
    expect(meansOperation('tag:public', operation())).toBe(true);
    expect(meansOperation('public', operation())).toBe(false);
  });

  it.each([
    [{ 'x-sallyport': { mod: 'off' } }, 'POLICY_UNKNOWN_KEY'],
    [{ 'x-sallyport': 'off' }, 'POLICY_TYPE'],
    [{ 'x-sallyport-modes': { match: 'off' } }, 'POLICY_UNKNOWN_KEY'],
    [{ 'x-sallyport': { timeout: '${env:HOME}' } }, 'POLICY_REFERENCE_IN_DOCUMENT'],
    [{ 'x-sallyport': { mode: 'off' }, 'x-sallyport-mode': 'enforce' }, 'POLICY_STATED_TWICE'],
    [{ 'x-sallyport-limits': [] }, 'POLICY_NOT_YET'],
  ])('refuses %j in the document with %s and never ignores it', (extensions, code) => {
    const run = () => operationPolicy(policy(''), operation(extensions));
    expect(run).toThrow(ConfigurationError);
    expect(run).toThrow(code);
  });
});

describe('modesFor', () => {
  it('lays the operation over the rule over the whole', () => {
    const modes = modesFor(
      policy(
        'mode: observe\nmodes: { limits: enforce, body: enforce }\noperations: { login: { mode: off, modes: { body: observe } } }',
      ),
      operation(),
    );
    expect(modes).toEqual({
      match: 'observe',
      lifecycle: 'off',
      authentication: 'off',
      limits: 'off',
      authorization: 'off',
      roles: 'off',
      policies: 'off',
      parameters: 'off',
      body: 'observe',
      ownership: 'off',
      properties: 'off',
      threats: 'off',
      responses: 'off',
      data: 'off',
      sanitise: 'off',
    });
  });

  it('lets the own key of an operation decide over its tags', () => {
    const modes = modesFor(policy('operations: { login: { mode: enforce }, tag:auth: { mode: off } }'), operation());
    expect(new Set(Object.values(modes))).toEqual(new Set(['enforce']));
  });
});
