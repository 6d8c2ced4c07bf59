import type { Call, Reply, Route } from './call.ts';
import type { User } from './state.ts';
import { looseBody, notFound, ok } from './call.ts';
import { runQuery } from './fake-sql.ts';
import { isObject, looseMerge } from './loose-json.ts';
import { CUSTOMER_SCOPE, STAFF_SCOPE, TOKEN_TTL_SECONDS } from './tokens.ts';

const WRONG = 'invalid_credentials';

async function login(call: Call): Promise<Reply> {
  const { email, password } = looseBody(call);
  // HOLE API2:2023: no limit on tries, and no delay.
  const user = [...call.state.users.values()].find((candidate) => candidate.email === email);
  // HOLE API2:2023: the two texts tell which e-mail addresses are customers.
  if (user === undefined) return { status: 401, body: { error: WRONG, message: 'no such customer' } };
  // HOLE API8:2023 (operator injection): an object where a text belongs is taken as a condition.
  const holds =
    isObject(password) && '$ne' in password ? user.password !== password['$ne'] : user.password === password;
  if (!holds) return { status: 401, body: { error: WRONG, message: 'wrong password' } };
  const accessToken = await call.tokens.issue(
    call.issuer,
    user.id,
    user.role === 'admin' ? STAFF_SCOPE : CUSTOMER_SCOPE,
  );
  return ok({ accessToken, tokenType: 'Bearer', expiresIn: TOKEN_TTL_SECONDS });
}

/** HOLE API3:2023: the whole record goes out, with passwordHash, ssn and internalRiskScore. Only the password itself stays. */
function whole(user: User): Record<string, unknown> {
  const { password: _password, ...rest } = user;
  return rest;
}

function me(call: Call): User | undefined {
  return call.state.users.get(call.userId ?? '');
}

function getMe(call: Call): Reply {
  const user = me(call);
  return user === undefined ? notFound() : ok(whole(user));
}

async function updateMe(call: Call): Promise<Reply> {
  const user = me(call);
  if (user === undefined) return notFound();
  // HOLE API3:2023 (mass assignment): whatever comes is written: role, internalRiskScore, id …
  Object.assign(user, looseBody(call));
  const account = [...call.state.accounts.values()].find((candidate) => candidate.ownerId === user.id);
  if (account !== undefined && typeof user['balance'] === 'number') account.balance = user['balance'];
  await visit(call, user.avatarUrl);
  return ok(whole(user));
}

/**
 * HOLE API7:2023: fetches an address that the client chose, from inside the network. The example's bank really reaches only the one
 * origin that it started itself; every other address is answered as if nobody were there.
 */
async function visit(call: Call, address: unknown): Promise<string | null> {
  if (typeof address !== 'string' || call.internalOrigin === null || !URL.canParse(address)) return null;
  if (new URL(address).origin !== call.internalOrigin) return null;
  const answer = await fetch(address);
  return await answer.text();
}

async function setWebhook(call: Call): Promise<Reply> {
  const { url } = looseBody(call);
  const preview = await visit(call, url);
  return { status: 201, body: { url, delivered: preview !== null, preview } };
}

function mergePreferences(call: Call): Reply {
  const userId = call.userId ?? '';
  const { preferences, preferenceMould } = call.state;
  const settings = preferences.get(userId) ?? (Object.create(preferenceMould) as Record<string, unknown>);
  preferences.set(userId, settings);
  // HOLE API4:2023: as deep and as large as the client likes.
  return ok(looseMerge(settings, looseBody(call), preferenceMould));
}

function listUsers(call: Call): Reply {
  // HOLE API5:2023: staff only, says the document; the code never asks.
  const q = call.query.get('q') ?? '';
  const found = runQuery([...call.state.users.values()], `name LIKE '%${q}%'`, (user) =>
    user.displayName.toLowerCase().includes(q.toLowerCase()),
  );
  return ok({ items: found.map(whole) });
}

function deleteUser(call: Call, id: string): Reply {
  // HOLE API5:2023: never documented, left from the tests, open to everybody.
  return call.state.users.delete(id) ? { status: 204, body: null } : notFound();
}

function sendSupportMessage(call: Call): Reply {
  // HOLE API4:2023: each message costs an SMS, none is too large and none is one too many.
  call.state.messages.push({ userId: call.userId ?? '', bytes: call.text.length });
  call.state.smsSent++;
  return { status: 202, body: { ticket: `T-${call.state.messages.length}` } };
}

export const USER_ROUTES: readonly Route[] = [
  { method: 'POST', path: /^\/v1\/auth\/login$/, answer: login },
  { method: 'GET', path: /^\/v1\/users$/, answer: listUsers },
  { method: 'GET', path: /^\/v1\/users\/me$/, answer: getMe },
  { method: 'PATCH', path: /^\/v1\/users\/me$/, answer: updateMe },
  { method: 'PUT', path: /^\/v1\/users\/me\/preferences$/, answer: mergePreferences },
  { method: 'POST', path: /^\/v1\/users\/me\/webhook$/, answer: setWebhook },
  {
    method: 'GET',
    path: /^\/v1\/users\/([^/]+)$/,
    answer: (call, id) => {
      const user = call.state.users.get(id);
      return user === undefined ? notFound() : ok(whole(user));
    },
  },
  { method: 'DELETE', path: /^\/v1\/users\/([^/]+)$/, answer: deleteUser },
  { method: 'POST', path: /^\/v1\/support\/messages$/, answer: sendSupportMessage },
];
