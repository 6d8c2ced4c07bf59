import { createCipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyRing, sealedUnder, type KeyRing, type SealedCell } from './key-ring.ts';
import { StoreError } from './store-error.ts';

const OLD = 'an old key for tests that is long enough';
const NEW = 'a new key for tests that is long enough';
const CELL: SealedCell = { table: 'sallyport_keys', row: 'a', column: 'sealed' };
const both = createKeyRing([NEW, OLD]);
const old = createKeyRing([OLD]);

function sealed(ring: KeyRing, text = 'a secret'): string {
  return ring.under(ring.ids[0]).seal(text, CELL);
}

/** What a ring refuses a text with. */
function refusal(ring: KeyRing, text: string, cell = CELL): StoreError {
  try {
    ring.unseal(text, cell);
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('a ring of keys', () => {
  it('seals under the key that is asked for, and opens what any of them sealed', () => {
    expect(both.ids).toHaveLength(2);
    expect(both.ids[1]).toBe(old.ids[0]);
    for (const id of both.ids) {
      const text = both.under(id).seal('a secret', CELL);
      expect(sealedUnder(text)).toBe(id);
      expect(both.unseal(text, CELL)).toBe('a secret');
    }
    expect(both.unseal(sealed(old), CELL)).toBe('a secret');
    for (const text of ['', '\0', 'ß😀'.repeat(1000)]) expect(both.unseal(sealed(both, text), CELL)).toBe(text);
    expect(sealed(both)).not.toBe(sealed(both));
  });

  it('opens nothing under a key that it has not, and says which and what to do', () => {
    const error = refusal(old, sealed(both));
    expect(error.kind).toBe('key');
    expect(error.message).toContain(`id ${both.ids[0]}`);
    expect(error.message).toContain('sallyport store reseal');
    expect(() => old.under(both.ids[0])).toThrow(StoreError);
    expect(() => old.authenticating(both.ids[0])).toThrow(StoreError);
    expect([old.has(old.ids[0]), old.has(both.ids[0])]).toEqual([true, false]);
  });

  it('opens nothing of which a bit was changed or an end is missing', () => {
    const text = sealed(both);
    const [form, id, body = ''] = text.split('.');
    const bytes = Buffer.from(body, 'base64url');
    const again = (changed: Buffer): string => `${form}.${id}.${changed.toString('base64url')}`;
    expect(both.unseal(again(bytes), CELL)).toBe('a secret');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(refusal(both, again(changed)).kind).toBe('key');
      expect(refusal(both, again(bytes.subarray(0, at))).kind).toBe('key');
    }
  });

  it.each<[string, SealedCell]>([
    ['row', { ...CELL, row: 'b' }],
    ['column', { ...CELL, column: 'contact' }],
    ['table', { ...CELL, table: 'sallyport_sessions' }],
  ])('opens nothing that was moved to another %s', (_, cell) => {
    expect(refusal(both, sealed(both), cell).kind).toBe('key');
  });

  it('opens nothing that says it was sealed under another of its keys', () => {
    const text = sealed(both);
    expect(refusal(both, text.replace(both.ids[0], both.ids[1] ?? '')).kind).toBe('key');
  });

  it.each(['', 'text', 'v2.', 'v2.short.AAAA'])('opens no %j, which is no form of its own', (text) => {
    expect(refusal(both, text).kind).toBe('key');
  });

  it('opens nothing that has its form behind something else', () => {
    for (const before of [' ', 'v1.', 'v2.', 'v3.']) expect(refusal(both, before + sealed(both)).kind).toBe('key');
  });

  it('needs a key', () => {
    expect(() => createKeyRing([])).toThrow(expect.objectContaining({ kind: 'settings' }));
  });

  it('derives another key for vouching than for sealing, and another of each key', () => {
    const [newest, older] = both.ids.map((id) => both.authenticating(id).toString('hex'));
    expect(newest).not.toBe(older);
    expect(both.authenticating(both.ids[0])).toHaveLength(32);
    expect(newest).not.toBe(
      Buffer.from(hkdfSync('sha256', NEW, '', 'sallyport store: sealed secrets', 32)).toString('hex'),
    );
  });
});

describe('what was sealed before keys had ids', () => {
  const former = (place: string): string => {
    const key = Buffer.from(hkdfSync('sha256', OLD, '', 'sallyport store: sealed secrets', 32));
    const nonce = Buffer.alloc(12, 7);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
    const bytes = Buffer.concat([nonce, cipher.update('a secret'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${bytes.toString('base64url')}`;
  };

  it.each<[SealedCell['table'], string]>([
    ['sallyport_keys', 'key a'],
    ['sallyport_sessions', 'session a'],
    ['sallyport_signing_keys', 'signing key a'],
    ['sallyport_meta', 'a'],
  ])('opens in %s, under whichever key does', (table, place) => {
    const cell = { ...CELL, table };
    expect(sealedUnder(former(place))).toBeNull();
    expect(both.unseal(former(place), cell)).toBe('a secret');
    expect(both.openerOf(former(place), cell)).toBe(old.ids[0]);
    expect(refusal(both, former(place), { ...cell, row: 'b' }).kind).toBe('key');
    expect(refusal(both, former(place).replace('v1.', 'v0.'), cell).kind).toBe('key');
    expect(refusal(createKeyRing([NEW]), former(place), cell).kind).toBe('key');
    expect(() => both.openerOf(sealed(both), cell)).toThrow(StoreError);
  });
});

it('what was sealed in a store opens in every version, and what vouches for its rows stays the same', () => {
  const ring = createKeyRing(['a key for tests that is long enough']);
  expect(ring.ids).toEqual(['unTwHOAAlbpd']);
  expect(ring.unseal('v2.unTwHOAAlbpd.17GT0mH5tRSb0XnXSM0ObWLMNu7H_4MJnAk3fdSSDgukJ0iR', CELL)).toBe('a secret');
  expect(ring.authenticating(ring.ids[0]).toString('hex')).toBe(
    '02f7b014dca1cdd39c4117ff5fed1e111d94a98dafad8d8748e44bf037c6d3fd',
  );
});
