import { expect, it } from 'vitest';
import { watchKeys } from './key-care.ts';
import type { Clock } from '../../clock.ts';
import type { KeyCare, Store } from '../../store/store-port.ts';

const HOUR_MS = 3_600_000;

it('keys that need care are counted once an hour and told of once a day, and never where there are none', async () => {
  let nowMs = 0;
  let asked = 0;
  let care: KeyCare = { active: 3, expiring: 0, unused: 0 };
  const told: string[] = [];
  const clock: Clock = { nowMs: () => nowMs, steadyMs: () => nowMs, schedule: () => () => undefined };
  const store = {
    async keysToLookAfter() {
      asked += 1;
      return care;
    },
  } as unknown as Store;
  const watch = watchKeys(clock, (_, detail) => told.push(detail));
  expect(watch.metrics()).toBe('');
  const pass = async (hours: number): Promise<void> => {
    for (let quarter = 0; quarter < hours * 4; quarter++) {
      await watch.look(store);
      nowMs += HOUR_MS / 4;
    }
  };
  await pass(48);
  expect([asked, told]).toEqual([48, []]);
  care = { active: 3, expiring: 1, unused: 2 };
  await pass(48);
  expect(told).toEqual(Array.from({ length: 2 }, () => '1 expire within 30 days, 2 were not used for 90 days'));
  for (const line of ['sallyport_keys_active 3', 'sallyport_keys_expiring 1', 'sallyport_keys_unused 2'])
    expect(watch.metrics()).toContain(`${line}\n`);
});

it('a store that fails is asked again an hour later, and what was counted stays', async () => {
  let nowMs = 0;
  let down = false;
  const clock: Clock = { nowMs: () => nowMs, steadyMs: () => nowMs, schedule: () => () => undefined };
  const store = {
    keysToLookAfter: () =>
      down ? Promise.reject(new Error('down')) : Promise.resolve({ active: 1, expiring: 0, unused: 0 }),
  } as unknown as Store;
  const watch = watchKeys(clock, () => undefined);
  await watch.look(store);
  down = true;
  nowMs += HOUR_MS;
  await expect(watch.look(store)).resolves.toBeUndefined();
  expect(watch.metrics()).toContain('sallyport_keys_active 1\n');
});
