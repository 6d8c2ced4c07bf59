import { createHmac, generateKeyPairSync, sign as signWith, type KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

// Forged tokens, as tools that attack JSON Web Tokens make them, and a few more.

/** What forgeries are made of: what is public, a token that is good, and the keys of the issuer for what it signed for another purpose. */
export interface Forge {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly rsa: KeyObject;
  readonly ec: KeyObject;
  readonly ed: KeyObject;
  /** As the issuer's key set shows it. */
  readonly rsaPublic: KeyObject;
  /** A token that is good. */
  readonly good: string;
}

export interface Forgery {
  readonly name: string;
  /** What the operator reads. */
  readonly code: string;
  readonly make: (forge: Forge) => string;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A JWS of any header and payload, each an object or the text itself. */
export function jws(header: unknown, payload: unknown, signed: (input: string) => Buffer | string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = signed(input);
  return `${input}.${typeof signature === 'string' ? signature : signature.toString('base64url')}`;
}

export const rs256 = (key: KeyObject) => (input: string) => signWith('sha256', Buffer.from(input), key);
const es256 = (key: KeyObject) => (input: string) =>
  signWith('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const eddsa = (key: KeyObject) => (input: string) => signWith(null, Buffer.from(input), key);
const hmac = (hash: string, secret: string | Buffer) => (input: string) =>
  createHmac(hash, secret).update(input).digest();
const literally = (signature: string | Buffer) => () => signature;

const eve = generateKeyPairSync('rsa', { modulusLength: 2048 });
const eveEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const eveJwk = { ...eve.publicKey.export({ format: 'jwk' }), kid: 'r', use: 'sig', alg: 'RS256' };

const SIGNED = { alg: 'RS256', kid: 'r', typ: 'JWT' };

function parts(token: string): readonly [string, string, string] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
}

/** A good signature under a header or over a payload that it must not carry: the issuer's own word, for something else. */
const bySigner = (name: string, code: string, header: object, claims: object = {}): Forgery => ({
  name,
  code,
  make: (forge) => jws({ ...SIGNED, ...header }, { ...forge.claims, ...claims }, rs256(forge.rsa)),
});
/** Signed by the attacker. */
const byEve = (name: string, code: string, header: object): Forgery => ({
  name,
  code,
  make: ({ claims }) => jws({ ...SIGNED, ...header }, claims, rs256(eve.privateKey)),
});

const UNSIGNED: readonly Forgery[] = [
  ...['none', 'None', 'NONE', 'nOnE', 'nonE', 'noNe', 'none ', ' none', 'none\0', 'nоne', 'null', ''].flatMap((alg) => [
    {
      name: `alg ${JSON.stringify(alg)} and no signature`,
      code: 'AUTHN_TOKEN_MALFORMED',
      make: ({ claims }: Forge) => jws({ ...SIGNED, alg }, claims, literally('')),
    },
    {
      name: `alg ${JSON.stringify(alg)} and any signature`,
      code: 'AUTHN_TOKEN_ALGORITHM',
      make: ({ claims }: Forge) => jws({ ...SIGNED, alg }, claims, literally('AAAA')),
    },
  ]),
  ...[null, true, 0, [], ['none'], ['RS256'], { alg: 'RS256' }].map((alg) => ({
    name: `alg ${JSON.stringify(alg)}, which is no text`,
    code: 'AUTHN_TOKEN_ALGORITHM',
    make: ({ claims }: Forge) => jws({ ...SIGNED, alg }, claims, literally('AAAA')),
  })),
  {
    name: 'no alg at all, under the signature of a good token',
    code: 'AUTHN_TOKEN_ALGORITHM',
    make: ({ claims, rsa }) => jws({ kid: 'r', typ: 'JWT' }, claims, rs256(rsa)),
  },
  {
    name: 'a good token without its signature',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ good }) => `${parts(good)[0]}.${parts(good)[1]}.`,
  },
  {
    name: 'a good token without its signature and the dot before it',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ good }) => `${parts(good)[0]}.${parts(good)[1]}`,
  },
  {
    name: 'a good signature under changed claims',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ good, claims }) => `${parts(good)[0]}.${encode({ ...claims, sub: 'admin' })}.${parts(good)[2]}`,
  },
  {
    name: 'half of a good signature',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ good }) =>
      `${parts(good)[0]}.${parts(good)[1]}.${Buffer.from(parts(good)[2], 'base64url').subarray(0, 128).toString('base64url')}`,
  },
];

const CONFUSED: readonly Forgery[] = (['sha256', 'sha384', 'sha512'] as const).flatMap((hash) =>
  (
    [
      ['PEM', (key) => String(key.export({ type: 'spki', format: 'pem' }))],
      ['PEM without the last line end', (key) => String(key.export({ type: 'spki', format: 'pem' })).trim()],
      ['PEM with CRLF', (key) => String(key.export({ type: 'spki', format: 'pem' })).replaceAll('\n', '\r\n')],
      ['PEM in one line', (key) => String(key.export({ type: 'spki', format: 'pem' })).replaceAll('\n', '')],
      ['PEM of PKCS #1', (key) => String(key.export({ type: 'pkcs1', format: 'pem' }))],
      ['DER', (key) => key.export({ type: 'spki', format: 'der' })],
      ['JWK', (key) => JSON.stringify(key.export({ format: 'jwk' }))],
      ['modulus', (key) => key.export({ format: 'jwk' }).n ?? ''],
      ['modulus as bytes', (key) => Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url')],
    ] satisfies readonly (readonly [string, (key: KeyObject) => string | Buffer])[]
  ).map(([form, secret]) => ({
    name: `an HMAC of ${hash} under the issuer's public key, as ${form}`,
    code: 'AUTHN_TOKEN_ALGORITHM',
    make: ({ claims, rsaPublic }: Forge) =>
      jws({ ...SIGNED, alg: `HS${hash.slice(3)}` }, claims, hmac(hash, secret(rsaPublic))),
  })),
);

const GUESSED: readonly Forgery[] = ['', 'secret', 'your-256-bit-secret', '\0', 'null', 'undefined'].map((secret) => ({
  name: `an HMAC under the secret ${JSON.stringify(secret)}`,
  code: 'AUTHN_TOKEN_ALGORITHM',
  make: ({ claims }: Forge) => jws({ ...SIGNED, alg: 'HS256' }, claims, hmac('sha256', secret)),
}));

const KEYS_OF_THEIR_OWN: readonly Forgery[] = [
  byEve('a key in the header (jwk)', 'AUTHN_TOKEN_KEY_EMBEDDED', { jwk: eveJwk }),
  byEve('a key set in the header (jwks)', 'AUTHN_TOKEN_SIGNATURE', { jwks: { keys: [eveJwk] } }),
  byEve('a link to a key set (jku)', 'AUTHN_TOKEN_KEY_EMBEDDED', { jku: 'https://evil.example/jwks.json' }),
  byEve('a link to a key set behind a redirect of the issuer', 'AUTHN_TOKEN_KEY_EMBEDDED', {
    jku: 'https://id.example.com/redirect?to=https://evil.example/jwks.json',
  }),
  byEve('a link to a metadata service', 'AUTHN_TOKEN_KEY_EMBEDDED', { jku: 'http://169.254.169.254/latest/' }),
  byEve('a link to a certificate (x5u)', 'AUTHN_TOKEN_KEY_EMBEDDED', { x5u: 'https://evil.example/chain.pem' }),
  byEve('a certificate in the header (x5c)', 'AUTHN_TOKEN_SIGNATURE', {
    x5c: [eve.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
  }),
  byEve('the thumbprint of another certificate', 'AUTHN_TOKEN_SIGNATURE', {
    x5t: encode('x'),
    'x5t#S256': encode('y'),
  }),
  bySigner("the issuer's own signature beside a key in the header", 'AUTHN_TOKEN_KEY_EMBEDDED', { jwk: {} }),
  byEve('another key under a known kid', 'AUTHN_TOKEN_SIGNATURE', {}),
  byEve('another key and no kid', 'AUTHN_TOKEN_SIGNATURE', { kid: undefined }),
  ...[
    '../../../../../../dev/null',
    '/dev/null',
    'file:///dev/null',
    'C:\\Windows\\win.ini',
    "' UNION SELECT 'key",
    "x' OR '1'='1",
    '| whoami',
    '$(sleep 10)',
    '/proc/sys/kernel/randomize_va_space',
    'https://evil.example/key.pem',
    '__proto__',
    'constructor',
    'toString',
    'R',
    'r ',
    'r\0',
    'r\0.pem',
    'ｒ',
    'ŕ',
    'r\u200b',
    '',
    '*',
    '%72',
    '${env:PATH}',
  ].map((kid) => byEve(`the kid ${JSON.stringify(kid)}`, 'AUTHN_TOKEN_KEY_UNKNOWN', { kid })),
  ...[0, true, ['r'], { kid: 'r' }].map((kid) =>
    byEve(`the kid ${JSON.stringify(kid)}`, 'AUTHN_TOKEN_MALFORMED', { kid }),
  ),
  byEve('a kid of 600 characters', 'AUTHN_TOKEN_MALFORMED', { kid: 'r'.repeat(600) }),
  {
    name: 'the key of one algorithm under the kid of another',
    code: 'AUTHN_TOKEN_KEY_UNKNOWN',
    make: ({ claims, ec }) => jws({ alg: 'ES256', kid: 'r' }, claims, es256(ec)),
  },
  {
    name: 'an ECDSA signature of another curve and key',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims }) => jws({ alg: 'ES256', kid: 'e' }, claims, es256(eveEc.privateKey)),
  },
  {
    name: 'PSS where the key set says RS256',
    code: 'AUTHN_TOKEN_ALGORITHM',
    make: ({ claims, rsa }) =>
      jws({ ...SIGNED, alg: 'PS256' }, claims, (input) =>
        signWith('sha256', Buffer.from(input), { key: rsa, padding: 6, saltLength: 32 }),
      ),
  },
  {
    name: 'an algorithm that is not of the policy, under the right key',
    code: 'AUTHN_TOKEN_ALGORITHM',
    make: ({ claims, rsa }) =>
      jws({ ...SIGNED, alg: 'RS512' }, claims, (input) => signWith('sha512', Buffer.from(input), rsa)),
  },
  {
    name: 'another hash than the algorithm says',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims, rsa }) => jws(SIGNED, claims, (input) => signWith('sha1', Buffer.from(input), rsa)),
  },
];

/** The order of P-256, and half of what follows from it: signatures that libraries have taken for good under any key. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
const PSYCHIC: readonly Forgery[] = (
  [
    ['r and s of zero (psychic)', Buffer.concat([ZERO, ZERO])],
    ['r of zero', Buffer.concat([ZERO, ONE])],
    ['s of zero', Buffer.concat([ONE, ZERO])],
    ['r and s of one', Buffer.concat([ONE, ONE])],
    ['r and s of the order', Buffer.concat([ORDER, ORDER])],
    ['r of the order', Buffer.concat([ORDER, ONE])],
    ['nothing but zeros, in the length of P-384', Buffer.alloc(96)],
    ['one byte', Buffer.from([0])],
    ['DER of zero and zero', Buffer.from('3006020100020100', 'hex')],
  ] as const
).map(([name, signature]) => ({
  name: `an ECDSA signature with ${name}`,
  code: 'AUTHN_TOKEN_SIGNATURE',
  make: ({ claims }) => jws({ alg: 'ES256', kid: 'e' }, claims, literally(signature)),
}));
const OTHER_SIGNATURES: readonly Forgery[] = [
  {
    name: 'a good ECDSA signature in DER',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims, ec }) =>
      jws({ alg: 'ES256', kid: 'e' }, claims, (input) => signWith('sha256', Buffer.from(input), ec)),
  },
  {
    name: 'an EdDSA signature of zeros',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims }) => jws({ alg: 'EdDSA', kid: 'd' }, claims, literally(Buffer.alloc(64))),
  },
  {
    name: 'an EdDSA signature with bytes behind it',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims, ed }) =>
      jws({ alg: 'EdDSA', kid: 'd' }, claims, (input) => Buffer.concat([eddsa(ed)(input), Buffer.from([0])])),
  },
  {
    name: 'an RSA signature with a zero in front',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims, rsa }) => jws(SIGNED, claims, (input) => Buffer.concat([Buffer.from([0]), rs256(rsa)(input)])),
  },
  {
    name: 'an RSA signature of the number one',
    code: 'AUTHN_TOKEN_SIGNATURE',
    make: ({ claims }) => jws(SIGNED, claims, literally(Buffer.concat([Buffer.alloc(255), Buffer.from([1])]))),
  },
];

const FORMS: readonly Forgery[] = [
  bySigner('crit with a known name', 'AUTHN_TOKEN_CRITICAL', { crit: ['exp'], exp: 1 }),
  bySigner('crit with an unknown name', 'AUTHN_TOKEN_CRITICAL', { crit: ['bork'], bork: true }),
  bySigner('crit that is empty', 'AUTHN_TOKEN_CRITICAL', { crit: [] }),
  bySigner('b64 false beside crit', 'AUTHN_TOKEN_CRITICAL', { b64: false, crit: ['b64'] }),
  bySigner('b64 false without crit', 'AUTHN_TOKEN_CRITICAL', { b64: false }),
  {
    name: 'a payload that is not encoded (b64 false)',
    code: 'AUTHN_CREDENTIAL_MALFORMED',
    make: ({ claims, rsa }) => {
      const header = encode({ ...SIGNED, b64: false, crit: ['b64'] });
      const payload = JSON.stringify(claims).replaceAll('.', '');
      return `${header}.${payload}.${rs256(rsa)(`${header}.${payload}`).toString('base64url')}`;
    },
  },
  {
    name: 'a token inside of a token (cty JWT)',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ good, rsa }) => jws({ ...SIGNED, cty: 'JWT' }, good, rs256(rsa)),
  },
  {
    name: 'an encrypted token (JWE)',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: () => [encode({ alg: 'dir', enc: 'A256GCM' }), '', encode('iv'), encode('text'), encode('tag')].join('.'),
  },
  {
    name: 'an encrypted token that inflates to ten megabytes',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims }) =>
      [
        encode({ alg: 'RSA-OAEP-256', enc: 'A256GCM', zip: 'DEF', kid: 'r' }),
        encode('key'),
        encode('iv'),
        deflateRawSync(Buffer.alloc(4 * 1024 * 1024, JSON.stringify(claims)))
          .subarray(0, 4_000)
          .toString('base64url'),
        encode('tag'),
      ].join('.'),
  },
  {
    name: 'an encrypted token that asks for a million rounds of PBES2',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: () =>
      [
        encode({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA' }),
        'AA',
        'AA',
        'AA',
        'AA',
      ].join('.'),
  },
  {
    name: 'zip under a signature',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => {
      const header = encode({ ...SIGNED, zip: 'DEF' });
      const payload = deflateRawSync(JSON.stringify(claims)).toString('base64url');
      return `${header}.${payload}.${rs256(rsa)(`${header}.${payload}`).toString('base64url')}`;
    },
  },
  {
    name: 'a second alg in the header, which some parsers take',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws('{"alg":"none","alg":"RS256","kid":"r"}', claims, rs256(rsa)),
  },
  {
    name: 'a second alg in another spelling',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws('{"alg":"RS256","\\u0061lg":"none","kid":"r"}', claims, rs256(rsa)),
  },
  {
    name: 'a second sub, which some parsers take',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws(SIGNED, JSON.stringify(claims).replace('{', '{"sub":"admin",'), rs256(rsa)),
  },
  {
    name: 'a header with a byte order mark',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws(`\uFEFF${JSON.stringify(SIGNED)}`, claims, rs256(rsa)),
  },
  {
    name: 'a header with something behind it',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws(`${JSON.stringify(SIGNED)}{}`, claims, rs256(rsa)),
  },
  {
    name: 'a header that is a list',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws([SIGNED], claims, rs256(rsa)),
  },
  {
    name: 'claims that are a list',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ claims, rsa }) => jws(SIGNED, [claims], rs256(rsa)),
  },
  {
    name: 'claims nested a thousand deep',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ rsa }) => jws(SIGNED, `${'['.repeat(1_000)}${']'.repeat(1_000)}`, rs256(rsa)),
  },
  {
    name: 'the JSON form of a token',
    code: 'AUTHN_CREDENTIAL_MALFORMED',
    make: ({ good }) =>
      JSON.stringify({ payload: parts(good)[1], protected: parts(good)[0], signature: parts(good)[2] }).replaceAll(
        ' ',
        '',
      ),
  },
  { name: 'a good token with = behind it', code: 'AUTHN_TOKEN_MALFORMED', make: ({ good }) => `${good}=` },
  { name: 'a good token with == behind it', code: 'AUTHN_TOKEN_MALFORMED', make: ({ good }) => `${good}==` },
  { name: 'a good token with a dot behind it', code: 'AUTHN_TOKEN_MALFORMED', make: ({ good }) => `${good}.` },
  { name: 'a good token with a dot in front', code: 'AUTHN_TOKEN_MALFORMED', make: ({ good }) => `.${good}` },
  {
    name: 'a good token with white space in it',
    code: 'AUTHN_CREDENTIAL_MALFORMED',
    make: ({ good }) => good.replace('.', '. '),
  },
  {
    name: 'a good token in plain base64',
    code: 'AUTHN_TOKEN_MALFORMED',
    make: ({ good }) =>
      `${parts(good)[0]}.${parts(good)[1]}.${Buffer.from(parts(good)[2], 'base64url').toString('base64')}`,
  },
  {
    name: 'a good token whose last character has unused bits set',
    code: 'AUTHN_TOKEN_MALFORMED',
    make({ good }) {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return good.slice(0, -1) + (alphabet[(alphabet.indexOf(good.at(-1) ?? '') ^ 1) % 64] ?? '');
    },
  },
  {
    name: 'a good token twice, with a comma',
    code: 'AUTHN_CREDENTIAL_MALFORMED',
    make: ({ good }) => `${good},${good}`,
  },
  { name: 'a token of 9000 bytes', code: 'AUTHN_TOKEN_TOO_LARGE', make: ({ good }) => good + 'A'.repeat(9_000) },
];

const TAKEN_FOR_ANOTHER: readonly Forgery[] = [
  ...[
    'logout+jwt',
    'application/logout+jwt',
    'LOGOUT+JWT',
    'dpop+jwt',
    'secevent+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
    'client-authentication+jwt',
    'kb+jwt',
    'id_token+jwt',
    'refresh+jwt',
  ].map((typ) => bySigner(`a good signature under the type ${typ}`, 'AUTHN_TOKEN_TYPE', { typ })),
  ...[null, 0, ['at+jwt'], {}].map((typ) => bySigner(`the type ${JSON.stringify(typ)}`, 'AUTHN_TOKEN_TYPE', { typ })),
  bySigner(
    'a logout token without a type',
    'AUTHN_TOKEN_TYPE',
    { typ: undefined },
    {
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    },
  ),
  bySigner('the ID token of a client', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: 'app', nonce: 'n', at_hash: 'h' }),
  bySigner('the token of another API', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: 'other' }),
  bySigner('an audience that begins like ours', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: 'api ' }),
  bySigner('an audience in capitals', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: 'API' }),
  bySigner('an audience inside of an object', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: { api: 'api' } }),
  bySigner('audiences of which one is no text', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: ['api', 1] }),
  bySigner('audiences in a list in a list', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: [['api']] }),
  bySigner('no audience', 'AUTHN_TOKEN_AUDIENCE', {}, { aud: undefined }),
  bySigner('subjects in a list', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { sub: ['alice', 'admin'] }),
  bySigner('a subject that is a number', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { sub: 1 }),
  bySigner('a subject that is an object', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { sub: { $ne: null } }),
  bySigner('no subject', 'AUTHN_TOKEN_CLAIM_MISSING', {}, { sub: undefined }),
  bySigner('issuers in a list', 'AUTHN_TOKEN_ISSUER', {}, { iss: ['https://id.example.com/'] }),
  bySigner('an issuer without its slash', 'AUTHN_TOKEN_ISSUER', {}, { iss: 'https://id.example.com' }),
  bySigner(
    'an issuer with a name before the host',
    'AUTHN_TOKEN_ISSUER',
    {},
    { iss: 'https://id.example.com/@evil.example' },
  ),
  bySigner('another issuer', 'AUTHN_TOKEN_ISSUER', {}, { iss: 'https://evil.example/' }),
  bySigner('no issuer', 'AUTHN_TOKEN_ISSUER', {}, { iss: undefined }),
  bySigner('no end', 'AUTHN_TOKEN_CLAIM_MISSING', {}, { exp: undefined }),
  bySigner('an end that is past', 'AUTHN_TOKEN_EXPIRED', {}, { exp: 1 }),
  bySigner('an end that is text', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { exp: '9999999999' }),
  bySigner('an end that no clock reaches', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { exp: 1e300 }),
  bySigner('an end before the beginning of time', 'AUTHN_TOKEN_CLAIM_INVALID', {}, { exp: -1 }),
  bySigner('a beginning that is to come', 'AUTHN_TOKEN_NOT_YET_VALID', {}, { nbf: 9_999_999_999 }),
  bySigner('made in the future', 'AUTHN_TOKEN_NOT_YET_VALID', {}, { iat: 9_999_999_999 }),
  bySigner('bound to a key that is not shown', 'AUTHN_TOKEN_BOUND', {}, { cnf: { jkt: 'x' } }),
  bySigner('bound in a way that nobody knows', 'AUTHN_TOKEN_BOUND', {}, { cnf: { kid: 'x' } }),
];

export const FORGERIES: readonly Forgery[] = [
  ...UNSIGNED,
  ...CONFUSED,
  ...GUESSED,
  ...KEYS_OF_THEIR_OWN,
  ...PSYCHIC,
  ...OTHER_SIGNATURES,
  ...FORMS,
  ...TAKEN_FOR_ANOTHER,
];
