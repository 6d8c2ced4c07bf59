import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createPostgresDriver } from './postgres-driver.ts';

let server: Server | null = null;
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

/** Listens as PostgreSQL does and says `answer` to each message, or breaks the connection for null; never says goodbye. */
async function listen(answer: (message: Buffer) => Buffer | string | null): Promise<string> {
  const opened = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('data', (message: Buffer) => {
      const said = answer(message);
      if (said === null) socket.destroy();
      else socket.write(said);
    });
    socket.on('error', () => undefined);
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return `postgres://app@127.0.0.1:${(opened.address() as AddressInfo).port}/db`;
}

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const READY = message('Z', Buffer.from('I'));
const LET_IN = Buffer.concat([message('R', Buffer.alloc(4)), READY]);
const DONE = Buffer.concat([message('C', Buffer.from('SELECT 0\0')), READY]);

describe('the driver of PostgreSQL', () => {
  it('closes though the server says no goodbye', async () => {
    let onListen: () => void = () => undefined;
    const listened = new Promise<void>((resolve) => (onListen = resolve));
    const url = await listen((asked) => {
      if (asked.includes('LISTEN')) onListen();
      return asked[0] === 0 ? LET_IN : asked[0] === 0x51 ? DONE : '';
    });
    const driver = createPostgresDriver(url);
    await driver.open();
    driver.onChange(() => undefined);
    await listened;
    // What was said to that one has come when this is answered.
    await driver.query('SELECT 1');
    for (const socket of sockets) socket.pause();
    await driver.close();
    expect(sockets.size).toBe(2);
  });

  it('outlives a connection that breaks in the middle of a transaction, and goes on over another one', async () => {
    let isUp = true;
    const url = await listen((asked) => {
      if (asked[0] === 0) return LET_IN;
      return asked.includes('INSERT') && !isUp ? null : DONE;
    });
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', note);
    const driver = createPostgresDriver(url);
    try {
      await driver.open();
      const write = (): Promise<unknown> => driver.transaction((session) => session.query('INSERT'));
      await write();
      isUp = false;
      await expect(write()).rejects.toMatchObject({ kind: 'unavailable' });
      // What nobody hears of comes a turn later.
      await new Promise((resolve) => setImmediate(resolve));
      isUp = true;
      expect([await write(), uncaught]).toEqual([[], []]);
    } finally {
      process.off('uncaughtException', note);
      for (const other of others) process.on('uncaughtException', other);
      await driver.close();
    }
  });

  it('takes a server without TLS, where the URL asks for it, for a wrong setting and no outage', async () => {
    const driver = createPostgresDriver(`${await listen(() => 'N')}?sslmode=verify-full`);
    await expect(driver.open()).rejects.toMatchObject({
      kind: 'settings',
      message: expect.stringContaining('does not speak TLS, which sslmode in the URL asks for'),
    });
    await driver.close();
  });

  it('takes a file that the URL names and that is not there for a wrong setting', async () => {
    const driver = createPostgresDriver(`${await listen(() => 'S')}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`);
    await expect(driver.open()).rejects.toMatchObject({
      kind: 'settings',
      message: expect.stringContaining('/nowhere/ca.pem'),
    });
    await driver.close();
  });
});
