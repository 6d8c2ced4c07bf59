import { ConfigurationError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { reloadInTurn } from './reload-in-turn.ts';

const codesOf = (error: ConfigurationError | null): readonly string[] =>
  (error?.problems ?? []).map(({ code, message }) => `${code} ${message}`);

it('a reload that throws is told and answered with its fault, and the next one has its turn', async () => {
  const told: ConfigurationError[] = [];
  let broken = true;
  const reload = reloadInTurn(
    () => (broken ? Promise.reject(new TypeError('broken')) : Promise.resolve(null)),
    (fault) => told.push(fault),
  );
  const fault = await reload();
  expect([codesOf(fault), told]).toEqual([['INTERNAL_FAULT broken'], [fault]]);
  broken = false;
  expect([await reload(), told.length]).toEqual([null, 1]);
});

it('a reload that throws at once is no different, even where it cannot be told', async () => {
  const reload = reloadInTurn(
    () => {
      throw new ConfigurationError([
        { code: 'POLICY_SYNTAX', file: '', line: 0, column: 0, path: '', message: 'bad', hint: null },
      ]);
    },
    () => {
      throw new Error('nobody listens');
    },
  );
  expect([codesOf(await reload()), codesOf(await reload())]).toEqual([['POLICY_SYNTAX bad'], ['POLICY_SYNTAX bad']]);
});

it('reloads asked for at once have their turns one after the other', async () => {
  const order: string[] = [];
  let turn = 0;
  const reload = reloadInTurn(
    async () => {
      const mine = turn++;
      order.push(`begins ${mine}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`ends ${mine}`);
      return null;
    },
    () => undefined,
  );
  await Promise.all([reload(), reload()]);
  expect(order).toEqual(['begins 0', 'ends 0', 'begins 1', 'ends 1']);
});
