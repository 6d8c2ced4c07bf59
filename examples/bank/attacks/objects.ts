import type { Attack } from './attack.ts';
import { defineAttack, outcome } from './attack.ts';
import { items, member, send } from './send.ts';
import {
  ALICES_ACCOUNT,
  BOB,
  BOBS_ACCOUNT,
  BOBS_SECRET_TEXT,
  BOBS_SSN,
  BOBS_TRANSFER,
  MALLORY,
  MALLORYS_ACCOUNT,
} from '../bank/state.ts';

/** API1: objects of others. */
export const OBJECT_ATTACKS: readonly Attack[] = [
  defineAttack(1, 'other-account', 'refused', "Read Bob's account by its id", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/accounts/${BOBS_ACCOUNT}`, token: tokens.mallory });
    return outcome(answer, member(answer.json, 'balance') === 98000, "reads Bob's balance");
  }),
  defineAttack(1, 'other-transactions', 'refused', "Read Bob's bookings", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/accounts/${BOBS_ACCOUNT}/transactions`, token: tokens.mallory });
    return outcome(answer, answer.text.includes(BOBS_SECRET_TEXT), 'reads which clinic Bob pays');
  }),
  defineAttack(1, 'other-transfer', 'refused', "Read Bob's transfer by counting up", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/transfers/${BOBS_TRANSFER}`, token: tokens.mallory });
    return outcome(answer, answer.text.includes(BOBS_SECRET_TEXT), 'reads which clinic Bob pays');
  }),
  defineAttack(1, 'other-statement', 'refused', "Download Bob's statement", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/statements/${BOBS_ACCOUNT}.csv`, token: tokens.mallory });
    return outcome(answer, answer.text.includes(BOBS_SECRET_TEXT), 'reads which clinic Bob pays');
  }),
  defineAttack(1, 'other-payer', 'refused', "Pay from Bob's account", async ({ baseUrl, tokens, bank }) => {
    const json = {
      type: 'internal',
      fromAccountId: BOBS_ACCOUNT,
      toAccountId: MALLORYS_ACCOUNT,
      amount: 5000,
      currency: 'EUR',
    };
    const answer = await send(baseUrl, { method: 'POST', path: '/v1/transfers', token: tokens.mallory, json });
    return outcome(
      answer,
      bank.bank.state.accounts.get(MALLORYS_ACCOUNT)?.balance === 5010,
      "has 5,000 of Bob's money",
    );
  }),
  defineAttack(
    1,
    'countable-account',
    'refused',
    "Read Bob's account by the number of the old version",
    async ({ baseUrl, tokens }) => {
      const answer = await send(baseUrl, { path: '/v1/accounts/1002', token: tokens.mallory });
      return outcome(answer, member(answer.json, 'balance') === 98000, "reads Bob's balance");
    },
  ),
];

/** API3: properties that nobody should see, or write. */
export const PROPERTY_ATTACKS: readonly Attack[] = [
  defineAttack(3, 'own-record', 'contained', 'Read what the bank thinks of oneself', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: '/v1/users/me', token: tokens.mallory });
    return outcome(
      answer,
      member(answer.json, 'passwordHash') !== undefined || member(answer.json, 'internalRiskScore') !== undefined,
      'password hash and risk score',
    );
  }),
  defineAttack(3, 'other-record', 'contained', "Read more than Bob's public profile", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `/v1/users/${BOB}`, token: tokens.mallory });
    return outcome(
      answer,
      answer.text.includes(BOBS_SSN) || member(answer.json, 'email') !== undefined,
      "Bob's social security number and e-mail",
    );
  }),
  defineAttack(
    3,
    'account-note',
    'contained',
    "Read the bank's own note on an account",
    async ({ baseUrl, tokens }) => {
      const answer = await send(baseUrl, { path: '/v1/accounts', token: tokens.alice });
      return outcome(
        answer,
        items(answer).some((item) => member(item, 'internalNote') !== undefined),
        'the internal note',
      );
    },
  ),
  defineAttack(
    3,
    'card-number',
    'contained',
    'Read number and check digits of a new card',
    async ({ baseUrl, tokens }) => {
      const answer = await send(baseUrl, {
        method: 'POST',
        path: `/v1/accounts/${ALICES_ACCOUNT}/cards`,
        token: tokens.alice,
        json: { kind: 'virtual' },
      });
      return outcome(
        answer,
        member(answer.json, 'pan') !== undefined || member(answer.json, 'cvv') !== undefined,
        'card number and CVV',
      );
    },
  ),
  defineAttack(3, 'become-admin', 'refused', 'Write `role`, which is read-only', async ({ baseUrl, tokens, bank }) => {
    const answer = await send(baseUrl, {
      method: 'PATCH',
      path: '/v1/users/me',
      token: tokens.mallory,
      json: { displayName: 'Mallory', role: 'admin' },
    });
    return outcome(answer, bank.bank.state.users.get(MALLORY)?.role === 'admin', 'is an administrator');
  }),
  defineAttack(
    3,
    'write-balance',
    'refused',
    'Write `balance`, which the document does not name',
    async ({ baseUrl, tokens, bank }) => {
      const answer = await send(baseUrl, {
        method: 'PATCH',
        path: '/v1/users/me',
        token: tokens.mallory,
        json: { displayName: 'Mallory', balance: 1_000_000 },
      });
      return outcome(answer, bank.bank.state.accounts.get(MALLORYS_ACCOUNT)?.balance === 1_000_000, 'is a millionaire');
    },
  ),
];
