import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataKeyError } from './data-key-file.ts';
import { createFieldCipher, heldForGood } from './field-cipher.ts';
import { makeDataKey, readMasterKey, unwrapKey } from './master-key.ts';
import { rewrapRow } from './rewrap-row.ts';

const MASTER = Buffer.alloc(32, 7);
const key = (version: number, activeFromMs = 0) => unwrapKey(MASTER, makeDataKey(MASTER, 'k1', version, activeFromMs));
const first = key(1);
const cipher = createFieldCipher(heldForGood([first]));
const place = fc.record({ field: fc.string(), record: fc.option(fc.string()) });

describe('field cipher', () => {
  it('law: encrypt_then_decrypt_is_identity, in an alphabet that JSON, forms and text columns leave alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), place, (text, at) => {
        const sealed = cipher.seal(text, at, 1);
        expect(sealed).toMatch(/^sp1\.k1\.1\.[A-Za-z0-9_-]{60,}$/);
        expect(encodeURIComponent(sealed)).toBe(sealed);
        expect(cipher.open(sealed, at)).toEqual({ ok: true, text });
      }),
    );
  });

  it('law: ciphertext_moved_to_another_record_fails, and so does one moved to another field', () => {
    fc.assert(
      fc.property(fc.json(), place, place, (text, from, to) => {
        fc.pre(from.field !== to.field || from.record !== to.record);
        expect(cipher.open(cipher.seal(text, from, 1), to)).toEqual({ ok: false, reason: 'not-authentic' });
      }),
    );
  });

  it('law: any other text than the one that was sealed does not open', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 63 }), (index, shift) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const sealed = cipher.seal('"123"', { field: 'a', record: null }, 1);
        const at = 'sp1.k1.1.'.length + (index % (sealed.length - 'sp1.k1.1.'.length));
        const other = alphabet[(alphabet.indexOf(sealed[at] as string) + shift) % 64] as string;
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        expect(cipher.open(changed, { field: 'a', record: null }).ok).toBe(false);
      }),
    );
  });

  it('never seals one text twice the same', () => {
    const at = { field: 'a', record: '1' };
    expect(new Set(Array.from({ length: 50 }, () => cipher.seal('1', at, 1))).size).toBe(50);
  });

  it('a text that was cut off is malformed, and a key that is not there is told', () => {
    const at = { field: 'a', record: null };
    const sealed = cipher.seal('"123"', at, 1);
    expect(cipher.open(sealed.slice(0, 40), at)).toEqual({ ok: false, reason: 'malformed' });
    expect(cipher.open(sealed.replace('k1.1', 'k1.2'), at)).toEqual({ ok: false, reason: 'key-unknown' });
    const both = createFieldCipher(heldForGood([first, key(2)]));
    expect(both.open(sealed.replace('k1.1', 'k1.2'), at)).toEqual({ ok: false, reason: 'not-authentic' });
  });

  it('writes under a new key from its time on, and reads what was written before', () => {
    const both = createFieldCipher(heldForGood([first, key(2, 1_000)]));
    const at = { field: 'a', record: null };
    const old = both.seal('1', at, 999);
    expect(old).toMatch(/^sp1\.k1\.1\./);
    expect(both.seal('1', at, 1_000)).toMatch(/^sp1\.k1\.2\./);
    expect(both.open(old, at)).toEqual({ ok: true, text: '1' });
    expect(() => createFieldCipher(heldForGood([key(1, 10)])).seal('1', at, 9)).toThrow('no data key');
  });
});

describe('data keys', () => {
  it('do not unwrap under another master key, nor as another version', () => {
    const wrapped = makeDataKey(MASTER, 'k1', 1, 0);
    expect(() => unwrapKey(Buffer.alloc(32, 8), wrapped)).toThrow(DataKeyError);
    expect(() => unwrapKey(MASTER, { ...wrapped, version: 2 })).toThrow(DataKeyError);
  });

  it('a master key that is not 32 bytes is refused, and not told', () => {
    expect(readMasterKey(`${MASTER.toString('base64')}\n`)).toEqual(MASTER);
    expect(readMasterKey(MASTER.toString('hex'))).toEqual(MASTER);
    for (const text of ['', 'secret', MASTER.toString('base64').slice(4)])
      expect(() => readMasterKey(text)).toThrow('the master key is not 32 bytes');
  });
});

describe('rewrapRow', () => {
  const rules = { columns: new Map([['ssn_text', 'SSN']]), record: 'id', encryptsClear: false };
  const both = createFieldCipher(heldForGood([first, key(2, 1_000)]));

  it('writes a value under the key of now, and leaves every other byte', () => {
    const sealed = cipher.seal('1.50', { field: 'ssn', record: '12345678901234567890' }, 1);
    const row = `{"id":12345678901234567890, "n":1.0,"ssn_text":"${sealed}"}`;
    const out = rewrapRow(row, rules, both, 2_000);
    const [, written = ''] =
      /^\{"id":12345678901234567890,"n":1\.0,"ssn_text":"(sp1\.k1\.2\.[^"]*)"\}$/.exec(out) ?? [];
    expect(both.open(written, { field: 'ssn', record: '12345678901234567890' })).toEqual({ ok: true, text: '1.50' });
  });

  it('encrypts what is in clear only where that was asked for', () => {
    const row = '{"id":"a","ssn_text":1.50}';
    expect(rewrapRow(row, rules, both, 1)).toBe(row);
    const out = JSON.parse(rewrapRow(row, { ...rules, encryptsClear: true }, both, 1)) as { ssn_text: string };
    expect(both.open(out.ssn_text, { field: 'ssn', record: 'a' })).toEqual({ ok: true, text: '1.50' });
    expect(rewrapRow('{"ssn_text":null}', { ...rules, encryptsClear: true }, both, 1)).toBe('{"ssn_text":null}');
  });

  it('stops at a value of another record, at a row without id, and at what is no object', () => {
    const sealed = cipher.seal('1', { field: 'ssn', record: 'a' }, 1);
    expect(() => rewrapRow(`{"id":"b","ssn_text":"${sealed}"}`, rules, both, 1)).toThrow(
      'does not open (not-authentic)',
    );
    expect(() => rewrapRow(`{"ssn_text":"${sealed}"}`, rules, both, 1)).toThrow('no id in id');
    expect(() => rewrapRow('[1]', rules, both, 1)).toThrow('no JSON object');
  });
});
