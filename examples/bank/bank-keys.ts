import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createFieldCipher,
  heldForGood,
  makeDataKey,
  makeKeyName,
  rewrapRow,
  unwrapKey,
  writeKeyFile,
} from '@sallyport/gateway';
import type { BankState } from './bank/state.ts';

const RULES = { columns: new Map([['iban', 'iban']]), record: 'id', encryptsClear: true, indexes: new Map() };

/**
 * Makes the keys that sallyport.yaml names in a folder, as `sallyport data-keys create` does, and gives what encrypts the bank's rows with them, as
 * `sallyport rewrap --encrypt-clear` does: the bank itself has no key, and stores what the door sends it.
 */
export function makeBankKeys(folder: string): (state: BankState) => void {
  const master = randomBytes(32);
  const wrapped = makeDataKey(master, makeKeyName(), 1, 0);
  writeFileSync(join(folder, 'master.key'), `${master.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  writeKeyFile(join(folder, 'data-keys.json'), [wrapped], true);
  const ports = { cipher: createFieldCipher(heldForGood([unwrapKey(master, wrapped)])), index: null };
  return ({ accounts }) => {
    for (const account of accounts.values()) {
      const row = JSON.stringify({ id: account.id, iban: account.iban });
      account.iban = (JSON.parse(rewrapRow(row, RULES, ports, Date.now())) as { iban: string }).iban;
    }
  };
}
