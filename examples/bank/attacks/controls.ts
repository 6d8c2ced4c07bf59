import { defineControl } from './attack.ts';
import type { Attack } from './attack.ts';
import { items, member, send } from './send.ts';
import { ALICE, ALICES_ACCOUNT, BOB, BOBS_ACCOUNT } from '../bank/state.ts';

const MULTIPART = [
  '--edge',
  'Content-Disposition: form-data; name="subject"',
  '',
  'Card',
  '--edge',
  'Content-Disposition: form-data; name="message"',
  '',
  'Please select a new card from the table in your letter; O\'Brien & Sons -- "union" customers.',
  '--edge--',
  '',
].join('\r\n');

/** What honest clients do all day. A door that refuses any of these is broken, however many attacks it stops. */
export const CONTROLS: readonly Attack[] = [
  defineControl(
    'health',
    'Is the service up',
    ({ baseUrl }) => send(baseUrl, { path: '/v1/health' }),
    ({ json }) => member(json, 'status') === 'up',
  ),
  defineControl(
    'login',
    'Sign in with the right password',
    ({ baseUrl }) =>
      send(baseUrl, {
        method: 'POST',
        path: '/v1/auth/login',
        json: { email: 'alice@harbour.example', password: 'alice-demo-password' },
      }),
    ({ json }) => typeof member(json, 'accessToken') === 'string',
  ),
  defineControl(
    'me',
    'Read own details',
    ({ baseUrl, tokens }) => send(baseUrl, { path: '/v1/users/me', token: tokens.alice }),
    ({ json }) => member(json, 'id') === ALICE,
  ),
  defineControl(
    'update',
    'Change own name',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'PATCH',
        path: '/v1/users/me',
        token: tokens.alice,
        json: { displayName: 'Alice Ó Néill', phone: null },
      }),
    ({ json }) => member(json, 'displayName') === 'Alice Ó Néill' && member(json, 'phone') === null,
  ),
  defineControl(
    'preferences',
    'Merge settings of any shape',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'PUT',
        path: '/v1/users/me/preferences',
        token: tokens.alice,
        json: { theme: { dark: true, sizes: [1, 2] } },
      }),
    ({ json }) => member(member(json, 'theme'), 'dark') === true,
  ),
  defineControl(
    'profile',
    "Read somebody's public profile",
    ({ baseUrl, tokens }) => send(baseUrl, { path: `/v1/users/${BOB}`, token: tokens.alice }),
    ({ json }) => member(json, 'displayName') === 'Bob Brown',
  ),
  defineControl(
    'accounts',
    'List own accounts',
    ({ baseUrl, tokens }) => send(baseUrl, { path: '/v1/accounts', token: tokens.alice }),
    (answer) => items(answer).length === 1,
  ),
  defineControl(
    'account',
    'Read own account',
    ({ baseUrl, tokens }) => send(baseUrl, { path: `/v1/accounts/${ALICES_ACCOUNT}`, token: tokens.alice }),
    ({ json }) => member(json, 'balance') === 2400.5,
  ),
  defineControl(
    'transactions',
    'Search own bookings',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        path: `/v1/accounts/${ALICES_ACCOUNT}/transactions?from=2026-05-01&to=2026-05-31&q=receipt%201&limit=5&page=2`,
        token: tokens.alice,
      }),
    (answer) => items(answer).length === 5,
  ),
  defineControl(
    'transfer',
    'Send 19.99 to another account',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'POST',
        path: '/v1/transfers',
        token: tokens.alice,
        json: {
          type: 'internal',
          fromAccountId: ALICES_ACCOUNT,
          toAccountId: BOBS_ACCOUNT,
          amount: 19.99,
          currency: 'EUR',
          reference: "Drinks (it's on me)",
        },
      }),
    ({ json, headers }) =>
      member(json, 'status') === 'booked' && headers.get('location') === '/v1/transfers/trf_00000003',
  ),
  defineControl(
    'transfer-sepa',
    'Send money by SEPA',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'POST',
        path: '/v1/transfers',
        token: tokens.bob,
        json: {
          type: 'sepa',
          fromAccountId: BOBS_ACCOUNT,
          iban: 'DE89370400440532013000',
          recipientName: 'Müller & Co',
          amount: 0.07,
          executeOn: '2026-06-01',
        },
      }),
    ({ json }) => member(json, 'amount') === 0.07,
  ),
  defineControl(
    'transfer-read',
    'Read own transfer',
    ({ baseUrl, tokens }) => send(baseUrl, { path: '/v1/transfers/trf_00000001', token: tokens.alice }),
    ({ json }) => member(json, 'reference') === 'Rent May',
  ),
  defineControl(
    'card',
    'Issue a card',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'POST',
        path: `/v1/accounts/${ALICES_ACCOUNT}/cards`,
        token: tokens.alice,
        json: { kind: 'virtual', label: 'Travel' },
      }),
    ({ json }) => member(json, 'last4') === '0001',
  ),
  defineControl(
    'statement',
    'Download own statement as CSV',
    ({ baseUrl, tokens }) => send(baseUrl, { path: `/v1/statements/${ALICES_ACCOUNT}.csv`, token: tokens.alice }),
    ({ text }) => text.startsWith('date;amount;text\n'),
  ),
  defineControl(
    'statement-pdf',
    'Download own statement for printing',
    ({ baseUrl, tokens }) => send(baseUrl, { path: `/v1/statements/${ALICES_ACCOUNT}/latest`, token: tokens.alice }),
    ({ text }) => text.startsWith('%PDF-1.4'),
  ),
  defineControl(
    'branches',
    'List branches without a key',
    ({ baseUrl }) => send(baseUrl, { path: '/v1/branches?city=Hamburg' }),
    (answer) => items(answer).length === 1,
  ),
  defineControl(
    'branches-key',
    'List branches with a partner key',
    ({ baseUrl, partnerKey }) => send(baseUrl, { path: '/v1/branches?limit=2', headers: { 'X-Api-Key': partnerKey } }),
    (answer) => items(answer).length === 2,
  ),
  defineControl(
    'liquidity',
    'Read the totals with a partner key',
    ({ baseUrl, partnerKey }) =>
      send(baseUrl, { path: '/v1/partners/liquidity', headers: { 'X-Api-Key': partnerKey } }),
    ({ json }) => member(json, 'accounts') === 4,
  ),
  defineControl(
    'rates',
    'Read the exchange rates',
    ({ baseUrl }) => send(baseUrl, { path: '/v1/exchange-rates?base=EUR&lang=de' }),
    ({ json, headers }) => member(json, 'base') === 'EUR' && headers.get('content-language') === 'de',
  ),
  defineControl(
    'support',
    'Write to support, as a form with text that looks like SQL and is not',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'POST',
        path: '/v1/support/messages',
        token: tokens.alice,
        headers: { 'Content-Type': 'multipart/form-data; boundary=edge' },
        body: MULTIPART,
      }),
    ({ json }) => member(json, 'ticket') === 'T-1',
  ),
  defineControl(
    'users',
    'Search customers, as staff',
    ({ baseUrl, tokens }) => send(baseUrl, { path: '/v1/users?q=bob', token: tokens.carol }),
    (answer) => items(answer).length === 1,
  ),
  defineControl(
    'correction',
    'Book a correction, as staff',
    ({ baseUrl, tokens }) =>
      send(baseUrl, {
        method: 'POST',
        path: `/v1/accounts/${ALICES_ACCOUNT}/corrections`,
        token: tokens.carol,
        json: { amount: -0.5 },
      }),
    ({ json }) => member(json, 'balance') === 2400,
  ),
  defineControl(
    'report',
    'Read a report, as staff',
    ({ baseUrl, tokens }) => send(baseUrl, { path: '/v1/admin/reports/risk', token: tokens.carol }),
    ({ text }) => text.includes('internalRiskScore'),
  ),
];
