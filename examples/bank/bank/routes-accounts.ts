import type { Call, Reply, Route } from './call.ts';
import type { Account } from './state.ts';
import { lastNumber, looseBody, notFound, ok } from './call.ts';
import { runQuery } from './fake-sql.ts';
import { firstNumber } from './loose-json.ts';

const WELCOME_CREDIT = 20;
const DAILY_LIMIT = 10_000;

function findAccount(call: Call, id: string): Account | undefined {
  // HOLE API1:2023: nobody asks whose account it is; and the numbers of the old version, easy to count through, still work.
  return call.state.accounts.get(id) ?? [...call.state.accounts.values()].find((account) => account.legacyId === id);
}

function listTransactions(call: Call, id: string): Reply {
  const account = findAccount(call, id);
  if (account === undefined) return notFound();
  const q = call.query.get('q') ?? '';
  const from = call.query.get('from') ?? '0000-01-01';
  const to = call.query.get('to') ?? '9999-12-31';
  // HOLE API8:2023 (injection): values are glued into the query.
  const where = `account_id = '${account.id}' AND date >= '${from}' AND date <= '${to}' AND text LIKE '%${q}%'`;
  const rows = runQuery(
    call.state.transactions,
    where,
    (row) => row.accountId === account.id && row.date >= from && row.date <= to && row.text.includes(q),
  );
  // HOLE API4:2023: a page is as long as the client says.
  const limit = lastNumber(call.query, 'limit', 50);
  const start = (lastNumber(call.query, 'page', 1) - 1) * limit;
  return ok({ items: rows.slice(start, start + limit) });
}

function issueCard(call: Call, id: string): Reply {
  const account = findAccount(call, id);
  if (account === undefined) return notFound();
  const { kind, label } = looseBody(call);
  const number = call.state.cards.length + 1;
  const pan = `4000001234${String(number).padStart(6, '0')}`;
  call.state.cards.push({ id: `card_${number}`, accountId: account.id, pan });
  // HOLE API6:2023: the welcome credit is for the first card, and comes with every card.
  account.balance += WELCOME_CREDIT;
  // HOLE API3:2023: the full number and the check digits go out.
  return {
    status: 201,
    body: {
      id: `card_${number}`,
      kind,
      ...(label === undefined ? {} : { label }),
      last4: pan.slice(-4),
      pan,
      cvv: '737',
    },
  };
}

function correctBalance(call: Call, id: string): Reply {
  // HOLE API5:2023: staff only, says the summary; the document asks for no scope, and the code never asks.
  const account = findAccount(call, id);
  if (account === undefined) return notFound();
  account.balance += Number(looseBody(call)['amount']);
  return ok(account);
}

function createTransfer(call: Call): Reply {
  const body = looseBody(call);
  // HOLE API1:2023: the account that pays is not checked to be the caller's.
  const from = call.state.accounts.get(String(body['fromAccountId']));
  if (from === undefined) return notFound();
  // HOLE API8:2023 (two readers, two meanings): checks the first `amount` of the text and books the last.
  if (firstNumber(call.text, 'amount') > DAILY_LIMIT) return { status: 409, body: { error: 'over_daily_limit' } };
  const amount = Number(body['amount']);
  if (amount > from.balance) return { status: 409, body: { error: 'not_enough_money' } };
  // HOLE API6:2023: a negative amount pulls money instead of sending it.
  from.balance -= amount;
  const to = call.state.accounts.get(String(body['toAccountId']));
  if (to !== undefined) to.balance += amount;
  const id = `trf_${String(call.state.transfers.size + 1).padStart(8, '0')}`;
  const transfer = {
    id,
    type: String(body['type']),
    ownerId: call.userId ?? '',
    fromAccountId: from.id,
    amount,
    currency: text(body['currency'], 'EUR'),
    reference: text(body['reference'], ''),
    status: 'booked',
  };
  call.state.transfers.set(id, transfer);
  return { status: 201, body: transfer, headers: { Location: `/v1/transfers/${id}` } };
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function statement(call: Call, id: string): Reply {
  // HOLE API8:2023 (path traversal): the name is joined to a folder undecoded, decoded later, and cut at a NUL as C does.
  const name = `${id}.csv`.split('\0')[0] ?? '';
  const content = call.state.files.get(name);
  return content === undefined ? notFound() : { status: 200, type: 'text/csv', body: content };
}

export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/v1\/accounts$/,
    answer: (call) =>
      ok({ items: [...call.state.accounts.values()].filter((account) => account.ownerId === call.userId) }),
  },
  {
    method: 'GET',
    path: /^\/v1\/accounts\/([^/]+)$/,
    answer: (call, id) => {
      const account = findAccount(call, id);
      return account === undefined ? notFound() : ok(account);
    },
  },
  { method: 'GET', path: /^\/v1\/accounts\/([^/]+)\/transactions$/, answer: listTransactions },
  { method: 'POST', path: /^\/v1\/accounts\/([^/]+)\/cards$/, answer: issueCard },
  { method: 'POST', path: /^\/v1\/accounts\/([^/]+)\/corrections$/, answer: correctBalance },
  { method: 'POST', path: /^\/v1\/transfers$/, answer: createTransfer },
  {
    method: 'GET',
    path: /^\/v1\/transfers\/([^/]+)$/,
    answer: (call, id) => {
      const transfer = call.state.transfers.get(id);
      // HOLE API1:2023: anybody's transfer, and the numbers are counted up.
      return transfer === undefined ? notFound() : ok(transfer);
    },
  },
  { method: 'GET', path: /^\/v1\/statements\/([^/]+)\.csv$/, answer: statement },
  {
    method: 'GET',
    path: /^\/v1\/statements\/([^/]+)\/latest$/,
    answer: (call, id) =>
      findAccount(call, id) === undefined
        ? notFound()
        : { status: 200, type: 'application/pdf', body: '%PDF-1.4\n% a statement\n%%EOF\n' },
  },
];
