import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodyReader, CHUNKED } from './body-reader.ts';
import { ReceivedBytes } from './received-bytes.ts';

const MAX_HEAD = 200;
/** What is lent, and written again. */
const ROOM = Buffer.alloc(4096);

/**
 * Reads what comes as a connection does, and tells of each head its target and body, and at the end of what was wrong. Of a body only what was lent is
 * copied at once; the rest is looked at when everything was read.
 */
function readEach(pieces: readonly Buffer[], lent: boolean): string[] {
  const received = new ReceivedBytes();
  const reader = new BodyReader(false);
  const told: (string | Buffer[])[] = [];
  let body: Buffer[] | null = null;
  const text = (): string[] =>
    told.map((each) => (typeof each === 'string' ? each : Buffer.concat(each).toString('latin1')));
  for (const piece of pieces) {
    if (lent) {
      piece.copy(ROOM);
      received.takeLent(ROOM, piece.length, body === null ? MAX_HEAD : 0);
      ROOM.fill('x');
    } else received.take(piece);
    for (let more = true; more; ) {
      if (body === null) {
        const head = received.readHead(MAX_HEAD);
        if (head === null) more = false;
        else if ('code' in head) return [...text(), head.code];
        else {
          reader.begin(head.framing.chunked ? CHUNKED : Math.max(0, head.framing.length));
          body = [];
          told.push(head.target, body);
        }
      } else {
        const chunk = received.readBody(reader);
        more = reader.done;
        if (chunk !== null) body.push(reader.done ? chunk : Buffer.from(chunk));
        if (reader.done) body = null;
      }
    }
    received.settle();
  }
  return received.empty ? text() : [...text(), `${received.held} left`];
}

/** The same whether what comes is lent or given. */
function readAll(pieces: readonly Buffer[]): string[] {
  // What is lent is left as it is; what is given is written over.
  const told = readEach(pieces, true);
  expect(readEach(pieces, false)).toEqual(told);
  return told;
}

function cut(text: string, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % text.length))]
    .filter((place) => place > 0)
    .sort((a, b) => a - b);
  // Each is a piece of a larger buffer that is written again, as a socket's may be.
  return [0, ...places].map((place, i) => Buffer.from(text.slice(place, places[i]), 'latin1'));
}

const MESSAGES: readonly (readonly [string, readonly string[]])[] = [
  ['GET /a HTTP/1.1\r\nHost: a\r\n\r\n', ['/a', '']],
  ['\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nX-A: \xe9\r\n\r\n', ['/b', '']],
  ['POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\r\n\r', ['/c', '\r\n\r']],
  ['POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n', ['/d', 'abcd']],
];

it('law: heads and bodies are the same however what came was cut', () => {
  const messages = fc.array(fc.constantFrom(...MESSAGES), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), (chosen, at) => {
      const text = chosen.map(([bytes]) => bytes).join('');
      expect(readAll(cut(text, at))).toEqual(chosen.flatMap(([, told]) => told));
    }),
  );
});

it('gives what has come of a body in one piece, however many chunks it came in', () => {
  const received = new ReceivedBytes();
  const reader = new BodyReader(false);
  received.take(Buffer.from(`${'1\r\na\r\n'.repeat(1_000)}2\r\nb`));
  reader.begin(CHUNKED);
  expect(received.readBody(reader)?.toString()).toBe(`${'a'.repeat(1_000)}b`);
  expect(received.readBody(reader)).toBeNull();
  received.settle();
  received.take(Buffer.from('c\r\n0\r\n\r\nGET'));
  expect(received.readBody(reader)?.toString()).toBe('c');
  expect([reader.done, received.held]).toEqual([true, 3]);
});

it.each([
  ['GET  /a HTTP/1.1\r\n\r\n', 'REQUEST_LINE'],
  ['GET /a HTTP/1.1\r\nA: b\n\r\n\r\n', 'LINE_END'],
  ['GET /a HTTP/1.1\r\nA: \0\r\n\r\n', 'LINE_END'],
  ['GET /a HTTP/1.1\r\nA : b\r\n\r\n', 'HEADER'],
  ['GET /a HTTP/1.1\r\n b\r\n\r\n', 'HEADER'],
  [`GET /a HTTP/1.1\r\nA: ${'b'.repeat(MAX_HEAD)}\r\n\r\n`, 'HEAD_SIZE'],
  ['\x16\x03\x01', 'LINE_END'],
])('says what is wrong with %j, byte by byte as well as whole', (text, code) => {
  expect(readAll([Buffer.from(text, 'latin1')])).toEqual([code]);
  expect(readAll(cut(text, [...text].keys().toArray()))).toEqual([code]);
});

it('takes a head of exactly the size that is allowed, and not one byte more', () => {
  const head = (bytes: number): string => {
    const empty = 'GET /a HTTP/1.1\r\nA: \r\n\r\n';
    return empty.replace('A: ', `A: ${'b'.repeat(bytes - empty.length)}`);
  };
  for (const at of [[], [50, 199]]) {
    expect(readAll(cut(head(MAX_HEAD), at))).toEqual(['/a', '']);
    expect(readAll(cut(head(MAX_HEAD + 1), at))).toEqual(['HEAD_SIZE']);
  }
});

it('tells what is left of a head, and of empty lines', () => {
  expect(readAll([Buffer.from('GET /a HTTP')])).toEqual(['11 left']);
  expect(readAll([Buffer.from('\r\n'), Buffer.from('\r\n')])).toEqual([]);
  for (const [bytes, headBegun] of [
    ['\r\n\r\n', false],
    ['\r\n\r', false],
    ['\r\nG', true],
  ] as const) {
    const received = new ReceivedBytes();
    received.take(Buffer.from(bytes));
    expect(received.readHead(MAX_HEAD)).toBeNull();
    expect(received.headBegun).toBe(headBegun);
  }
  expect(readAll([Buffer.from('\r\n\r')])).toEqual(['1 left']);
});

it('keeps of what a socket gave no more than what is left', () => {
  const received = new ReceivedBytes();
  const room = Buffer.alloc(1_000, 'GET /a HTTP/1.1\r\n\r\nG', 'latin1');
  received.take(room.subarray(0, 20));
  expect(received.readHead(MAX_HEAD)).toMatchObject({ target: '/a' });
  received.settle();
  room.fill(0);
  received.take(Buffer.from('ET /b HTTP/1.1\r\n\r\n'));
  expect(received.readHead(MAX_HEAD)).toMatchObject({ target: '/b' });
});

it('reads a head that is lent at once, and what comes behind it in its turn', () => {
  const received = new ReceivedBytes();
  const lend = (text: string): void => {
    ROOM.fill('x');
    received.takeLent(ROOM, ROOM.write(text, 'latin1'), MAX_HEAD);
  };
  lend('GET /a HTTP/1.1\r\n\r\n');
  expect([received.empty, received.headBegun, received.held]).toEqual([false, true, 0]);
  lend('GET /b HTTP/1.1\r\n\r\nGET /c');
  lend(' HTTP/1.1\r\n\r\n');
  for (const target of ['/a', '/b', '/c']) expect(received.readHead(MAX_HEAD)).toMatchObject({ target });
  received.settle();
  expect([received.empty, received.headBegun]).toEqual([true, false]);
  lend('GET /d HTTP/1.1\r\n\r\n');
  received.clear();
  expect(received.readHead(MAX_HEAD)).toBeNull();
});
