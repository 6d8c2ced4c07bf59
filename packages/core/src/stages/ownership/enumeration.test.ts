import { describe, expect, it } from 'vitest';
import { EnumerationWatch } from './enumeration.ts';
import { Exchange } from '../../exchange.ts';

const POLICY = { objects: 3, withinMs: 60_000 };
let steadyMs = 0;
const watch = (policy = POLICY, previous: EnumerationWatch | null = null): EnumerationWatch =>
  new EnumerationWatch(policy, () => steadyMs, previous);

/** Asks from an address for an object that is another's; the date is whatever the clock of the machine says. */
function ask(noticing: EnumerationWatch, object: string, address = '192.0.2.1', dateMs = 1_800_000_000_000): boolean {
  const exchange = new Exchange('r', dateMs, 'GET', '/', ['Host', 'api.example'], address, false);
  exchange.clientAddress = address;
  exchange.strange = [object];
  return noticing.note(exchange);
}

describe('EnumerationWatch', () => {
  const asking = (address: string, atMs: number, ...objects: string[]): Exchange => {
    steadyMs = atMs;
    const exchange = new Exchange('r', 0, 'GET', '/', [], address, false);
    exchange.strange = objects;
    return exchange;
  };

  it('says so from the object that makes it too many until the window ends', () => {
    const noticing = watch({ objects: 3, withinMs: 1000 });
    expect(noticing.note(asking('10.0.0.1', 0, 'a/1', 'a/2'))).toBe(false);
    expect(noticing.note(asking('10.0.0.1', 1, 'a/1'))).toBe(false);
    expect(noticing.note(asking('10.0.0.1', 2, 'b/1'))).toBe(true);
    expect(noticing.note(asking('10.0.0.2', 3, 'b/1'))).toBe(false);
    expect(noticing.note(asking('10.0.0.1', 999, 'b/1'))).toBe(true);
    expect(noticing.note(asking('10.0.0.1', 1000, 'b/1'))).toBe(false);
  });

  it('counts a network of IPv6 as one', () => {
    const noticing = watch({ objects: 2, withinMs: 1000 });
    expect(noticing.note(asking('2001:db8::1', 0, 'a/1'))).toBe(false);
    expect(noticing.note(asking('2001:db8::2', 0, 'a/2'))).toBe(true);
  });

  it('remembers so many and no more, however many ask', () => {
    const noticing = watch({ objects: 1000, withinMs: 1_000_000 });
    for (let i = 0; i < 2_000; i++) noticing.note(asking(`10.0.${i >> 8}.${i & 255}`, i, `a/${i}`));
    expect(noticing.size).toBe(200);
  });

  it('counts different objects within a window, whatever becomes of the date meanwhile', () => {
    const noticing = watch();
    expect(ask(noticing, 'a')).toBe(false);
    expect(ask(noticing, 'b', undefined, 1_700_000_000_000)).toBe(false);
    expect(ask(noticing, 'c', undefined, 1_900_000_000_000)).toBe(true);
    steadyMs += 60_000;
    expect(ask(noticing, 'd')).toBe(false);
  });

  it('goes on with what the one before it noticed, by its own numbers, and within its own bound', () => {
    const before = watch();
    ask(before, 'a');
    ask(before, 'b');
    expect(ask(watch(POLICY, before), 'c')).toBe(true);
    expect(ask(watch({ objects: 4, withinMs: 60_000 }, before), 'd')).toBe(true);
    for (let at = 0; at < 20; at++) ask(before, 'a', `198.51.100.${at}`);
    const narrow = watch({ objects: 20_000, withinMs: 60_000 }, before);
    ask(narrow, 'a');
    expect(narrow.size).toBe(10);
  });
});
