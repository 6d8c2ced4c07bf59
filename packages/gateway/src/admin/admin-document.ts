import { TEXT, ID, list, closed, SCHEMAS } from './admin-schemas.ts';
import { ADMIN_SCOPES, type AdminScope } from './admin-scopes.ts';

/** What proves an administrator, as far as the policy has it. */
export interface AdminCredentials {
  readonly keys: boolean;
  readonly tokens: boolean;
  readonly certificates?: boolean;
  /** True where metrics ask for a credential. */
  readonly metrics: boolean;
}

/** The header that admin keys come in. A page of a browser cannot be made to send it unasked. */
const ADMIN_KEY_HEADER = 'X-Sallyport-Key';

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
export function adminDocument({ keys, tokens, certificates = false, metrics }: AdminCredentials): object {
  const security = (scope: AdminScope | null): object[] => {
    const scopes = scope === null ? [] : [scope];
    return [
      ...(keys ? [{ adminKey: scopes }] : []),
      ...(tokens ? [{ adminToken: scopes }] : []),
      ...(certificates ? [{ adminCertificate: scopes }] : []),
    ];
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
        ...(certificates ? { adminCertificate: { type: 'mutualTLS' } } : {}),
      },
      schemas: SCHEMAS,
    },
  };
}
