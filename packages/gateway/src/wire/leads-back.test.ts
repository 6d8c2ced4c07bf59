import { describe, expect, it } from 'vitest';
import { leadsBack } from './leads-back.ts';

const to = (remoteAddress: string, localAddress = remoteAddress): Parameters<typeof leadsBack>[0] => ({
  remoteAddress,
  remotePort: 8080,
  localAddress,
});

describe('leadsBack', () => {
  it.each([
    ['127.0.0.1', to('127.0.0.1')],
    ['127.0.0.1', to('::ffff:127.0.0.1')],
    ['10.0.0.5', to('10.0.0.5')],
    ['0.0.0.0', to('127.0.0.1')],
    ['0.0.0.0', to('10.0.0.5')],
    ['::', to('::1')],
    ['::', to('127.0.0.2', '127.0.0.1')],
    ['::', to('fd00::5')],
  ])('listening at %s, a connection to %j is one to itself', (host, socket) => {
    expect(leadsBack(socket, { host, port: 8080 })).toBe(true);
  });

  it.each([
    ['127.0.0.1', to('::1')],
    ['127.0.0.1', to('10.0.0.5')],
    ['10.0.0.5', to('127.0.0.1')],
    ['0.0.0.0', to('10.0.0.6', '10.0.0.5')],
    ['0.0.0.0', { ...to('127.0.0.1'), remotePort: 8081 }],
    ['0.0.0.0', { remotePort: 8080 }],
  ])('listening at %s, a connection to %j is none', (host, socket) => {
    expect(leadsBack(socket, { host, port: 8080 })).toBe(false);
  });
});
