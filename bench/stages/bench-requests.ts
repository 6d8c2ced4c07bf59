/** The requests of the stage benchmark and what the upstream answers to them. */
import { randomBytes } from 'node:crypto';
import { Exchange, type FieldCipherPort } from '@sallyport/core';
import { TENANT } from './bench-policy.ts';
import { keyText, OWNER } from './bench-ports.ts';

export interface BenchRequest {
  readonly name: string;
  readonly title: string;
  readonly operation: string;
  readonly body: Uint8Array | null;
  readonly answer: Uint8Array;
  /** How many exchanges take turns in a round. */
  readonly laps: number;
  exchange(index: number): Exchange;
}

const encoder = new TextEncoder();
const PROSE =
  "The parcel was left with the neighbour (third floor), who isn't in before six; please call ahead, or choose another day. Nothing is due on it, and the receipt is in the box. ";

function head(credential: readonly [string, string]): string[] {
  return [
    'Host',
    'api.example.com',
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
    'Accept',
    'application/json',
    'Accept-Encoding',
    'gzip, deflate, br',
    'Connection',
    'keep-alive',
    'X-Forwarded-For',
    '192.0.2.7',
    ...credential,
  ];
}

function item(index: number): object {
  return {
    id: `thing-${index}`,
    accountId: `${TENANT}-${index}`,
    ownerId: OWNER,
    name: `A thing of some kind ${index}`,
    note: PROSE.slice(0, 60),
    status: 'active',
    amount: index * 1.5,
    createdAt: '2026-01-02T03:04:05.678Z',
  };
}

/** `tokens` and keys take turns. */
export function benchRequests(
  tokens: readonly string[],
  cipher: FieldCipherPort | undefined,
  nowMs: number,
): readonly BenchRequest[] {
  const random = randomBytes(4).readUInt32BE();
  const pick = (index: number): number => (random + index * 7919) % tokens.length;
  const bearer = (index: number): [string, string] => ['Authorization', `Bearer ${tokens[pick(index)]}`];
  if (cipher === undefined) throw new Error('fields are encrypted');
  const secret = cipher.seal('"078-05-1120"', { field: 'secret', record: null }, nowMs);
  const items: object[] = [];
  for (let bytes = 2; bytes < 100_000; bytes += JSON.stringify(items.at(-1)).length + 1) items.push(item(items.length));
  const body = encoder.encode(
    JSON.stringify({
      accountId: `${TENANT}-17`,
      name: 'A thing of some kind',
      bio: PROSE.repeat(2).slice(0, 300),
      note: PROSE.repeat(4).slice(0, 430),
      email: 'ann@example.com',
      status: 'active',
      amount: 12.5,
      createdAt: '2026-01-02T03:04:05.678Z',
      tags: ['new', 'large', 'heavy'],
      secret: '078-05-1120',
    }),
  );
  const small = encoder.encode(
    JSON.stringify({
      id: 'thing-17',
      accountId: `${TENANT}-17`,
      ownerId: OWNER,
      name: 'A thing',
      status: 'active',
      amount: 25.5,
      secret,
    }),
  );
  const get = (target: string) => (index: number) =>
    new Exchange('bench', nowMs, 'GET', target, head(bearer(index)), '10.0.0.9', false);
  return [
    {
      name: 'GET',
      title: `3 parameters, an answer of ${small.length} bytes`,
      operation: 'getThing',
      body: null,
      answer: small,
      laps: 100,
      exchange: get('/things/thing-17?limit=20&status=active&q=blue+shoes'),
    },
    {
      name: 'POST',
      title: `a body of ${body.length} bytes, an answer of ${small.length} bytes`,
      operation: 'createThing',
      body,
      answer: small,
      laps: 50,
      exchange: (index) =>
        new Exchange(
          'bench',
          nowMs,
          'POST',
          '/things',
          [
            ...head(['X-Api-Key', keyText(pick(index))]),
            ...['Content-Type', 'application/json', 'Content-Length', String(body.length)],
          ],
          '10.0.0.9',
          false,
        ),
    },
    {
      name: 'list',
      title: `an answer of ${Math.round(JSON.stringify(items).length / 1000)} KB (${items.length} items)`,
      operation: 'listThings',
      body: null,
      answer: encoder.encode(JSON.stringify(items)),
      laps: 5,
      exchange: get('/things?limit=500'),
    },
  ];
}
