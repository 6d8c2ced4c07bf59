import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { vouch } from './vouch.ts';
import type { SealingState } from './sealing-state.ts';
import type { KeyRing, SealedCell } from './key-ring.ts';

/** How many former keys cookies may be vouched for by: each costs a hash for every cookie that somebody made up. */
const FORMER_VOUCHERS = 4;
const MAC_CHARACTERS = 32;

/** What cookies are made with, so that every node of a store knows those of the others. */
export interface CookieSealer {
  seal(text: string, place: string): string;
  /** Throws a `StoreError` for what was not sealed here for this place. */
  unseal(sealed: string, place: string): string;
  /** 128 bits in hex. */
  mac(text: string): string;
  /** Also of a key that was taken away since: changing the store's key logs nobody out. */
  isMac(text: string, mac: string): boolean;
}

export function createCookieSealer(ring: KeyRing, { current, vouchers }: SealingState): CookieSealer {
  const sealer = ring.under(current);
  const own = createSecretKey(ring.authenticating(current));
  // The last voucher is that of the current key.
  const accepted = [
    own,
    ...ring.ids.map((id) => createSecretKey(ring.authenticating(id))),
    ...vouchers.slice(-FORMER_VOUCHERS - 1).map(({ key }) => createSecretKey(key, 'hex')),
  ].filter((key, index, all) => all.findIndex((other) => other.equals(key)) === index);
  const cell = (place: string): SealedCell => ({ table: 'cookie', row: place, column: '' });
  const macUnder = (text: string, key: KeyObject): string => vouch(text, key).slice(0, MAC_CHARACTERS);
  return {
    seal: (text, place) => sealer.seal(text, cell(place)),
    unseal: (sealed, place) => sealer.unseal(sealed, cell(place)),
    mac: (text) => macUnder(text, own),
    isMac(text, mac) {
      if (mac.length !== MAC_CHARACTERS) return false;
      const shown = Buffer.from(mac, 'latin1');
      return accepted.some((key) => timingSafeEqual(shown, Buffer.from(macUnder(text, key), 'latin1')));
    },
  };
}
