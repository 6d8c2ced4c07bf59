import { inspect } from 'node:util';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';
import { joinPointer } from '../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { corpusPath } from '../testing/corpora.ts';
import { arbitraryFile } from '../testing/arbitrary-policy.ts';
import { type PolicyContext, parsePolicy } from './parse-policy.ts';
import type { Policy } from './policy.ts';
import { WITHIN_A_TEST } from '../testing/within-a-test.ts';

const NOTHING: PolicyContext = { environment: () => undefined, readFile: () => '' };

function parse(text: string, context: Partial<PolicyContext> = {}): Policy {
  return parsePolicy({ file: 'sallyport.yaml', text }, { ...NOTHING, ...context });
}

function problemsOf(run: () => unknown): readonly ConfigurationProblem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function codesOf(run: () => unknown): string[] {
  return problemsOf(run).map(({ code }) => code);
}

describe('parsePolicy', () => {
  it('gives the same safe defaults for no file, an empty file and a file of comments', () => {
    const { file: _, locate: __, ...defaults } = parsePolicy(null, NOTHING);
    for (const text of ['', '# nothing\n', '---\n', '{}']) expect(parse(text)).toMatchObject(defaults);
    expect(parsePolicy(null, NOTHING).file).toBeNull();
    expect(defaults).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080, tls: null },
      admin: { host: '127.0.0.1', port: 9090 },
      modes: { match: 'enforce', authentication: 'enforce', responses: 'enforce' },
      limits: [
        {
          name: 'default-address',
          by: { kind: 'address' },
          algorithm: 'token-bucket',
          limit: 50,
          windowMs: 1_000,
          burst: 100,
        },
      ],
      requests: {
        maxHeadBytes: 16_384,
        maxBodyBytes: 1_048_576,
        unknownParameters: 'refuse',
        unknownCookies: 'strip',
        readOnlyProperties: 'refuse',
        lookalikeNames: 'refuse',
      },
      responses: { undeclared: 'strip', invalid: 'block', unchecked: 'pass' },
      trustedProxies: [],
      cors: null,
      warnings: [],
    });
  });

  it('keeps the default limit unless limits is written, and then only those', () => {
    expect(parse('limits: []').limits).toEqual([]);
    expect(parse('limits: [{ by: key, rate: 5/s }]').limits.map(({ name }) => name)).toEqual(['key']);
    const own = parse('operations: { login: { limits: [{ limit: 5/min }] } }');
    expect(own.limits.map(({ name }) => name)).toEqual(['address-login', 'default-address']);
  });

  it('refuses a limit that takes the name of the default one', () => {
    expect(
      codesOf(() => parse('operations: { login: { limits: [{ name: default-address, limit: 5/min }] } }')),
    ).toEqual(['POLICY_DUPLICATE']);
  });

  it('names limits after what they count by, each differently', () => {
    const text =
      'limits: [{ rate: 5/s }, { rate: 6/s }, { by: claim:Tenant_Id, rate: 5/s }, { by: header:X-A, rate: 1/s, operations: [login] }, { name: address-2, rate: 7/s }]';
    expect(parse(text).limits.map(({ name }) => name)).toEqual([
      'address',
      'address-3',
      'claim-tenant-id',
      'header-x-a-login',
      'address-2',
    ]);
  });

  it('reads what is written into canonical units', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../../../conformance/policies/everything.yaml'), 'utf8');
    const policy = parse(text);
    expect(policy.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.7/32', 'fd00::/8', '10.1.2.3/32']);
    expect(policy.modes).toMatchObject({ match: 'enforce', authentication: 'enforce', limits: 'observe' });
    expect(policy.authentication.get('bearerAuth')).toMatchObject({
      kind: 'jwt',
      audiences: ['https://api.example.com', 'api'],
      keys: { from: 'file', path: 'jwks.json' },
      clockToleranceSeconds: 0,
      types: ['at+jwt', 'jwt'],
      claims: { subject: 'uid', scopes: 'scp', roles: 'groups' },
      maxTokenBytes: 4_096,
    });
    expect(policy.authentication.get('keyAuth')).toMatchObject({
      keys: {
        entries: [
          { id: 'ci', subject: 'build', attributes: { team: 'a', level: 3 }, expiresAtMs: Date.UTC(2030, 0, 1) },
        ],
      },
    });
    expect(policy.limits[0]).toMatchObject({
      name: 'clients',
      by: { ipv4Prefix: 24, ipv6Prefix: 48 },
      limit: 10,
      windowMs: 900_000,
      burst: 10,
      perOperation: true,
      mode: 'observe',
    });
    expect(policy.limits.at(-1)).toMatchObject({
      operations: ['login'],
      algorithm: 'sliding-window',
      limit: 5,
      windowMs: 60_000,
    });
    expect(policy.securityHeaders.own.has('x-frame-options')).toBe(false);
    expect(policy.securityHeaders.own.get('x-extra')).toBe('1');
    expect(policy.securityHeaders.passing.get('referrer-policy')).toBe('same-origin');
    expect(policy.admin).toBeNull();
    expect(policy.dataClasses.get('pii')).toEqual(new Set(['email']));
  });

  it('sends Strict-Transport-Security with TLS of its own only', () => {
    expect(parse('').securityHeaders.own.has('strict-transport-security')).toBe(false);
    expect(
      parse('listen: { tls: { certificate: c.pem, key: k.pem } }').securityHeaders.own.get('strict-transport-security'),
    ).toBe('max-age=63072000; includeSubDomains');
  });

  it.skipIf(corpusPath('headers_add.json') === null)(
    'sets no security header that the OWASP list does not name',
    () => {
      const listed = JSON.parse(readFileSync(corpusPath('headers_add.json') ?? '', 'utf8')) as {
        headers: { name: string }[];
      };
      const names = new Set(listed.headers.map(({ name }) => name.toLowerCase()));
      for (const name of parse('listen: { tls: { certificate: c.pem, key: k.pem } }').securityHeaders.own.keys())
        expect(names).toContain(name);
    },
  );

  it('is frozen, and says where its entries stand', () => {
    const policy = parse('\nlimits:\n  - { rate: 5/s }\noperations:\n  login: { cost: 2 }\n');
    for (const value of [
      policy,
      policy.listen,
      policy.upstream.tls,
      policy.requests,
      policy.limits,
      policy.limits[0],
      policy.operations.get('login'),
    ])
      expect(Object.isFrozen(value)).toBe(true);
    expect(policy.locate?.(policy.limits[0]?.place ?? null)).toEqual({ file: 'sallyport.yaml', line: 3, column: 5 });
    expect(policy.locate?.(policy.operations.get('login')?.place ?? null)).toEqual({
      file: 'sallyport.yaml',
      line: 5,
      column: 3,
    });
    expect(policy.locate?.(null)).toEqual({ file: 'sallyport.yaml', line: 0, column: 0 });
  });

  it('reports every problem at once, from top to bottom', () => {
    const problems = problemsOf(() =>
      parse('mode: on\nlisten: { prot: 1 }\nlimits: [{ by: x, rate: 5 }]\ncounters: "redis:"\n'),
    );
    expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '1 POLICY_VALUE',
      '2 POLICY_UNKNOWN_KEY',
      '3 POLICY_VALUE',
      '3 POLICY_UNIT',
      '4 POLICY_NOT_YET',
    ]);
  });
});

describe('overrides', () => {
  it('win over the file', () => {
    const overrides = {
      document: 'b.yaml',
      upstream: 'http://127.0.0.1:4000',
      host: '::1',
      port: 0,
      adminPort: 9191,
      mode: 'observe' as const,
    };
    const policy = parse(
      'api: a.yaml\nupstream: { url: http://127.0.0.1:1, connections: 3 }\nlisten: { port: 1 }\nadmin: off\nmodes: { limits: enforce }',
      { overrides },
    );
    expect(policy).toMatchObject({
      document: 'b.yaml',
      upstream: { url: 'http://127.0.0.1:4000', connections: 3 },
      listen: { host: '::1', port: 0 },
      admin: { port: 9191 },
      modes: { body: 'observe', limits: 'enforce' },
    });
    expect(parse('upstream: http://127.0.0.1:1', { overrides: { upstream: 'http://127.0.0.1:2' } }).upstream.url).toBe(
      'http://127.0.0.1:2',
    );
  });

  it('are judged like the file', () => {
    expect(problemsOf(() => parse('listen: { port: 1 }', { overrides: { host: '0.0.0.0' } }))).toMatchObject([
      { code: 'POLICY_LISTEN_EXPOSED', file: 'command line', line: 0 },
    ]);
    expect(
      codesOf(() =>
        parsePolicy(null, { ...NOTHING, overrides: { port: 70_000, adminPort: -1, upstream: 'http://a:b@c' } }),
      ),
    ).toEqual(['POLICY_RANGE', 'POLICY_RANGE', 'POLICY_SECRET_IN_URL']);
  });

  it('do not hide what is wrong in the file', () => {
    expect(codesOf(() => parse('listen: 5', { overrides: { port: 1 } }))).toEqual(['POLICY_TYPE']);
  });
});

describe('extensions of the document', () => {
  const context = (documentExtensions: JsonObject): Partial<PolicyContext> => ({
    documentExtensions,
    documentFile: 'openapi.yaml',
    locateInDocument: ({ file, pointer }) => ({ file, line: 7, column: pointer.length }),
  });

  it('say what the file could say, and the file wins member by member', () => {
    const policy = parse(
      'requests: { maxDepth: 5 }\nlimits: []',
      context({
        'x-sallyport': { requests: { maxDepth: 6, maxKeys: 7 }, limits: [{ rate: '5/s' }] },
        'x-sallyport-mode': 'observe',
        'x-other': 1,
      }),
    );
    expect(policy.requests).toMatchObject({ maxDepth: 5, maxKeys: 7 });
    expect(policy.limits).toEqual([]);
    expect(policy.modes.body).toBe('observe');
  });

  it('cannot say where Sallyport may connect', () => {
    const extensions = { 'x-sallyport-egress': { allow: ['10.0.0.0/8'] } };
    expect(problemsOf(() => parse('', context(extensions))).map(({ path, code }) => [path, code])).toEqual([
      ['/x-sallyport-egress', 'POLICY_CONTRADICTION'],
    ]);
  });

  it('are reported where they stand', () => {
    const extensions = {
      'x-sallyport': { listen: { hots: 1 } },
      'x-sallyport-mod': 'observe',
      'x-sallyport-requests': { maxDepth: 0 },
    };
    expect(
      problemsOf(() => parse('requests: { maxKeys: 5 }', context(extensions))).map(({ file, line, path, code }) => [
        file,
        line,
        path,
        code,
      ]),
    ).toEqual([
      ['openapi.yaml', 7, '/x-sallyport-mod', 'POLICY_UNKNOWN_KEY'],
      ['openapi.yaml', 7, '/x-sallyport/listen/hots', 'POLICY_UNKNOWN_KEY'],
      ['openapi.yaml', 7, '/x-sallyport-requests/maxDepth', 'POLICY_RANGE'],
    ]);
  });

  it('have their own place', () => {
    const policy = parse('', context({ 'x-sallyport-limits': [{ rate: '5/s' }] }));
    expect(policy.limits[0]?.place).toEqual({ file: 'openapi.yaml', pointer: '/x-sallyport-limits/0' });
    expect(policy.locate?.(policy.limits[0]?.place ?? null)).toEqual({
      file: 'openapi.yaml',
      line: 7,
      column: '/x-sallyport-limits/0'.length,
    });
  });

  it('never read the environment or files', () => {
    const read: string[] = [];
    const spying = {
      ...context({
        'x-sallyport': {
          upstream: 'http://127.0.0.1/${env:SECRET}',
          listen: { tls: { certificate: 'c', key: '${file:key}' } },
        },
      }),
      environment: (name: string) => read.push(name).toString(),
      readFile: (path: string) => read.push(path).toString(),
    };
    expect(codesOf(() => parse('', spying))).toEqual(['POLICY_REFERENCE_IN_DOCUMENT', 'POLICY_REFERENCE_IN_DOCUMENT']);
    expect(read).toEqual([]);
  });

  it.each([
    [{ 'x-sallyport': 'observe' }, 'POLICY_TYPE'],
    [{ 'x-sallyport': { mode: 'off' }, 'x-sallyport-mode': 'enforce' }, 'POLICY_STATED_TWICE'],
    [{ 'x-sallyport': { api: 'other.yaml' } }, 'POLICY_CONTRADICTION'],
  ])('%j is refused with %s', (extensions, code) => {
    expect(codesOf(() => parse('', context(extensions)))).toEqual([code]);
  });
});

describe('laws of policies', () => {
  it('parse_throws_nothing_but_a_configuration_error', () => {
    const word = fc.constantFrom(
      'api',
      'upstream',
      'listen',
      'tls',
      'mode',
      'limits',
      'authentication',
      'by',
      'rate',
      'keys',
      'operations',
      'cors',
      'origins',
      'x',
      '${env:A}',
      '${file:b}',
      '*',
      '&a',
      '!t',
      '5/s',
      '0',
    );
    const glue = fc.constantFrom(': ', '\n', '\n  ', '\n    - ', ', ', '{ ', ' }', '[', ']', '"', ' ');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(word, glue), { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (source) => void problemsOf(() => parse(source))),
      { numRuns: 400, ...WITHIN_A_TEST },
    );
  });

  it('parse_throws_nothing_but_a_configuration_error whatever JSON stands where', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
      fc.constant({}),
      fc.constant([null, 1, 'a']),
    );
    fc.assert(
      fc.property(arbitraryFile, fc.nat(), leaf, (file, seed, value) => {
        void problemsOf(() => parse(JSON.stringify(replaceOne(file, seed, value))));
      }),
      { numRuns: 400, ...WITHIN_A_TEST },
    );
  });

  it('unknown_key_never_ignored: a name that no setting has is refused wherever it stands', () => {
    fc.assert(
      fc.property(arbitraryFile, fc.nat(), (file, seed) => {
        const places = closedMaps(file, '');
        const place = places[seed % places.length] ?? '';
        const problems = problemsOf(() => parse(JSON.stringify(withUnknown(file, place))));
        expect(
          problems.filter(
            ({ code, path }) => code === 'POLICY_UNKNOWN_KEY' && path === joinPointer(place, 'zzUnknownZz'),
          ),
        ).toHaveLength(1);
      }),
      { numRuns: 250, ...WITHIN_A_TEST },
    );
  });

  it('generated_files_have_no_problem_of_shape', () => {
    fc.assert(
      fc.property(arbitraryFile, (file) => {
        const codes = codesOf(() => parse(JSON.stringify(file)));
        expect(
          codes.filter((code) =>
            ['POLICY_UNKNOWN_KEY', 'POLICY_TYPE', 'POLICY_UNIT', 'POLICY_RANGE', 'POLICY_SYNTAX'].includes(code),
          ),
        ).toEqual([]);
      }),
      { numRuns: 250, ...WITHIN_A_TEST },
    );
  });

  it('secrets_never_in_messages: what the environment and files hold is in no problem, warning or dump', () => {
    const canary = 'canary/5f0c:9d';
    const reading = { environment: () => canary, readFile: () => `-----BEGIN ${canary}-----` };
    fc.assert(
      fc.property(
        arbitraryFile,
        fc.nat(),
        fc.constantFrom(
          '${env:SECRET}',
          'x${env:SECRET}y',
          'https://${env:SECRET}',
          'https://${env:SECRET}@host',
          '${file:secret}',
        ),
        (file, seed, reference) => {
          const text = JSON.stringify(replaceOne(file, seed, reference));
          const problems = problemsOf(() => parse(text, reading));
          expect(JSON.stringify(problems)).not.toContain(canary);
          expect(inspect(problems)).not.toContain(canary);
        },
      ),
      { numRuns: 250, ...WITHIN_A_TEST },
    );
    const policy = parse('listen: { tls: { certificate: c, key: "${file:k}" } }', reading);
    expect(inspect(policy, { depth: 20, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(policy)).not.toContain(canary);
  });

  it('literals_never_in_messages: no message repeats a value of the file', () => {
    fc.assert(
      fc.property(arbitraryFile, fc.nat(), (file, seed) => {
        const changed = replaceOne(file, seed, 'hunter2 literal');
        expect(JSON.stringify(problemsOf(() => parse(JSON.stringify(changed))))).not.toContain('hunter2');
      }),
      { numRuns: 250, ...WITHIN_A_TEST },
    );
  });

  it('every golden policy gives the same problems whether it is read once or twice', () => {
    const folder = resolve(import.meta.dirname, '../../../../conformance/policies');
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
      const text = readFileSync(resolve(folder, name), 'utf8');
      expect(problemsOf(() => parse(text))).toEqual(problemsOf(() => parse(text)));
    }
  });
});

/** Pointers of maps whose names are all settings: the root, and maps below the known ones. */
function closedMaps(value: JsonValue, pointer: string): string[] {
  const open =
    /^\/(authentication|authorization\/roles|authentication\/[^/]+\/rolesFrom\/[^/]+|authentication\/[^/]+\/login\/parameters|admin\/certificates\/rolesFrom\/[^/]+|operations|authorization\/policies\/claims|data\/(?:classes|visible|writable|hidden|encrypt\/indexes|encrypt\/keys\/awsKms\/context)|securityHeaders\/(own|passing)|authentication\/[^/]+\/keys\/\d+\/attributes(\/.*)?|authorization\/ownership(\/[^/]+\/(lists|issuers|read\/headers))?)$/;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).flatMap((item, index) => closedMaps(item, joinPointer(pointer, index)));
  if (!isObject(value)) return [];
  return [
    ...(open.test(pointer) ? [] : [pointer]),
    ...Object.entries(value).flatMap(([name, member]) => closedMaps(member, joinPointer(pointer, name))),
  ];
}

function withUnknown(value: JsonValue, place: string, pointer = ''): JsonValue {
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) => withUnknown(item, place, joinPointer(pointer, index)));
  if (!isObject(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withUnknown(member, place, joinPointer(pointer, name))]),
  );
  return pointer === place ? { ...copy, zzUnknownZz: 1 } : copy;
}

/** Replaces one value of the file, the seed says which. */
function replaceOne(file: JsonValue, seed: number, replacement: JsonValue): JsonValue {
  const count = countValues(file);
  let left = seed % count;
  const walk = (value: JsonValue): JsonValue => {
    if (left-- === 0) return replacement;
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map(walk);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member)]))
      : value;
  };
  return walk(file);
}

function countValues(value: JsonValue): number {
  const inside = Array.isArray(value) ? (value as readonly JsonValue[]) : isObject(value) ? Object.values(value) : [];
  return inside.reduce((sum: number, member) => sum + countValues(member), 1);
}

describe('the example', () => {
  const file = resolve(import.meta.dirname, '../../../../examples/bank/sallyport.yaml');

  it.skipIf(!existsSync(file))('parses without a warning', () => {
    expect(parse(readFileSync(file, 'utf8')).warnings).toEqual([]);
  });
});
