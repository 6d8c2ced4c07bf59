import { ADMIN_SCOPES, type AdminScope } from './admin-scopes.ts';

/** What proves an administrator, as far as the policy has it. */
export interface AdminCredentials {
  readonly keys: boolean;
  readonly tokens: boolean;
  /** True where metrics ask for a credential. */
  readonly metrics: boolean;
}

/** The header that admin keys come in. A page of a browser cannot be made to send it unasked. */
export const ADMIN_KEY_HEADER = 'X-Sallyport-Key';

const TEXT = { type: 'string' };
const TIME = { type: ['string', 'null'], format: 'date-time' };
const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000-\\u0020\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$',
};
const ID = { type: 'string', pattern: '^[\\x21-\\x7e]{1,256}$' };
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
const list = (items: object): object => ({ type: 'array', items });
const closed = (properties: Readonly<Record<string, object>>, required: readonly string[] = []): object => ({
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

const SCHEMAS = {
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

type SchemaName = keyof typeof SCHEMAS;
const ref = (name: SchemaName): object => ({ $ref: `#/components/schemas/${name}` });
const page = (name: string, of: SchemaName, next: object): object =>
  closed({ [name]: list(ref(of)), next }, [name, 'next']);
const NEXT_ID = { type: ['string', 'null'] };
const NEXT_NUMBER = { type: ['integer', 'null'] };
const LIMIT = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } };
const AFTER_ID = { name: 'after', in: 'query', schema: ID };
const AFTER_NUMBER = { name: 'after', in: 'query', schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999 } };
const SUBJECT = { name: 'subject', in: 'query', schema: { type: 'string', minLength: 1, maxLength: 256 } };
const PATH_ID = { name: 'id', in: 'path', required: true, schema: ID };

interface Offer {
  readonly id: string;
  readonly summary: string;
  readonly scope: AdminScope | null;
  readonly parameters?: readonly object[];
  readonly body?: SchemaName;
  readonly answer: object;
  readonly status?: 201;
}

const OFFERS: Readonly<Record<string, Readonly<Record<string, Offer>>>> = {
  '/v1/keys': {
    get: {
      id: 'sallyport.keys.list',
      summary: 'List keys in the order of their ids',
      scope: 'keys:read',
      parameters: [AFTER_ID, LIMIT],
      answer: page('keys', 'Key', NEXT_ID),
    },
    post: {
      id: 'sallyport.keys.create',
      summary: 'Make a key and show it, once',
      scope: 'keys:write',
      body: 'KeyWish',
      answer: ref('NewbornKey'),
      status: 201,
    },
  },
  '/v1/keys/{id}': {
    get: {
      id: 'sallyport.keys.show',
      summary: 'Show a key, but not the key itself',
      scope: 'keys:read',
      parameters: [PATH_ID],
      answer: ref('Key'),
    },
  },
  '/v1/keys/{id}/rotate': {
    post: {
      id: 'sallyport.keys.rotate',
      summary: 'Make the successor of a key; both work until the overlap ends',
      scope: 'keys:write',
      parameters: [PATH_ID],
      body: 'Rotation',
      answer: ref('NewbornKey'),
      status: 201,
    },
  },
  '/v1/keys/{id}/limits': {
    put: {
      id: 'sallyport.keys.limit',
      summary: 'Give a key limits of its own, and with it the keys that it is counted with, or take them away',
      scope: 'keys:write',
      parameters: [PATH_ID],
      body: 'KeyLimits',
      answer: closed({ id: TEXT, limits: list(TEXT), keys: list(TEXT) }, ['id', 'limits', 'keys']),
    },
  },
  '/v1/keys/{id}/revoke': {
    post: {
      id: 'sallyport.keys.revoke',
      summary: 'Revoke a key for good',
      scope: 'keys:write',
      parameters: [PATH_ID],
      answer: closed({ id: TEXT, revoked: { type: 'boolean' } }),
    },
  },
  '/v1/revocations': {
    get: {
      id: 'sallyport.revocations.list',
      summary: 'List what is revoked',
      scope: 'revocations:read',
      parameters: [AFTER_ID, LIMIT],
      answer: page('revocations', 'Revocation', NEXT_ID),
    },
    post: {
      id: 'sallyport.revocations.create',
      summary: 'Revoke a token, a subject or a certificate',
      scope: 'revocations:write',
      body: 'RevocationWish',
      answer: ref('Revocation'),
      status: 201,
    },
  },
  '/v1/revocations/{id}/lift': {
    post: {
      id: 'sallyport.revocations.lift',
      summary: 'Take a revocation back',
      scope: 'revocations:write',
      parameters: [PATH_ID],
      answer: closed({ id: TEXT, lifted: { type: 'boolean' } }),
    },
  },
  '/v1/sessions': {
    get: {
      id: 'sallyport.sessions.list',
      summary: 'List sessions of browsers, of one subject or of all',
      scope: 'sessions:read',
      parameters: [AFTER_ID, LIMIT, SUBJECT],
      answer: page('sessions', 'Session', NEXT_ID),
    },
  },
  '/v1/sessions/revoke': {
    post: {
      id: 'sallyport.sessions.revokeAll',
      summary: 'End every session of a subject; it may log in again',
      scope: 'sessions:write',
      body: 'Whose',
      answer: closed({ subject: TEXT, revoked: { type: 'integer' } }),
    },
  },
  '/v1/sessions/{id}/revoke': {
    post: {
      id: 'sallyport.sessions.revoke',
      summary: 'End a session for good',
      scope: 'sessions:write',
      parameters: [PATH_ID],
      answer: closed({ id: TEXT, revoked: { type: 'boolean' } }),
    },
  },
  '/v1/audit-trail': {
    get: {
      id: 'sallyport.audit.list',
      summary: 'List the rows of the audit trail, the oldest first',
      scope: 'audit:read',
      parameters: [AFTER_NUMBER, LIMIT],
      answer: page('entries', 'AuditEntry', NEXT_NUMBER),
    },
  },
  '/v1/audit-trail/verification': {
    get: {
      id: 'sallyport.audit.verify',
      summary: 'Tell every row that was changed, removed or put elsewhere',
      scope: 'audit:read',
      parameters: [{ name: 'head', in: 'query', schema: { type: 'string', pattern: '^[0-9]{1,15}:[0-9a-f]{64}$' } }],
      answer: ref('AuditReport'),
    },
  },
  '/v1/operations': {
    get: {
      id: 'sallyport.operations.list',
      summary: 'List the operations of the API and what is checked on each',
      scope: 'plan:read',
      parameters: [AFTER_NUMBER, LIMIT],
      answer: page('operations', 'Operation', NEXT_NUMBER),
    },
  },
  '/v1/status': {
    get: { id: 'sallyport.status', summary: 'How the gateway is', scope: 'status:read', answer: ref('Status') },
  },
  '/v1/openapi.json': {
    get: {
      id: 'sallyport.document',
      summary: 'This document',
      scope: null,
      answer: { type: 'object', additionalProperties: true },
    },
  },
};

/** The OpenAPI document of the admin API. Every operation asks for a credential; that a request comes from this machine is none. */
export function adminDocument({ keys, tokens, metrics }: AdminCredentials): object {
  const security = (scope: AdminScope | null): object[] => {
    const scopes = scope === null ? [] : [scope];
    return [...(keys ? [{ adminKey: scopes }] : []), ...(tokens ? [{ adminToken: scopes }] : [])];
  };
  const operation = ({ id, summary, scope, parameters, body, answer, status }: Offer): object => ({
    operationId: id,
    summary,
    security: security(scope),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: ref(body) } } } }),
    responses: {
      [status ?? 200]: { description: 'done', content: { 'application/json': { schema: answer } } },
      '4XX': { description: 'not done', content: { 'application/problem+json': { schema: ref('Problem') } } },
      503: {
        description: 'the store cannot be asked',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    },
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport administration',
      version: '1',
      description: `Scopes: ${Object.entries(ADMIN_SCOPES)
        .map(([scope, what]) => `\`${scope}\` ${what}`)
        .join('; ')}.`,
    },
    paths: {
      ...Object.fromEntries(
        Object.entries(OFFERS).map(([path, methods]) => [
          path,
          Object.fromEntries(Object.entries(methods).map(([method, offer]) => [method, operation(offer)])),
        ]),
      ),
      ...(metrics
        ? {
            '/metrics': {
              get: {
                operationId: 'sallyport.metrics',
                summary: 'Metrics as Prometheus reads them',
                security: security('status:read'),
                responses: { 200: { description: 'done', content: { 'text/plain': { schema: { type: 'string' } } } } },
              },
            },
          }
        : {}),
    },
    components: {
      securitySchemes: {
        ...(keys ? { adminKey: { type: 'apiKey', in: 'header', name: ADMIN_KEY_HEADER } } : {}),
        ...(tokens ? { adminToken: { type: 'http', scheme: 'bearer' } } : {}),
      },
      schemas: SCHEMAS,
    },
  };
}
