import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Call, Reply, Route } from './bank/call.ts';
import type { BankState } from './bank/state.ts';
import type { TokenDesk } from './bank/tokens.ts';
import { looseTarget, whoIs } from './bank/call.ts';
import { APP_ROUTES } from './bank/routes-app.ts';
import { ACCOUNT_ROUTES } from './bank/routes-accounts.ts';
import { PARTNER_ROUTES, PUBLIC_ROUTES, STAFF_ROUTES } from './bank/routes-public.ts';
import { USER_ROUTES } from './bank/routes-users.ts';
import { INTERNAL_SECRET, seedState } from './bank/state.ts';
import { createTokenDesk } from './bank/tokens.ts';

/**
 * Harbour Bank: an API that is WRONG ON PURPOSE, to show what a door in front of it changes. Each fault is marked `HOLE` with the entry
 * of the OWASP API Security Top 10 (2023) it stands for. It listens on 127.0.0.1 only. Never copy from it.
 */
export interface Bank {
  readonly server: Server;
  readonly tokens: TokenDesk;
  /** Replaced as a whole by `reset`. */
  readonly state: BankState;
  /** `http://127.0.0.1:PORT`; set once the port is known. */
  issuer: string;
  /** The one origin the bank's outgoing requests reach. Null: none. */
  internalOrigin: string | null;
  /** Back to the data of the start. */
  reset(): void;
}

export interface RunningBank {
  readonly bank: Bank;
  readonly port: number;
  readonly url: string;
  /** A service that only the bank should be able to reach, and how often somebody did. */
  readonly internal: { readonly origin: string; hits(): number };
  close(): Promise<void>;
}

const OPEN_ROUTES: readonly Route[] = [
  ...PUBLIC_ROUTES,
  ...APP_ROUTES,
  ...USER_ROUTES.filter((route) => route.path.source.includes('login')),
];
const CLOSED_ROUTES: readonly Route[] = [...USER_ROUTES, ...ACCOUNT_ROUTES, ...STAFF_ROUTES];

/** Makes a bank that does not listen yet. `store` is given all data before anybody reads it. */
async function createBank(store: (state: BankState) => void = () => undefined): Promise<Bank> {
  const tokens = await createTokenDesk();
  const seed = (): BankState => {
    const seeded = seedState();
    store(seeded);
    return seeded;
  };
  let state = seed();
  // HOLE API8:2023: the lenient parser takes a Content-Length and a Transfer-Encoding in one request (request smuggling).
  const server = createServer({ insecureHTTPParser: true }, (request, response) => {
    void serve(bank, request, response);
  });
  const bank: Bank = {
    server,
    tokens,
    get state() {
      return state;
    },
    issuer: '',
    internalOrigin: null,
    reset: () => {
      state = seed();
    },
  };
  return bank;
}

/** Starts a bank on 127.0.0.1. Port 0 takes any free one. Rejects with the listener's error where the port is taken. */
export async function startBank(port = 3000, store?: (state: BankState) => void): Promise<RunningBank> {
  const bank = await createBank(store);
  const taken = await listen(bank.server, port);
  let hits = 0;
  const inside = createServer((_request, response) => {
    hits++;
    response.end(INTERNAL_SECRET);
  });
  const insidePort = await listen(inside, 0);
  bank.issuer = `http://127.0.0.1:${taken}`;
  bank.internalOrigin = `http://127.0.0.1:${insidePort}`;
  return {
    bank,
    port: taken,
    url: bank.issuer,
    internal: { origin: bank.internalOrigin, hits: () => hits },
    close: async () => {
      await Promise.all([closeServer(bank.server), closeServer(inside)]);
    },
  };
}

async function serve(bank: Bank, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let reply: Reply;
  try {
    reply = await answer(bank, request);
  } catch (error) {
    // HOLE API8:2023: the stack, and with it the query, goes to whoever asked.
    reply = {
      status: 500,
      type: 'text/html',
      body: `<h1>Internal error</h1><pre>${error instanceof Error ? error.stack : String(error)}</pre>`,
    };
  }
  const text = reply.body === null ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  const headers: [string, string][] = [
    ['Content-Type', reply.type ?? 'application/json'],
    ['Content-Length', String(Buffer.byteLength(text))],
    // HOLE API8:2023: tells which exploits to look up.
    ['Server', 'HarbourServer/1.4.2 (Debian) OpenSSL/1.1.1k'],
    ['X-Powered-By', 'Harbour 1.4'],
  ];
  if (request.headers.origin !== undefined) {
    // HOLE API8:2023: any page on the web may read the answer with the customer's credentials.
    headers.push(['Access-Control-Allow-Origin', request.headers.origin], ['Access-Control-Allow-Credentials', 'true']);
  }
  headers.push(...Object.entries(reply.headers ?? {}));
  if (headers.some(([, value]) => /[\r\n]/.test(value)) && response.socket !== null) {
    // HOLE API8:2023 (response splitting): values go into the head unchecked. Node would refuse, so the head is written by hand.
    const head = [
      `HTTP/1.1 ${reply.status} Answer`,
      ...headers.map((pair) => pair.join(': ')),
      'Connection: close',
      '',
      '',
    ].join('\r\n');
    response.socket.end(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(text)]));
    return;
  }
  response.writeHead(reply.status, headers.flat());
  response.end(text);
}

async function answer(bank: Bank, request: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  // HOLE API4:2023: reads whatever comes, however much that is.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, path, query } = looseTarget(request);
  // HOLE API8:2023: TRACE shows the head as it arrived, with credentials and what proxies have added.
  if (method === 'TRACE') return { status: 200, type: 'message/http', body: rawHead(request) };
  const userId = whoIs(request, query, bank.state);
  const { state, tokens, issuer, internalOrigin } = bank;
  const call: Call = {
    request,
    state,
    tokens,
    issuer,
    internalOrigin,
    method,
    path,
    query,
    text: Buffer.concat(chunks).toString('utf8'),
    userId,
  };
  // HOLE API2:2023: any key will do, as long as there is one.
  const hasKey = (request.headers['x-api-key'] ?? '') !== '';
  return (
    (await take(OPEN_ROUTES, call)) ??
    (userId === null ? null : await take(CLOSED_ROUTES, call)) ??
    (hasKey ? await take(PARTNER_ROUTES, call) : null) ??
    (userId === null ? { status: 401, body: { error: 'unauthorized' } } : { status: 404, body: { error: 'not_found' } })
  );
}

async function take(routes: readonly Route[], call: Call): Promise<Reply | null> {
  // As most frameworks have it; Node leaves the body out.
  const method = call.method === 'HEAD' ? 'GET' : call.method;
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(call.path) : null;
    if (found !== null) return await route.answer(call, decodeURIComponent(found[1] ?? ''));
  }
  return null;
}

function rawHead(request: IncomingMessage): string {
  const lines = [`${request.method ?? ''} ${request.url ?? ''} HTTP/1.1`];
  for (let at = 0; at < request.rawHeaders.length; at += 2)
    lines.push(`${request.rawHeaders[at] ?? ''}: ${request.rawHeaders[at + 1] ?? ''}`);
  return lines.join('\r\n');
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

if (import.meta.main) {
  const running = await startBank(Number(process.argv[2] ?? '3000'));
  console.log(`Harbour Bank, wrong on purpose, on ${running.url}`);
}
