import type { Attack } from './attack.ts';
import type { Answer } from './send.ts';
import { defineAttack, outcome } from './attack.ts';
import { items, send } from './send.ts';
import { BOBS_ACCOUNT, INTERNAL_SECRET, MALLORY, MALLORYS_ACCOUNT } from '../bank/state.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const DEPTH = 3000;
const HUGE_BYTES = 3_000_000;

function depthOf(value: unknown): number {
  let depth = 0;
  for (let at = value; typeof at === 'object' && at !== null; at = Object.values(at)[0]) depth++;
  return depth;
}

/** API4: what costs the bank more than the attacker. */
export const RESOURCE_ATTACKS: readonly Attack[] = [
  defineAttack(
    4,
    'page-of-a-million',
    'refused',
    'Ask for a page of a million bookings',
    async ({ baseUrl, tokens }) => {
      const answer = await send(baseUrl, {
        path: `/v1/accounts/${MALLORYS_ACCOUNT}/transactions?limit=1000000`,
        token: tokens.mallory,
      });
      return outcome(answer, items(answer).length > 200, `${items(answer).length} rows where the document allows 200`);
    },
  ),
  defineAttack(
    4,
    'page-without-limit',
    'refused',
    'The same where the document forgot the highest limit',
    async ({ baseUrl }) => {
      const answer = await send(baseUrl, { path: '/v1/branches?limit=1000000' });
      return outcome(answer, answer.text.length > 1_048_576, `${answer.text.length} bytes without signing in`);
    },
  ),
  defineAttack(4, 'huge-body', 'refused', 'Write 3 MB to support', async ({ baseUrl, tokens, bank }) => {
    const body = `subject=a&message=${'x'.repeat(HUGE_BYTES)}`;
    const answer = await send(baseUrl, {
      method: 'POST',
      path: '/v1/support/messages',
      token: tokens.mallory,
      headers: FORM,
      body,
    });
    return outcome(
      answer,
      bank.bank.state.messages.some((message) => message.bytes >= HUGE_BYTES),
      '3 MB in the memory of the bank',
    );
  }),
  defineAttack(4, 'deep-json', 'refused', 'Settings 3,000 levels deep', async ({ baseUrl, tokens, bank }) => {
    const body = '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH);
    const headers = { 'Content-Type': 'application/json' };
    const answer = await send(baseUrl, {
      method: 'PUT',
      path: '/v1/users/me/preferences',
      token: tokens.mallory,
      headers,
      body,
    });
    return outcome(
      answer,
      depthOf(bank.bank.state.preferences.get(MALLORY)) >= DEPTH,
      'settings that every later reader has to walk',
    );
  }),
  defineAttack(
    4,
    'sms-flood',
    'refused',
    'Forty messages to support, an SMS each',
    async ({ baseUrl, tokens, bank }) => {
      const answers: Answer[] = [];
      for (let n = 0; n < 40; n++) {
        answers.push(
          await send(baseUrl, {
            method: 'POST',
            path: '/v1/support/messages',
            token: tokens.mallory,
            headers: FORM,
            body: 'subject=a&message=b',
          }),
        );
      }
      return outcome(answers, bank.bank.state.smsSent > 20, `${bank.bank.state.smsSent} SMS paid by the bank`);
    },
  ),
];

/** API6: each request is right, what they do together is not. */
export const FLOW_ATTACKS: readonly Attack[] = [
  defineAttack(
    6,
    'welcome-credits',
    'refused',
    'Thirty cards for thirty welcome credits',
    async ({ baseUrl, tokens, bank }) => {
      const answers: Answer[] = [];
      for (let n = 0; n < 30; n++) {
        answers.push(
          await send(baseUrl, {
            method: 'POST',
            path: `/v1/accounts/${MALLORYS_ACCOUNT}/cards`,
            token: tokens.mallory,
            json: { kind: 'virtual' },
          }),
        );
      }
      const balance = bank.bank.state.accounts.get(MALLORYS_ACCOUNT)?.balance ?? 0;
      return outcome(answers, balance > 310, `${balance - 10} of credits for one customer`);
    },
  ),
  defineAttack(6, 'negative-transfer', 'refused', 'Send minus 5,000', async ({ baseUrl, tokens, bank }) => {
    const json = {
      type: 'internal',
      fromAccountId: MALLORYS_ACCOUNT,
      toAccountId: BOBS_ACCOUNT,
      amount: -5000,
      currency: 'EUR',
    };
    const answer = await send(baseUrl, { method: 'POST', path: '/v1/transfers', token: tokens.mallory, json });
    return outcome(
      answer,
      bank.bank.state.accounts.get(MALLORYS_ACCOUNT)?.balance === 5010,
      "has 5,000 of Bob's money",
    );
  }),
];

/** API7: addresses that the bank fetches from inside. */
export const REQUEST_FORGERY_ATTACKS: readonly Attack[] = [
  defineAttack(
    7,
    'webhook',
    'refused',
    'Webhook on an address inside the network',
    async ({ baseUrl, tokens, bank }) => {
      const before = bank.internal.hits();
      const answer = await send(baseUrl, {
        method: 'POST',
        path: '/v1/users/me/webhook',
        token: tokens.mallory,
        json: { url: `${bank.internal.origin}/credentials` },
      });
      return outcome(
        answer,
        bank.internal.hits() > before,
        answer.text.includes(INTERNAL_SECRET)
          ? 'reads a credential from inside the network'
          : 'has the bank call inside its network',
      );
    },
  ),
  defineAttack(
    7,
    'webhook-answer',
    'refused',
    'Read what an address inside the network answers',
    async ({ baseUrl, tokens, bank }) => {
      const answer = await send(baseUrl, {
        method: 'POST',
        path: '/v1/users/me/webhook',
        token: tokens.mallory,
        json: { url: `${bank.internal.origin}/credentials` },
      });
      return outcome(answer, answer.text.includes(INTERNAL_SECRET), 'reads a credential from inside the network');
    },
  ),
  defineAttack(7, 'avatar', 'refused', 'Avatar on an address inside the network', async ({ baseUrl, tokens, bank }) => {
    const before = bank.internal.hits();
    const answer = await send(baseUrl, {
      method: 'PATCH',
      path: '/v1/users/me',
      token: tokens.mallory,
      json: { avatarUrl: `${bank.internal.origin}/credentials` },
    });
    return outcome(answer, bank.internal.hits() > before, 'has the bank call inside its network');
  }),
];
