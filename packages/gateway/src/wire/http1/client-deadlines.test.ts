import { describe, expect, it } from 'vitest';
import { ClientDeadlines } from './client-deadlines.ts';
import type { ConnectionHost } from '../connection-host.ts';

function deadlinesAt(clockMs: number) {
  const host = { clockMs, headTimeoutMs: 10, bodyTimeoutMs: 100 };
  return { host, deadlines: new ClientDeadlines(host as ConnectionHost) };
}

describe('ClientDeadlines', () => {
  it('counts what a client takes for its body while somebody reads it, and nothing else', () => {
    const { host, deadlines } = deadlinesAt(0);
    deadlines.forBody();
    expect(deadlines.isOver(5_000)).toBe(false);
    host.clockMs = 5_000;
    deadlines.readBody();
    deadlines.readBody();
    host.clockMs = 5_060;
    deadlines.holdBody();
    deadlines.holdBody();
    expect(deadlines.isOver(9_000)).toBe(false);
    host.clockMs = 9_000;
    deadlines.readBody();
    expect(deadlines.isOver(9_039)).toBe(false);
    expect(deadlines.isOver(9_040)).toBe(true);
  });

  it('does not give a body that is passed over the time of one that is read', () => {
    const { host, deadlines } = deadlinesAt(0);
    deadlines.forBody();
    deadlines.readBody();
    deadlines.holdBody();
    deadlines.forHead();
    host.clockMs = 5;
    deadlines.readBody();
    expect(deadlines.isOver(9)).toBe(false);
    expect(deadlines.isOver(10)).toBe(true);
  });
});
