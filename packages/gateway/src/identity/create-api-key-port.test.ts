import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseKeyLimits, type ApiKeyEntry, type ConfigurationProblem } from '@sallyport/core';
import { createApiKeyPort } from './create-api-key-port.ts';
import { parseApiKeyFile } from './api-key-file.ts';
import { problemsOf } from './read-identity-file.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const ENTRY: ApiKeyEntry = {
  id: 'k1',
  sha256: sha256('open sesame'),
  subject: 'build',
  scopes: ['read'],
  roles: ['bot'],
  attributes: { team: 'web' },
  expiresAtMs: 1000,
};

describe('createApiKeyPort', () => {
  test('knows a key by its hash until it expires, to the millisecond', async () => {
    const port = createApiKeyPort('key', [ENTRY]);
    const found = await port.lookup('open sesame', 999);
    expect(found).toMatchObject({
      ok: true,
      principal: {
        kind: 'key',
        subject: 'build',
        issuer: 'key',
        roles: ['bot'],
        schemes: ['key'],
        keyId: 'k1',
        attributes: { team: 'web' },
      },
    });
    expect(await port.lookup('open sesame', 1000)).toEqual({
      ok: false,
      code: 'AUTHN_KEY_EXPIRED',
      facts: { key: 'k1' },
    });
  });

  test('never takes the hash for the key, nor anything but the key', () => {
    const port = createApiKeyPort('key', [{ ...ENTRY, expiresAtMs: null }]);
    expect(port.lookup(ENTRY.sha256, 0)).toEqual({ ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: {} });
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(port.lookup(key, 0)).toMatchObject(
          key === 'open sesame' ? { ok: true } : { ok: false, code: 'AUTHN_KEY_UNKNOWN' },
        );
      }),
    );
  });
});

function parse(text: string): {
  readonly entries: readonly ApiKeyEntry[];
  readonly problems: readonly ConfigurationProblem[];
} {
  const problems: ConfigurationProblem[] = [];
  return { entries: parseApiKeyFile(text, problemsOf('keys.yaml', problems)), problems };
}

const HASH = sha256('a');

describe('parseApiKeyFile', () => {
  test('reads YAML and JSON, and fills in what is left out', () => {
    const full = {
      id: 'a',
      sha256: HASH.toUpperCase(),
      subject: 's',
      scopes: ['x'],
      roles: ['y'],
      attributes: { n: 1 },
      expires: '2027-01-01T00:00:00Z',
    };
    expect(parse(JSON.stringify({ keys: [full] }))).toEqual({
      entries: [
        {
          id: 'a',
          sha256: HASH,
          subject: 's',
          scopes: ['x'],
          roles: ['y'],
          attributes: { n: 1 },
          expiresAtMs: Date.UTC(2027, 0, 1),
        },
      ],
      problems: [],
    });
    expect(parse(`keys:\n  - id: a\n    sha256: ${HASH}\n`).entries).toEqual([
      { id: 'a', sha256: HASH, subject: 'a', scopes: [], roles: [], attributes: {}, expiresAtMs: null },
    ]);
    expect(parse('keys: []')).toEqual({ entries: [], problems: [] });
  });

  test.each([
    ['', 0, 'list of keys'],
    ['keys: a', 1, 'list of keys'],
    ['keys: []\nkey: []', 2, 'only keys'],
    ['keys: [\n', 2, ''],
    ['keys:\n  - a', 2, 'map'],
    [`keys:\n  - id: a\n    sha265: ${HASH}`, 3, 'no such member'],
    [`keys:\n  - sha256: ${HASH}`, 2, 'id must be'],
    [`keys:\n  - id: 1\n    sha256: ${HASH}`, 2, 'id must be'],
    [`keys:\n  - id: ''\n    sha256: ${HASH}`, 2, 'id must be'],
    [`keys:\n  - id: ${'a'.repeat(257)}\n    sha256: ${HASH}`, 2, 'id must be'],
    [`keys:\n  - id: a\n    subject: ''\n    sha256: ${HASH}`, 3, 'subject must be'],
    ['keys:\n  - id: a\n    sha256: s3cret-key', 3, '64 hexadecimal'],
    [`keys:\n  - id: a\n    sha256: ${sha256('')}`, 3, 'empty text'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    scopes: read write`, 4, 'list of texts'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    scopes: [read write]`, 4, 'list of texts'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    scopes: [1]`, 4, 'list of texts'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    limits: 100/m`, 4, 'list of texts'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    limits: [often]`, 4, 'expected a rate'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    attributes: []`, 4, 'map'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    expires: tomorrow`, 4, 'RFC 3339'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    expires: 2027-02-30T00:00:00Z`, 4, 'RFC 3339'],
    [`keys:\n  - id: a\n    sha256: ${HASH}\n    expires: 2027-01-01`, 4, 'RFC 3339'],
    [`keys:\n  - { id: a, sha256: ${HASH} }\n  - { id: a, sha256: ${sha256('b')} }`, 3, 'this id'],
    [`keys:\n  - { id: a, sha256: ${HASH} }\n  - { id: b, sha256: ${HASH} }`, 3, 'same key'],
    [`keys:\n  - id: a\n    id: b\n    sha256: ${HASH}`, 3, ''],
  ])('reports %j at line %i', (text, line, message) => {
    const { problems } = parse(text);
    expect(problems[0]).toMatchObject({ code: 'API_KEY_FILE_INVALID', file: 'keys.yaml' });
    if (line > 0) expect(problems[0]?.line).toBe(line);
    expect(problems[0]?.message).toContain(message);
  });

  test('reads the limits of a key', () => {
    const { entries, problems } = parse(`keys:\n  - id: a\n    sha256: ${HASH}\n    limits: [100/m, 50/s burst 100]`);
    expect(problems).toEqual([]);
    const limits = parseKeyLimits(['100/m', '50/s burst 100']);
    expect(limits.ok && entries[0]?.limits).toEqual(limits.ok && limits.value);
  });

  test('reports a role that the policy does not declare', () => {
    const problems: ConfigurationProblem[] = [];
    const known = { has: (role: string) => role === 'clerk', hint: () => 'Did you mean clerk?' };
    const keys = `keys:\n  - id: a\n    sha256: ${HASH}\n    roles: [clerk, clrek]\n`;
    parseApiKeyFile(keys, problemsOf('keys.yaml', problems), known);
    expect(problems).toMatchObject([
      { code: 'API_KEY_FILE_INVALID', line: 4, message: 'there is no such role', hint: 'Did you mean clerk?' },
    ]);
  });

  test('never quotes what stands where a hash belongs', () => {
    const { problems } = parse('keys:\n  - id: a\n    sha256: s3cret-key\n    s3cret-name: x\n');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map(({ message, hint }) => message + hint).join()).not.toContain('s3cret');
  });
});
