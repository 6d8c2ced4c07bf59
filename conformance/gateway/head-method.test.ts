import { afterEach, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';

let door: Door;
afterEach(() => door.close());

it('HEAD is served where GET is declared, and claims no length that GET would not have, and is on record as HEAD', async () => {
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY,
    upstream: (_request, response) => {
      const body = '{"secret":"taken out on the way"}';
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
    },
  });
  const got = await fetch(`${door.url}/fast`);
  expect([got.status, await got.text(), got.headers.get('content-length')]).toEqual([200, '{}', '2']);
  const head = await fetch(`${door.url}/fast`, { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', null]);
  expect(door.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
  await until(() => door.log.length === 2);
  expect(door.log.map((record) => record['http.request.method'])).toEqual(['GET', 'HEAD']);
});

it('HEAD that is refused, by the door or over its answer, is told the length of the problem and has none of it on record', async () => {
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY,
    upstream: (_request, response) =>
      response.writeHead(200, ['Content-Type', 'application/json', 'Content-Type', 'text/html']).end(),
  });
  for (const [path, status] of [
    ['/nowhere', 404],
    ['/fast', 502],
  ] as const) {
    const head = await fetch(`${door.url}${path}`, { method: 'HEAD' });
    expect([head.status, await head.text(), Number(head.headers.get('content-length')) > 0]).toEqual([
      status,
      '',
      true,
    ]);
  }
  await until(() => door.log.length === 2);
  expect(door.log.map((record) => [record['http.response.body.bytes'], detailOf(record)['code']])).toEqual([
    [0, 'PATH_UNKNOWN'],
    [0, 'RESPONSE_TYPE_UNDECLARED'],
  ]);
});
