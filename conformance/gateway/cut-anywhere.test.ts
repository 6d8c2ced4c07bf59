import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';

let door: Door;
afterEach(() => door.close());

const ITEM = '{"a":"b"}';
const STREAM = [
  '\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n',
  `POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${ITEM.length}\r\n\r\n${ITEM}`,
  'GET /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: 1\r\n\r\n',
  'GET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
].join('');

/** Sends the bytes in pieces, each once the one before it has left. */
async function send(pieces: readonly string[]): Promise<string> {
  const socket = connect({ port: door.gateway.port, host: '127.0.0.1', noDelay: true });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, 'latin1', resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return received;
}

it('any_cut_of_a_stream_is_the_same_requests', { timeout: 60_000 }, async () => {
  door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
  const whole = statusesOf(await send([STREAM]));
  expect(whole).toHaveLength(5);
  const bodies = (): unknown => door.seen.splice(0).map(({ method, url, body }) => [method, url, body.toString()]);
  const asked = bodies();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(STREAM.length), { maxLength: 60 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
      const pieces = places.slice(1).map((end, i) => STREAM.slice(places[i], end));
      expect(statusesOf(await send(pieces.filter((piece) => piece !== '')))).toEqual(whole);
      expect(bodies()).toEqual(asked);
    }),
    { numRuns: 40 },
  );
  const bytewise = [...STREAM];
  expect(statusesOf(await send(bytewise))).toEqual(whole);
  expect(bodies()).toEqual(asked);
});
