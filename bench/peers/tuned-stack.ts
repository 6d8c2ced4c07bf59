// What a team that counts microseconds would write by hand: node:http and undici without what their manuals add to a request, tokens verified once
// and remembered, schemas compiled, lines of the log put together by hand. The same work as the other stacks, with metrics; answers are not checked.
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createWriteStream, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import createRouter from 'find-my-way';
import { Agent, type Dispatcher } from 'undici';

const {
  port,
  upstream = '',
  document = '',
  jwks = '',
  issuer = '',
  audience = '',
  log = '',
} = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: object }> };
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
}
interface Route {
  readonly path: string;
  readonly body: ValidateFunction | null;
  readonly parameters: readonly (readonly [string, ValidateFunction])[];
}
interface Verified {
  readonly subject: string;
  readonly expires: number;
}

const ajv = new Ajv2020({ strict: false, coerceTypes: false });
addFormats.default(ajv);
const router = createRouter();
const api = JSON.parse(readFileSync(document, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
for (const [path, item] of Object.entries(api.paths))
  for (const [method, operation] of Object.entries(item)) {
    const schema = operation.requestBody?.content['application/json']?.schema;
    const route: Route = {
      path,
      body: schema === undefined ? null : ajv.compile(schema),
      parameters: (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => [parameter.name, ajv.compile(parameter.schema)] as const),
    };
    router.on(method.toUpperCase() as 'GET', path.replaceAll(/\{(\w+)\}/g, ':$1'), () => undefined, route);
  }

const keys = createLocalJWKSet(JSON.parse(readFileSync(jwks, 'utf8')) as JSONWebKeySet);
const MAX_TOKENS = 10_000;
let younger = new Map<string, Verified>();
let older = new Map<string, Verified>();

function remembered(token: string): Verified | undefined {
  const known = younger.get(token) ?? older.get(token);
  return known !== undefined && known.expires > seconds ? known : undefined;
}

async function verify(token: string): Promise<Verified> {
  const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] });
  const verified = { subject: payload.sub ?? '', expires: payload.exp ?? 0 };
  if (younger.size >= MAX_TOKENS) {
    older = younger;
    younger = new Map();
  }
  younger.set(token, verified);
  return verified;
}

/** When the bucket of a key would be full again, in milliseconds (the generic cell rate algorithm). */
const full = new Map<string, number>();
const RATE_PER_MS = 900;
const BURST_MS = 1_000;

function takes(key: string, now: number): boolean {
  const from = Math.max(full.get(key) ?? 0, now);
  if (from - now > BURST_MS) return false;
  full.set(key, from + 1 / RATE_PER_MS);
  return true;
}

let seconds = 0;
let stamp = '';
const tick = (): void => {
  seconds = Date.now() / 1000;
  stamp = new Date().toISOString();
};
tick();
setInterval(tick, 50).unref();

const FLUSH_BYTES = 64 * 1024;
const lines = createWriteStream(log === '' ? '/dev/null' : log);
const buffer = Buffer.allocUnsafe(FLUSH_BYTES + 8 * 1024);
let used = 0;
const prefix = Math.random().toString(36).slice(2, 10);
let count = 0;
const durations = new Float64Array(32);

function record(request: IncomingMessage, route: Route, subject: string, status: number, bytes: number, ms: number) {
  const bucket = 31 - Math.clz32(ms * 1_000);
  durations[bucket] = (durations[bucket] ?? 0) + 1;
  const line = `{"@timestamp":"${stamp}","event":{"duration":${Math.round(ms * 1e6)}},"http":{"request":{"id":"${prefix}-${count}","method":"${request.method}"},"response":{"status_code":${status},"body":{"bytes":${bytes}}}},"url":{"path":"${request.url}"},"route":"${route.path}","user":{"id":"${subject}"},"client":{"ip":"${request.socket.remoteAddress}"}}\n`;
  used += buffer.latin1Write(line, used);
  if (used < FLUSH_BYTES) return;
  lines.write(Buffer.from(buffer.subarray(0, used)));
  used = 0;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding']);
const agent = new Agent({ connections: 128, pipelining: 1 });

/** One request on its way to the API and back, with a handler of undici's of fixed shape. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #route: Route;
  readonly #headers: string[];
  readonly #began = performance.now();
  #subject = '';
  #status = 0;
  #replyHeaders: string[] = [];
  #first: Buffer | null = null;
  #more: Buffer[] | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, route: Route, headers: string[]) {
    this.#request = request;
    this.#response = response;
    this.#route = route;
    this.#headers = headers;
  }

  begin(subject: string): void {
    this.#subject = subject;
    const { body } = this.#route;
    if (body === null) return this.#send(null);
    const pieces: Buffer[] = [];
    this.#request.on('data', (piece: Buffer) => pieces.push(piece));
    this.#request.on('end', () => {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      let value: unknown;
      try {
        value = JSON.parse(bytes.toString('utf8'));
      } catch {
        return refuse(this.#response, 400);
      }
      if (!body(value)) return refuse(this.#response, 400);
      this.#send(bytes);
    });
  }

  #send(body: Buffer | null): void {
    const { url = '/', method = 'GET' } = this.#request;
    agent.dispatch(
      { origin: upstream, path: url, method: method as Dispatcher.HttpMethod, headers: this.#headers, body },
      this,
    );
  }

  onRequestStart(): void {
    // Nothing is kept of it: what was begun is not ended early.
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
    const raw = controller.rawHeaders as Buffer[];
    for (let index = 0; index < raw.length; index += 2) {
      const name = (raw[index] as Buffer).latin1Slice();
      if (!HOP_BY_HOP.has(name.toLowerCase())) this.#replyHeaders.push(name, (raw[index + 1] as Buffer).latin1Slice());
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#first === null) this.#first = chunk;
    else (this.#more ??= [this.#first]).push(chunk);
  }

  onResponseEnd(): void {
    const bytes = this.#more === null ? this.#first : Buffer.concat(this.#more);
    this.#response.writeHead(this.#status, this.#replyHeaders);
    // Head and body become one write so.
    this.#response.end(bytes === null ? '' : bytes.latin1Slice(), 'latin1');
    const ms = performance.now() - this.#began;
    record(this.#request, this.#route, this.#subject, this.#status, bytes?.length ?? 0, ms);
  }

  onResponseError(): void {
    if (this.#response.headersSent) this.#response.destroy();
    else refuse(this.#response, 502);
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, ['Content-Type', 'application/problem+json']);
  response.end(`{"status":${status}}`);
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  response.sendDate = false;
  const found = router.find(request.method as 'GET', request.url ?? '/');
  if (found === null) return refuse(response, 404);
  const route = found.store as Route;
  for (const [name, check] of route.parameters) if (!check(found.params[name])) return refuse(response, 400);
  const { rawHeaders } = request;
  const headers: string[] = [];
  let authorization = '';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const lower = name.toLowerCase();
    if (lower === 'authorization') authorization = value;
    if (!HOP_BY_HOP.has(lower) && lower !== 'content-length') headers.push(name, value);
  }
  count += 1;
  headers.push('X-Request-Id', `${prefix}-${count}`);
  if (!authorization.startsWith('Bearer ')) return refuse(response, 401);
  const now = performance.now();
  if (!takes(request.socket.remoteAddress ?? '', now)) return refuse(response, 429);
  const exchange = new Exchange(request, response, route, headers);
  const begin = ({ subject }: Verified): void => {
    if (takes(subject, now)) exchange.begin(subject);
    else refuse(response, 429);
  };
  const token = authorization.slice('Bearer '.length);
  const known = remembered(token);
  if (known !== undefined) return begin(known);
  verify(token).then(begin, () => refuse(response, 401));
}

const server = createServer({ optimizeEmptyRequests: true, keepAliveTimeout: 60_000 }, handle);
server.maxRequestsPerSocket = 0;
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
