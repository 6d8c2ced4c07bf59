import type { Route } from './call.ts';
import { lastNumber, ok } from './call.ts';
import { DATABASE_PASSWORD } from './state.ts';

/** Answered without asking who is there. */
export const PUBLIC_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/v1\/health$/,
    answer: () => ok({ status: 'up', node: process.version, build: 'harbour-1.4.2-7f3a' }),
  },
  {
    method: 'GET',
    path: /^\/v1\/branches$/,
    answer: (call) => {
      const city = call.query.get('city');
      const found = call.state.branches.filter((branch) => city === null || branch.city === city);
      // HOLE API4:2023: no highest limit, neither here nor in the document.
      return ok({ items: found.slice(0, lastNumber(call.query, 'limit', 20)) });
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/exchange-rates$/,
    answer: (call) => ({
      status: 200,
      // HOLE API10:2023: what the supplier of rates sends is passed on unread.
      body: { base: call.query.get('base') ?? 'EUR', rates: call.state.rates },
      headers: { 'Content-Language': call.query.get('lang') ?? 'en' },
    }),
  },
  // HOLE API8:2023: a debugging aid left in.
  { method: 'GET', path: /^\/debug\/env$/, answer: () => ok({ DATABASE_PASSWORD, NODE_ENV: 'development' }) },
  // HOLE API9:2023: the version before this one, switched off in the documentation only. It knew no tokens.
  {
    method: 'GET',
    path: /^\/v0\/accounts\/([^/]+)$/,
    answer: (call, id) => ok([...call.state.accounts.values()].find((account) => account.legacyId === id) ?? null),
  },
  // HOLE API9:2023: meant for the nightly job, reachable by everybody.
  { method: 'GET', path: /^\/v1\/internal\/export$/, answer: (call) => ok([...call.state.users.values()]) },
  {
    method: 'GET',
    path: /^\/\.well-known\/openid-configuration$/,
    answer: (call) =>
      ok({
        issuer: call.issuer,
        jwks_uri: `${call.issuer}/.well-known/jwks.json`,
        id_token_signing_alg_values_supported: ['RS256'],
      }),
  },
  { method: 'GET', path: /^\/\.well-known\/jwks\.json$/, answer: (call) => ok({ keys: [call.tokens.publicJwk] }) },
];

/** Answered to whoever has some credential or other. */
export const STAFF_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/v1\/admin\/reports\/([^/]+)$/,
    // HOLE API5:2023: any customer may read the reports for staff.
    answer: (call, id) =>
      ok({
        report: id,
        rows: [...call.state.users.values()].map(({ id: userId, displayName, internalRiskScore }) => ({
          userId,
          displayName,
          internalRiskScore,
        })),
      }),
  },
];

export const PARTNER_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/v1\/partners\/liquidity$/,
    answer: (call) => {
      const accounts = [...call.state.accounts.values()];
      return ok({ accounts: accounts.length, deposits: accounts.reduce((sum, account) => sum + account.balance, 0) });
    },
  },
];
