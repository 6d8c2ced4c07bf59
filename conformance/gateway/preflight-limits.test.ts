import { afterEach, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';

let door: Door;
afterEach(() => door.close());

it('preflights count against the limits by address', async () => {
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY.replace(
      'limits: []',
      'limits: [{ by: address, algorithm: fixed-window, limit: 1/h }]\ncors: { origins: [https://app.example] }',
    ),
  });
  const preflight = async (): Promise<number> =>
    (
      await fetch(`${door.url}/fast`, {
        method: 'OPTIONS',
        headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'GET' },
      })
    ).status;
  expect([await preflight(), await preflight()]).toEqual([204, 429]);
  expect(door.seen).toEqual([]);
});
