/** A customer as the bank keeps it: far more than anybody outside should see. */
export interface User {
  id: string;
  email: string;
  displayName: string;
  phone: string | null;
  avatarUrl: string;
  role: string;
  createdAt: string;
  password: string;
  passwordHash: string;
  ssn: string;
  internalRiskScore: number;
  [undeclared: string]: unknown;
}

export interface Account {
  id: string;
  /** The number of the retired /v0. */
  legacyId: string;
  ownerId: string;
  iban: string;
  name: string;
  balance: number;
  currency: string;
  internalNote: string;
}

export interface Transaction {
  id: string;
  accountId: string;
  date: string;
  amount: number;
  text: string;
}

export interface Transfer {
  id: string;
  type: string;
  ownerId: string;
  fromAccountId: string;
  amount: number;
  currency: string;
  reference: string;
  status: string;
}

export interface Rate {
  currency: string;
  rate: number;
  [undeclared: string]: unknown;
}

/** Everything the bank knows, in memory. */
export interface BankState {
  users: Map<string, User>;
  accounts: Map<string, Account>;
  transactions: Transaction[];
  transfers: Map<string, Transfer>;
  branches: { id: string; city: string; street: string; vaultHours: string }[];
  rates: Rate[];
  cards: { id: string; accountId: string; pan: string }[];
  messages: { userId: string; bytes: number }[];
  preferences: Map<string, Record<string, unknown>>;
  /** What an attacker of the merge reaches instead of Object.prototype: the mould of all settings of this bank. */
  preferenceMould: Record<string, unknown>;
  smsSent: number;
  /** The bank's disk: a map, so that no real file can be reached however well a traversal works. */
  files: Map<string, string>;
}

export const ALICE = 'usr_a11ce001';
export const BOB = 'usr_b0b00002';
export const CAROL = 'usr_ca401003';
export const MALLORY = 'usr_ma110044';
export const ALICES_ACCOUNT = 'acc_a11ce001';
export const BOBS_ACCOUNT = 'acc_b0b00002';
const CAROLS_ACCOUNT = 'acc_ca401003';
export const MALLORYS_ACCOUNT = 'acc_ma110044';
export const BOBS_SSN = '536-90-4399';
export const BOBS_IBAN = 'GB82WEST12345698765432';
export const BOBS_TRANSFER = 'trf_00000002';
/** A text that stands in Bob's bookings only. */
export const BOBS_SECRET_TEXT = 'Clinic Seeblick, invoice 7781';
/** A text that stands in the bank's own files only. */
export const FILE_SECRET = 'root:x:0:0:harbour-bank-fake-passwd';
export const DATABASE_PASSWORD = 'harbour-demo-database-password';
export const INTERNAL_SECRET = 'harbour-demo-instance-credential';

/** Old bookings of one account, and cash machines among the branches: enough that a page without a limit hurts. */
const HISTORY_ROWS = 5000;
const CASH_MACHINES = 20_000;

const SEED_USERS = [
  [ALICE, 'alice', 'Alice Archer', 'customer', '219-09-9999', 12, 'alice-demo-password'],
  [BOB, 'bob', 'Bob Brown', 'customer', BOBS_SSN, 71, 'bob-demo-password'],
  [CAROL, 'carol', 'Carol Chen', 'admin', '457-55-5462', 3, 'carol-demo-password'],
  [MALLORY, 'mallory', 'Mallory Moss', 'customer', '078-05-1120', 94, 'mallory-demo-password'],
] as const;

const SEED_ACCOUNTS = [
  [ALICES_ACCOUNT, '1001', ALICE, 'DE89370400440532013000', 2400.5],
  [BOBS_ACCOUNT, '1002', BOB, BOBS_IBAN, 98000],
  [CAROLS_ACCOUNT, '1003', CAROL, 'FR1420041010050500013M02606', 5100],
  [MALLORYS_ACCOUNT, '1004', MALLORY, 'NL91ABNA0417164300', 10],
] as const;

/** The same data at every start, so that what an attack gets can be told by looking. */
export function seedState(): BankState {
  const users = new Map<string, User>();
  for (const [id, name, displayName, role, ssn, internalRiskScore, password] of SEED_USERS) {
    users.set(id, {
      id,
      email: `${name}@harbour.example`,
      displayName,
      phone: '+4915100000001',
      avatarUrl: 'https://cdn.harbour.example/a/default.png',
      role,
      createdAt: '2025-03-01T09:00:00Z',
      password,
      passwordHash: `$2b$04$demo.${name}.hash`,
      ssn,
      internalRiskScore,
    });
  }
  const accounts = new Map<string, Account>();
  for (const [id, legacyId, ownerId, iban, balance] of SEED_ACCOUNTS) {
    accounts.set(id, {
      id,
      legacyId,
      ownerId,
      iban,
      name: 'Current account',
      balance,
      currency: 'EUR',
      internalNote: `note on ${ownerId}`,
    });
  }
  const transactions: Transaction[] = [];
  for (const [accountId, , ownerId] of SEED_ACCOUNTS) {
    for (let day = 1; day <= 20; day++) {
      const date = `2026-05-${String(day).padStart(2, '0')}`;
      transactions.push({
        id: `txn_${ownerId.slice(4)}_${day}`,
        accountId,
        date,
        amount: -day,
        text: `Groceries, receipt ${day}`,
      });
    }
  }
  transactions.push({
    id: 'txn_b0b00002_21',
    accountId: BOBS_ACCOUNT,
    date: '2026-05-21',
    amount: -480,
    text: BOBS_SECRET_TEXT,
  });
  for (let n = 1; n <= HISTORY_ROWS; n++) {
    transactions.push({
      id: `txn_old_${n}`,
      accountId: MALLORYS_ACCOUNT,
      date: '2024-01-01',
      amount: -1,
      text: `Archive ${n}`,
    });
  }
  const transfers = new Map<string, Transfer>();
  for (const [id, ownerId, from, reference] of [
    ['trf_00000001', ALICE, ALICES_ACCOUNT, 'Rent May'],
    [BOBS_TRANSFER, BOB, BOBS_ACCOUNT, BOBS_SECRET_TEXT],
  ] as const) {
    transfers.set(id, {
      id,
      type: 'sepa',
      ownerId,
      fromAccountId: from,
      amount: 480,
      currency: 'EUR',
      reference,
      status: 'booked',
    });
  }
  const files = new Map<string, string>([['../../etc/passwd', FILE_SECRET]]);
  for (const account of accounts.values()) {
    const rows = transactions
      .filter((row) => row.accountId === account.id)
      .map((row) => `${row.date};${row.amount};${row.text}`);
    files.set(`${account.id}.csv`, ['date;amount;text', ...rows, ''].join('\n'));
  }
  const branches = [
    { id: 'br_1', city: 'Hamburg', street: 'Speicherstrasse 4', vaultHours: '9-12' },
    { id: 'br_2', city: 'Rotterdam', street: 'Wijnhaven 11', vaultHours: '10-14' },
  ];
  for (let n = 1; n <= CASH_MACHINES; n++)
    branches.push({
      id: `atm_${n}`,
      city: 'Bremen',
      street: `Am Wall ${n}, ground floor, by the door`,
      vaultHours: '',
    });
  return {
    users,
    accounts,
    transactions,
    transfers,
    branches,
    rates: [
      { currency: 'GBP', rate: 0.8421 },
      { currency: 'CHF', rate: 0.9377 },
    ],
    cards: [],
    messages: [],
    preferences: new Map(),
    preferenceMould: Object.create(null) as Record<string, unknown>,
    smsSent: 0,
    files,
  };
}
