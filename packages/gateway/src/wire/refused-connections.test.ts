import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { tellRefused, watchRefused } from './refused-connections.ts';

it('tells that connections are refused once, and how many they were when none was for a minute', () => {
  const due: (() => void)[] = [];
  const told: string[] = [];
  const onRefused = tellRefused(
    'door',
    (level, message, fields) => told.push(`${level} ${message} ${JSON.stringify(fields)}`),
    {
      schedule(_delayMs, task) {
        due.push(task);
        return () => undefined;
      },
    },
  );
  onRefused('8 are open, as many as may be');
  onRefused('8 are open, as many as may be');
  due.shift()?.();
  expect(told).toEqual(['warn connections are refused {"listener":"door","reason":"8 are open, as many as may be"}']);
  due.shift()?.();
  expect(told.slice(1)).toEqual(['info connections are taken again {"listener":"door","refused":2}']);
  onRefused('this process has too many files open');
  expect([told.length, due.length]).toEqual([3, 1]);
});

it('a connection that the system cannot hand over is refused with its reason and ends nothing', async () => {
  const reasons: string[] = [];
  const server = createServer();
  watchRefused(server, (reason) => reasons.push(reason));
  server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  server.maxConnections = 1;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const first = connect(port, '127.0.0.1');
  await once(server, 'connection');
  const second = connect(port, '127.0.0.1');
  await once(second, 'close');
  expect(reasons).toEqual(['this process has too many files open', '1 are open, as many as may be']);
  first.destroy();
  server.close();
});
