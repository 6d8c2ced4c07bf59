import type { Attack } from './attack.ts';
import { defineAttack, outcome } from './attack.ts';
import { items, member, rawSocket, send } from './send.ts';
import {
  ALICE,
  BOBS_IBAN,
  BOBS_SECRET_TEXT,
  DATABASE_PASSWORD,
  FILE_SECRET,
  INTERNAL_SECRET,
  MALLORY,
  MALLORYS_ACCOUNT,
} from '../bank/state.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const BOOKINGS = `/v1/accounts/${MALLORYS_ACCOUNT}/transactions`;

/** API8: what leaks because nobody switched it off. */
export const LEAK_ATTACKS: readonly Attack[] = [
  defineAttack(8, 'stack-trace', 'refused', 'Provoke an error page', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `${BOOKINGS}?q=%27`, token: tokens.mallory });
    return outcome(answer, answer.text.includes('SELECT *') || answer.text.includes('.ts:'), 'query and stack trace');
  }),
  defineAttack(8, 'banners', 'contained', 'Read the versions of the server', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/health' });
    const told =
      /Harbour|OpenSSL/.test(`${answer.headers.get('server') ?? ''} ${answer.headers.get('x-powered-by') ?? ''}`) ||
      member(answer.json, 'build') !== undefined;
    return outcome(answer, told, 'server, its version and its build');
  }),
  defineAttack(
    8,
    'cors',
    'contained',
    "Read answers from any page in the customer's browser",
    async ({ baseUrl, tokens }) => {
      const answer = await send(baseUrl, {
        path: '/v1/users/me',
        token: tokens.alice,
        headers: { Origin: 'https://evil.example' },
      });
      return outcome(
        answer,
        answer.headers.get('access-control-allow-origin') === 'https://evil.example',
        'any origin, with credentials',
      );
    },
  ),
  defineAttack(8, 'debug-endpoint', 'refused', 'Read /debug/env', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/debug/env' });
    return outcome(answer, answer.text.includes(DATABASE_PASSWORD), 'the password of the database');
  }),
  defineAttack(8, 'trace', 'refused', 'TRACE', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { method: 'TRACE', path: '/v1/health', token: tokens.alice });
    return outcome(answer, answer.text.includes(tokens.alice), 'the credential is sent back, readable by scripts');
  }),
  defineAttack(
    8,
    'database-copy',
    'contained',
    'Read account numbers in a stolen copy of the database',
    async ({ baseUrl, tokens, bank }) => {
      // The thief has the rows and an account of his own; without keys, that is all.
      const answer = await send(baseUrl, { path: '/v1/accounts', token: tokens.mallory });
      const copy = JSON.stringify([...bank.bank.state.accounts.values()]);
      return outcome(answer, copy.includes(BOBS_IBAN), 'the number of every account');
    },
  ),
];

/** API8: requests that two readers read in two ways. */
export const AMBIGUITY_ATTACKS: readonly Attack[] = [
  defineAttack(
    8,
    'smuggling',
    'refused',
    'A second request inside the first (Content-Length and Transfer-Encoding)',
    async ({ baseUrl, tokens }) => {
      const smuggled = 'GET /v1/internal/export HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n\r\n';
      const head = [
        'POST /v1/support/messages HTTP/1.1',
        'Host: bank',
        `Authorization: Bearer ${tokens.mallory}`,
        'Content-Type: application/x-www-form-urlencoded',
      ];
      const answer = await rawSocket(
        baseUrl,
        [...head, `Content-Length: ${5 + smuggled.length}`, 'Transfer-Encoding: chunked', '', '0', '', smuggled].join(
          '\r\n',
        ),
      );
      return outcome(answer, answer.text.includes('passwordHash'), 'the hidden request is answered');
    },
  ),
  defineAttack(8, 'original-url', 'contained', 'Harmless path, another one in X-Original-URL', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/health', headers: { 'X-Original-URL': '/v1/internal/export' } });
    return outcome(answer, answer.text.includes('passwordHash'), 'reads all customers');
  }),
  defineAttack(8, 'path-parameter', 'refused', 'Path with `..;/` in it', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/health/..;/internal/export' });
    return outcome(answer, answer.text.includes('passwordHash'), 'reads all customers');
  }),
  defineAttack(8, 'path-traversal', 'refused', 'File name that leaves its folder', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: '/v1/statements/..%2f..%2fetc%2fpasswd%00.csv', token: tokens.mallory });
    return outcome(answer, answer.text.includes(FILE_SECRET), 'reads a file of the system');
  }),
  defineAttack(8, 'duplicate-parameter', 'refused', 'The same parameter twice', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `${BOOKINGS}?limit=10&limit=1000000`, token: tokens.mallory });
    return outcome(answer, items(answer).length > 200, 'the second one counts');
  }),
  defineAttack(8, 'duplicate-key', 'refused', 'The same JSON member twice', async ({ baseUrl, tokens, bank }) => {
    const account = bank.bank.state.accounts.get('acc_b0b00002');
    const body =
      '{"type":"sepa","fromAccountId":"acc_b0b00002","iban":"DE89370400440532013000","recipientName":"X","amount":10,"amount":12000}';
    const answer = await send(baseUrl, {
      method: 'POST',
      path: '/v1/transfers',
      token: tokens.bob,
      headers: JSON_TYPE,
      body,
    });
    return outcome(answer, account?.balance === 86_000, 'more than the daily limit is sent');
  }),
  defineAttack(
    8,
    'json-as-text',
    'refused',
    'JSON that calls itself text, as a foreign page can send it',
    async ({ baseUrl, tokens, bank }) => {
      const body = JSON.stringify({ displayName: 'Owned' });
      const answer = await send(baseUrl, {
        method: 'PATCH',
        path: '/v1/users/me',
        token: tokens.alice,
        headers: { 'Content-Type': 'text/plain' },
        body,
      });
      return outcome(answer, bank.bank.state.users.get(ALICE)?.displayName === 'Owned', "Alice's name is changed");
    },
  ),
];

/** API8: values that become code. */
export const INJECTION_ATTACKS: readonly Attack[] = [
  defineAttack(8, 'sql-in-date', 'refused', 'SQL in a date', async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, {
      path: `${BOOKINGS}?from=2026-01-01%27%20OR%20%271%27=%271&limit=200`,
      token: tokens.mallory,
    });
    return outcome(answer, answer.text.includes(BOBS_SECRET_TEXT), 'reads the bookings of all customers');
  }),
  defineAttack(8, 'sql-in-text', 'refused', "SQL in a search text: `' OR 1=1--`", async ({ baseUrl, tokens }) => {
    const answer = await send(baseUrl, { path: `${BOOKINGS}?q=%27%20OR%201=1--&limit=200`, token: tokens.mallory });
    return outcome(answer, answer.text.includes(BOBS_SECRET_TEXT), 'reads the bookings of all customers');
  }),
  defineAttack(8, 'stored-script', 'refused', 'Script in a name', async ({ baseUrl, tokens, bank }) => {
    const script = '<img src=x onerror=alert(1)>';
    const answer = await send(baseUrl, {
      method: 'PATCH',
      path: '/v1/users/me',
      token: tokens.mallory,
      json: { displayName: script },
    });
    return outcome(
      answer,
      bank.bank.state.users.get(MALLORY)?.displayName === script,
      'waits for the page that shows the name',
    );
  }),
  defineAttack(
    8,
    'header-injection',
    'refused',
    'Line break in a value that goes into a header',
    async ({ baseUrl }) => {
      const answer = await send(baseUrl, {
        path: '/v1/exchange-rates?lang=en%0d%0aRefresh:%200;url=https://evil.example/',
      });
      return outcome(answer, answer.headers.get('refresh') !== undefined, 'sends the browser elsewhere');
    },
  ),
  defineAttack(8, 'cookie-injection', 'refused', 'The same, to set a cookie', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/exchange-rates?lang=en%0d%0aSet-Cookie:%20session=evil' });
    return outcome(answer, answer.headers.get('set-cookie') !== undefined, "sets a cookie in the bank's name");
  }),
  defineAttack(8, 'prototype-pollution', 'refused', 'Settings with `__proto__`', async ({ baseUrl, tokens, bank }) => {
    const body = '{"__proto__":{"isStaff":true}}';
    const answer = await send(baseUrl, {
      method: 'PUT',
      path: '/v1/users/me/preferences',
      token: tokens.mallory,
      headers: JSON_TYPE,
      body,
    });
    return outcome(answer, bank.bank.state.preferenceMould['isStaff'] === true, 'every customer is staff now');
  }),
];

/** API9: what runs and is not in the document. */
export const INVENTORY_ATTACKS: readonly Attack[] = [
  defineAttack(9, 'old-version', 'refused', 'The version before, without a token', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v0/accounts/1002' });
    return outcome(answer, member(answer.json, 'balance') === 98000, "reads Bob's balance");
  }),
  defineAttack(9, 'internal-export', 'refused', 'The export for the nightly job', async ({ baseUrl }) => {
    const answer = await send(baseUrl, { path: '/v1/internal/export' });
    return outcome(answer, answer.text.includes('passwordHash'), 'reads all customers');
  }),
];

/** API10: a supplier of the bank is taken over; the attack changes what it delivers. */
export const SUPPLIER_ATTACKS: readonly Attack[] = [
  defineAttack(10, 'poisoned-rate', 'refused', 'Supplier delivers a rate of minus one', async ({ baseUrl, bank }) => {
    bank.bank.state.rates.push({ currency: 'USD', rate: -1 });
    const answer = await send(baseUrl, { path: '/v1/exchange-rates' });
    return outcome(answer, answer.text.includes('"rate":-1'), 'customers are shown a rate of -1');
  }),
  defineAttack(
    10,
    'poisoned-extra',
    'contained',
    'Supplier delivers a link that nobody asked for',
    async ({ baseUrl, bank }) => {
      bank.bank.state.rates.push({ currency: 'USD', rate: 1.08, link: 'javascript:alert(1)', trace: INTERNAL_SECRET });
      const answer = await send(baseUrl, { path: '/v1/exchange-rates' });
      return outcome(
        answer,
        answer.text.includes('javascript:') || answer.text.includes(INTERNAL_SECRET),
        'the link is passed on',
      );
    },
  ),
];
