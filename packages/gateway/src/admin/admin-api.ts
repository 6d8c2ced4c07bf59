import type { AuthenticationPolicy, CounterPort, Plan, Policy } from '@sallyport/core';
import { ADMIN_SCHEME } from '../identity/stored-keys/key-life.ts';
import { adminDocument } from './admin-document.ts';
import { auditHandlers, operationHandlers } from './admin-views.ts';
import { createCertificatePorts } from '../tls/certificate-port.ts';
import { createProvedThumbprint } from '../tls/proved-thumbprint.ts';
import { createOwnApi } from '../own/own-api.ts';
import { json, telling } from './admin-answers.ts';
import { keyHandlers } from './admin-keys.ts';
import { knownRolesOf } from '../identity/known-roles.ts';
import { sessionHandlers } from './admin-sessions.ts';
import { revocationHandlers } from './admin-revocations.ts';
import type { DoorTls } from '../tls/load-door-tls.ts';
import type { AdminViews } from './health-exchange.ts';
import type { GuardedApi } from '../exchange/guarded-api.ts';
import type { Identity } from '../identity/identity.ts';
import type { OwnHandler } from '../own/own-upstream.ts';

const MAX_BODY_BYTES = 256 * 1024;

/** Keys of the store that are good for the admin API and for nothing else. */
const KEYS: AuthenticationPolicy = {
  kind: 'api-key',
  keys: { from: 'store' },
  allowInQuery: false,
  forwardCredential: false,
  place: null,
};

/**
 * The admin API of a policy, guarded by its own plan: credentials, scopes, limits, and the schemas of its document both ways. Null where it is off, or where
 * the store is not opened for anything.
 */
export function createAdminApi(
  policy: Policy,
  plan: Plan,
  identity: Identity,
  counters: CounterPort,
  shared: Pick<GuardedApi, 'life'>,
  tls: DoorTls | null,
  views: AdminViews,
): GuardedApi | null {
  const { admin } = policy;
  const { storedKeys } = identity;
  if (admin === null || admin.api === 'off' || storedKeys === null) return null;
  const { store, directory } = storedKeys;
  const { revocations } = identity;
  const schemes = [...policy.authentication].flatMap(([scheme, entry]) =>
    entry.kind === 'api-key' && entry.keys.from === 'store' && plan.document.securitySchemes.has(scheme)
      ? [scheme]
      : [],
  );
  const tokens = admin.tokens ?? null;
  const checker = tls?.clients?.checker ?? null;
  const certificates = checker === null ? null : (admin.certificates ?? null);
  const tokenPort = identity.tokens.get(ADMIN_SCHEME);
  const document = adminDocument({
    keys: true,
    tokens: tokens !== null,
    certificates: certificates !== null,
    metrics: admin.metrics === 'credential',
  });
  const handlers = new Map<string, OwnHandler>([
    ...keyHandlers(store, schemes, knownRolesOf(policy, plan.document)),
    ...revocationHandlers(store, policy),
    ...sessionHandlers(store),
    ...auditHandlers(store),
    ...operationHandlers(plan),
    [
      'sallyport.status',
      () =>
        json({
          ready: views.readiness().ready,
          operations: plan.operations.length,
          store: directory.up ? 'up' : 'away',
          keys: directory.size,
          revocations: revocations?.size ?? null,
          keySets: identity.status().map(({ scheme, state, keys, lastError }) => ({ scheme, state, keys, lastError })),
        }),
    ],
    ['sallyport.document', () => json(document)],
    [
      'sallyport.metrics',
      async () => ({
        status: 200,
        headers: ['Content-Type', 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control', 'no-store'],
        body: await views.metrics(),
      }),
    ],
  ]);
  return createOwnApi({
    name: 'admin.json',
    document,
    policy: {
      authentication: new Map<string, AuthenticationPolicy>([
        ['adminKey', KEYS],
        ...(tokens === null ? [] : [['adminToken', tokens] as const]),
        ...(certificates === null ? [] : [['adminCertificate', certificates] as const]),
      ]),
      securityHeaders: policy.securityHeaders,
      requests: { ...policy.requests, maxBodyBytes: MAX_BODY_BYTES, unknownParameters: 'refuse' },
      limits: [
        {
          name: 'own-admin-requests',
          by: { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 },
          algorithm: 'token-bucket',
          limit: 20,
          windowMs: 1000,
          burst: 200,
          operations: null,
          perOperation: false,
          mode: null,
          place: null,
        },
      ],
    },
    ports: {
      tokens: new Map(tokenPort === undefined ? [] : [['adminToken', tokenPort]]),
      apiKeys: new Map([['adminKey', directory.port(ADMIN_SCHEME)]]),
      passwords: new Map(),
      ...(checker === null || certificates === null
        ? {}
        : {
            certificates: createCertificatePorts(
              { authentication: new Map([['adminCertificate', certificates]]) },
              checker,
              revocations,
            ),
          }),
      counters,
    },
    handlers: new Map([...handlers].map(([id, handler]) => [id, telling(handler)])),
    life: shared.life,
    thumbprint: createProvedThumbprint(checker, revocations),
  });
}
