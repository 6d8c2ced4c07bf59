/** Parts of schemas that the document of the admin API is made of. */
export const TEXT = { type: 'string' };
const TIME = { type: ['string', 'null'], format: 'date-time' };
export const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000-\\u0020\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$',
};
export const ID = { type: 'string', pattern: '^[\\x21-\\x7e]{1,256}$' };
const SCOPES = {
  type: 'array',
  maxItems: 1000,
  items: { type: 'string', pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,256}$' },
};
const LIMITS = {
  type: 'array',
  maxItems: 4,
  items: { type: 'string', maxLength: 64 },
  description:
    'Limits of its own, beside those of the policy, each of another window: 100/m, 5000/d fixed-window, 50/s token-bucket, 50/s burst 100. Empty: none.',
};
export const list = (items: object): object => ({ type: 'array', items });
export const closed = (properties: Readonly<Record<string, object>>, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const KEY_PROPERTIES = {
  id: TEXT,
  scheme: TEXT,
  hint: { type: ['string', 'null'] },
  owner: TEXT,
  contact: { type: ['string', 'null'] },
  subject: TEXT,
  scopes: list(TEXT),
  roles: list(TEXT),
  addresses: list(TEXT),
  attributes: { type: 'object', additionalProperties: true },
  state: { enum: ['active', 'revoked', 'expired'] },
  created: TIME,
  expires: TIME,
  revoked: TIME,
  lastUsed: TIME,
  replaces: { type: ['string', 'null'] },
  limits: list(TEXT),
};

/** What goes in and out of the admin API, by name. Nothing else does. */
export const SCHEMAS = {
  Key: closed(KEY_PROPERTIES, ['id', 'scheme', 'owner', 'state']),
  NewbornKey: closed({ ...KEY_PROPERTIES, key: { type: 'string', description: 'The key itself; shown this once.' } }, [
    'id',
    'key',
  ]),
  KeyWish: closed(
    {
      id: ID,
      scheme: { type: 'string', description: 'Needed where several security schemes have their keys in the store.' },
      owner: NAME,
      subject: { ...NAME, description: 'Who it stands for; the owner where absent.' },
      contact: NAME,
      scopes: SCOPES,
      roles: SCOPES,
      addresses: { type: 'array', maxItems: 100, items: { type: 'string', maxLength: 64 } },
      attributes: { type: 'object', maxProperties: 100, additionalProperties: { type: 'string', maxLength: 1024 } },
      limits: LIMITS,
      expires: { ...TIME, description: 'Null for never; a year from now where absent.' },
      environment: { type: 'string', pattern: '^[a-z0-9]{1,16}$' },
    },
    ['owner'],
  ),
  KeyLimits: closed({ limits: LIMITS }, ['limits']),
  Rotation: closed({
    overlap: {
      type: 'string',
      maxLength: 20,
      description: 'How long the old key goes on working, such as 24h; 7d where absent.',
    },
    id: ID,
    expires: TIME,
  }),
  Revocation: closed(
    {
      id: TEXT,
      kind: TEXT,
      state: { enum: ['active', 'lifted', 'expired'] },
      value: { type: ['string', 'null'] },
      issuer: { type: ['string', 'null'] },
      at: TIME,
      expires: TIME,
      reason: { type: ['string', 'null'] },
    },
    ['id', 'kind', 'state'],
  ),
  RevocationWish: closed({
    token: { type: 'string', minLength: 1, maxLength: 65_536, description: 'One token; it is not kept.' },
    jti: NAME,
    subject: NAME,
    certificate: { type: 'string', maxLength: 200, description: 'A serial number in hexadecimal.' },
    certificatePem: { type: 'string', maxLength: 20_000 },
    issuer: {
      ...NAME,
      description: 'With jti and subject: only of this issuer or scheme; with certificate: the authority.',
    },
    reason: NAME,
    expires: { type: 'string', format: 'date-time' },
  }),
  Session: closed(
    {
      id: TEXT,
      scheme: TEXT,
      subject: TEXT,
      issuer: TEXT,
      state: { enum: ['active', 'expired', 'ended'] },
      created: TIME,
      lastSeen: TIME,
      expires: TIME,
      ended: TIME,
      renewals: { type: 'integer', description: 'How often the tokens behind it were renewed.' },
    },
    ['id', 'scheme', 'subject', 'issuer', 'state'],
  ),
  Whose: closed({ subject: NAME }, ['subject']),
  AuditEntry: closed(
    {
      sequence: { type: 'integer' },
      at: TIME,
      actor: TEXT,
      act: TEXT,
      target: TEXT,
      details: true as unknown as object,
      previous: TEXT,
      hash: TEXT,
    },
    ['sequence', 'at', 'actor', 'act', 'target'],
  ),
  AuditReport: closed(
    {
      whole: { type: 'boolean' },
      entries: { type: 'integer' },
      head: closed({ sequence: { type: 'integer' }, hash: TEXT }),
      faults: list(closed({ sequence: { type: 'integer' }, fault: TEXT })),
    },
    ['whole', 'entries', 'head', 'faults'],
  ),
  Operation: closed(
    {
      id: TEXT,
      method: TEXT,
      paths: list(TEXT),
      tags: list(TEXT),
      deprecated: { type: 'boolean' },
      checks: list(closed({ rule: TEXT, mode: TEXT, lines: list(TEXT) })),
      off: list(TEXT),
    },
    ['id', 'method', 'paths', 'checks'],
  ),
  Status: closed(
    {
      ready: { type: 'boolean' },
      operations: { type: 'integer' },
      store: { enum: ['up', 'away'] },
      keys: { type: 'integer' },
      revocations: { type: ['integer', 'null'] },
      keySets: list(
        closed({ scheme: TEXT, state: TEXT, keys: { type: 'integer' }, lastError: { type: ['string', 'null'] } }),
      ),
    },
    ['ready', 'operations', 'store'],
  ),
  Problem: closed({ type: TEXT, title: TEXT, status: { type: 'integer' }, detail: TEXT }, ['title', 'status']),
};
