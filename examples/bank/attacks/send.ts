import { request } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  /** Names in lower case; values of repeated headers joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** The body read as JSON; null where it is not. */
  readonly json: unknown;
  /** `code` of a problem (RFC 9457); null where the answer is none. */
  readonly code: string | null;
}

export interface Sending {
  readonly method?: string;
  /** Sent as it stands: dot segments and odd encodings stay. */
  readonly path: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; needs a Content-Type among the headers. */
  readonly body?: string;
}

const GIVE_UP_MS = 10_000;

/** Sends one request on a connection of its own. Resolves with status 0 where the other side hangs up; never rejects. */
export function send(baseUrl: string, sending: Sending): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl);
  const body = sending.json === undefined ? sending.body : JSON.stringify(sending.json);
  const headers: Record<string, string | number> = { ...sending.headers };
  if (sending.token !== undefined) headers['Authorization'] = `Bearer ${sending.token}`;
  if (sending.json !== undefined) headers['Content-Type'] = 'application/json';
  if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve) => {
    const hangUp = (): void => {
      resolve(toAnswer(0, new Map(), ''));
    };
    const outgoing = request(
      {
        hostname,
        port,
        method: sending.method ?? 'GET',
        path: sending.path,
        headers,
        agent: false,
        timeout: GIVE_UP_MS,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', hangUp);
        incoming.on('end', () => {
          const found = new Map<string, string>();
          for (const [name, value] of Object.entries(incoming.headers))
            found.set(name, Array.isArray(value) ? value.join(', ') : (value ?? ''));
          resolve(toAnswer(incoming.statusCode ?? 0, found, Buffer.concat(chunks).toString('utf8')));
          outgoing.destroy();
        });
      },
    );
    outgoing.on('error', hangUp);
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.end(body);
  });
}

/** Writes bytes to a connection and reads until the other side closes it: for what is not one well-formed request. */
export function rawSocket(baseUrl: string, bytes: string): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? '0');
      const problem = /\r\n\r\n(\{[^]*\})/.exec(text)?.[1] ?? '';
      const headers = /^content-type: *application\/problem\+json/im.test(text)
        ? new Map([['content-type', 'application/problem+json']])
        : new Map<string, string>();
      resolve({ ...toAnswer(status, headers, problem), text });
    });
  });
}

function toAnswer(status: number, headers: ReadonlyMap<string, string>, text: string): Answer {
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Not JSON: CSV, a page, nothing at all.
  }
  const isProblem = (headers.get('content-type') ?? '').startsWith('application/problem+json');
  const code = isProblem ? member(json, 'code') : null;
  return { status, headers, text, json, code: typeof code === 'string' ? code : null };
}

/** A member of an object that came as JSON; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** The list under `items`; empty where there is none. */
export function items(answer: Answer): readonly unknown[] {
  const found = member(answer.json, 'items');
  return Array.isArray(found) ? found : [];
}
