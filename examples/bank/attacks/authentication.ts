import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Attack, Target } from './attack.ts';
import type { Answer } from './send.ts';
import { defineAttack, outcome } from './attack.ts';
import { items, member, send } from './send.ts';
import { BOB, BOBS_ACCOUNT } from '../bank/state.ts';
import { AUDIENCE } from '../bank/tokens.ts';

type Claims = Readonly<Record<string, unknown>>;

const FORGER = generateKeyPairSync('rsa', { modulusLength: 2048 });

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Claims that would be right for Bob, were the token not the attacker's own work. */
function bobsClaims({ bank }: Target, more: Claims = {}): Claims {
  return {
    iss: bank.url,
    aud: AUDIENCE,
    sub: BOB,
    scope: 'accounts:read transfers:write',
    iat: now(),
    exp: now() + 300,
    ...more,
  };
}

function forged(header: Claims, claims: Claims): string {
  const input = `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), FORGER.privateKey).toString('base64url')}`;
}

function isBob(answer: Answer): boolean {
  return member(answer.json, 'id') === BOB;
}

async function readAsBob(target: Target, token: string): ReturnType<Attack['run']> {
  const answer = await send(target.baseUrl, { path: '/v1/users/me', token });
  return outcome(answer, isBob(answer), "reads Bob's details");
}

function login(target: Target, email: string, password: unknown): Promise<Answer> {
  return send(target.baseUrl, { method: 'POST', path: '/v1/auth/login', json: { email, password } });
}

export const AUTHENTICATION_ATTACKS: readonly Attack[] = [
  defineAttack(2, 'jwt-none', 'refused', 'Token with `alg: none`', (target) =>
    readAsBob(target, `${encode({ alg: 'none', typ: 'JWT' })}.${encode(bobsClaims(target))}.`),
  ),
  defineAttack(2, 'jwt-forged', 'refused', "Token signed with the attacker's key under the bank's `kid`", (target) =>
    readAsBob(target, forged({ alg: 'RS256', kid: 'bank-1' }, bobsClaims(target))),
  ),
  defineAttack(2, 'jwt-embedded-key', 'refused', 'Token that brings its own key (`jwk`)', (target) =>
    readAsBob(target, forged({ alg: 'RS256', jwk: FORGER.publicKey.export({ format: 'jwk' }) }, bobsClaims(target))),
  ),
  defineAttack(2, 'jwt-hs256', 'refused', 'Token with the public key as HMAC secret', (target) => {
    const { publicJwk } = target.bank.bank.tokens;
    const pem = createPublicKey({
      key: { kty: 'RSA', n: publicJwk.n ?? '', e: publicJwk.e ?? '' },
      format: 'jwk',
    }).export({ type: 'spki', format: 'pem' });
    const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'bank-1' })}.${encode(bobsClaims(target))}`;
    return readAsBob(target, `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`);
  }),
  defineAttack(2, 'jwt-changed', 'refused', 'Own token with the subject exchanged', (target) => {
    const [header, , signature] = target.tokens.mallory.split('.');
    return readAsBob(target, `${header ?? ''}.${encode(bobsClaims(target))}.${signature ?? ''}`);
  }),
  defineAttack(2, 'jwt-expired', 'refused', 'Token of the bank that has expired', async (target) => {
    const token = await target.bank.bank.tokens.issue(target.bank.url, BOB, 'accounts:read', {
      expiresAtSeconds: now() - 3600,
    });
    return await readAsBob(target, token);
  }),
  defineAttack(2, 'jwt-audience', 'refused', 'Token of the bank for another service', async (target) => {
    const token = await target.bank.bank.tokens.issue(target.bank.url, BOB, 'accounts:read', {
      audience: 'https://newsletter.harbour.example',
    });
    return await readAsBob(target, token);
  }),
  defineAttack(2, 'token-in-query', 'refused', 'Token in the URL', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/users/me?access_token=${tokens.bob}` });
    return outcome(answer, isBob(answer), 'a token in the URL is accepted, and logged on the way');
  }),
  defineAttack(2, 'spoof-anonymous', 'refused', 'No token, X-User-Id of Bob', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/users/me', headers: { 'X-User-Id': BOB } });
    return outcome(answer, isBob(answer), 'is Bob by saying so');
  }),
  defineAttack(2, 'spoof-signed-in', 'contained', 'Own token, X-User-Id of Bob', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: '/v1/users/me', token: tokens.mallory, headers: { 'X-User-Id': BOB } });
    return outcome(answer, isBob(answer), 'is Bob by saying so');
  }),
  defineAttack(2, 'any-key', 'refused', 'Any text as partner key', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/partners/liquidity', headers: { 'X-Api-Key': 'open-sesame' } });
    return outcome(answer, typeof member(answer.json, 'deposits') === 'number', 'reads the totals of the bank');
  }),
  defineAttack(2, 'login-operator', 'refused', 'Condition instead of a password', async (target) => {
    const answer = await login(target, 'bob@harbour.example', { $ne: 'x' });
    return outcome(
      answer,
      typeof member(answer.json, 'accessToken') === 'string',
      "gets Bob's token without the password",
    );
  }),
  defineAttack(
    2,
    'user-enumeration',
    'contained',
    'Tell customers from strangers by the text of the refusal',
    async (target) => {
      const known = await login(target, 'bob@harbour.example', 'not-the-password');
      const unknown = await login(target, 'nobody@harbour.example', 'not-the-password');
      const told =
        known.code === null &&
        unknown.code === null &&
        (known.text !== unknown.text || known.status !== unknown.status);
      return outcome([known, unknown], told, 'learns who is a customer');
    },
  ),
  // Last of all that sign in: it uses up the tries of this address.
  defineAttack(2, 'login-guessing', 'refused', 'Forty passwords in a row, the last one right', async (target) => {
    const answers: Answer[] = [];
    for (let guess = 1; guess < 40; guess++)
      answers.push(await login(target, 'bob@harbour.example', `password-${guess}`));
    answers.push(await login(target, 'bob@harbour.example', 'bob-demo-password'));
    return outcome(
      answers,
      answers.some((answer) => member(answer.json, 'accessToken') !== undefined),
      "finds Bob's password",
    );
  }),
];

export const FUNCTION_ATTACKS: readonly Attack[] = [
  defineAttack(5, 'report-as-customer', 'refused', 'Customer reads a report for staff', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: '/v1/admin/reports/risk', token: tokens.mallory });
    return outcome(answer, answer.text.includes('internalRiskScore'), 'reads the risk scores of all customers');
  }),
  defineAttack(5, 'users-as-customer', 'refused', 'Customer lists all customers', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: '/v1/users', token: tokens.mallory });
    return outcome(answer, items(answer).length === 4, 'reads all customers');
  }),
  defineAttack(
    5,
    'correction-as-customer',
    'refused',
    'Customer books a correction, for which the document forgot the scope',
    async ({ baseUrl, tokens, bank }) => {
      const balance = (): number => bank.bank.state.accounts.get(BOBS_ACCOUNT)?.balance ?? 0;
      const before = balance();
      const answer = await send(baseUrl, {
        method: 'POST',
        path: `/v1/accounts/${BOBS_ACCOUNT}/corrections`,
        token: tokens.bob,
        json: { amount: 1000 },
      });
      return outcome(answer, balance() > before, 'is 1,000 richer');
    },
  ),
  defineAttack(
    5,
    'undocumented-delete',
    'refused',
    'DELETE, which the document does not name',
    async ({ baseUrl, tokens, bank }) => {
      const answer = await send(baseUrl, { method: 'DELETE', path: `/v1/users/${BOB}`, token: tokens.mallory });
      return outcome(answer, !bank.bank.state.users.has(BOB), 'Bob is gone');
    },
  ),
  defineAttack(
    5,
    'method-override',
    'contained',
    'GET that says it is a DELETE (X-HTTP-Method-Override)',
    async ({ baseUrl, tokens, bank }) => {
      const answer = await send(baseUrl, {
        path: `/v1/users/${BOB}`,
        token: tokens.mallory,
        headers: { 'X-HTTP-Method-Override': 'DELETE' },
      });
      return outcome(answer, !bank.bank.state.users.has(BOB), 'Bob is gone');
    },
  ),
];
