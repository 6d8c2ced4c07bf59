import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lendReads } from './lend-reads.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A client of a server that lends its reads, and what the server has of it. */
async function connected(onRead: (bytes: Buffer, lent: Socket) => void): Promise<{
  client: Socket;
  lent: Socket;
  server: Server;
}> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const lent = lendReads(accepted, (bytes, length) => onRead(Buffer.from(bytes.subarray(0, length)), lent as Socket));
  if (lent === null) throw new Error('this Node lends no reads');
  lent.resume();
  return { client, lent, server };
}

const count = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, open) => resolve(open)));

describe('lendReads', () => {
  it('lends what was read until it returns', async () => {
    const chunks: Buffer[] = [];
    const { client, lent } = await connected((bytes) => void chunks.push(bytes));
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    client.end(sent);
    await once(lent, 'end');
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    lent.end();
  });

  it('answers a client that has closed its side', async () => {
    const { client, lent } = await connected(() => undefined);
    client.end('question');
    await once(lent, 'end');
    lent.end('answer');
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toBe('answer');
  });

  it('stops and goes on reading', async () => {
    let got = 0;
    let seen: (() => void) | null = null;
    const { client, lent } = await connected((bytes, socket) => {
      got += bytes.length;
      socket.pause();
      seen?.();
    });
    const came = (): Promise<void> => new Promise((resolve) => (seen = resolve));
    let next = came();
    client.write(Buffer.alloc(400_000));
    while (got < 400_000) {
      await next;
      next = came();
      lent.resume();
    }
    expect(got).toBe(400_000);
    client.destroy();
  });

  it('is still counted by its server, and no longer once it is closed', async () => {
    const { client, lent, server } = await connected(() => undefined);
    expect(await count(server)).toBe(1);
    expect(lent.remoteAddress).toBe('127.0.0.1');
    lent.on('error', () => undefined);
    const closed = new Promise((resolve) => lent.once('close', resolve));
    client.resetAndDestroy();
    await closed;
    expect(await count(server)).toBe(0);
  });

  it('leaves a socket alone whose connection is held in another way', () => {
    expect(lendReads({ _handle: null } as unknown as Socket, () => undefined)).toBeNull();
    expect(lendReads({ _handle: { readStart: () => 0 } } as unknown as Socket, () => undefined)).toBeNull();
    expect(lendReads({} as Socket, () => undefined)).toBeNull();
  });
});
