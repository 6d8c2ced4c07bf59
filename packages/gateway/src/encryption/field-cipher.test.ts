import { createHmac, createSecretKey } from 'node:crypto';
import type { EncryptPolicy } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataKeyError } from './data-key-file.ts';
import { createFieldCipher, heldForGood } from './field-cipher.ts';
import { makeDataKey, readMasterKey, unwrapKey } from './master-key.ts';
import { createFieldIndex, indexKeysOf } from './field-index.ts';
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

  it.each([
    ['another field', { field: 'b', record: 'r' }],
    ['another record', { field: 'a', record: 's' }],
    ['no record', { field: 'a', record: null }],
  ])('opens nothing in a place that differs by %s alone', (_, to) => {
    const sealed = cipher.seal('x', { field: 'a', record: 'r' }, 1);
    expect(cipher.open(sealed, to)).toEqual({ ok: false, reason: 'not-authentic' });
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

  it.each(['!', '\n', '.', '=', ' ', 'é'])('a sealed text with %j before or behind it is malformed', (more) => {
    const at = { field: 'a', record: null };
    const sealed = cipher.seal('"123"', at, 1);
    for (const text of [sealed + more, more + sealed])
      expect(cipher.open(text, at)).toEqual({ ok: false, reason: 'malformed' });
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

  it('of keys whose time has come the last counts, and the higher version of two of one time, in whatever order they stand', () => {
    const writes = (...keys: readonly ReturnType<typeof key>[]): string =>
      createFieldCipher(heldForGood(keys)).seal('1', { field: 'a', record: null }, 10).slice(0, 9);
    for (const keys of [
      [key(3, 1), key(2, 5), key(4, 11)],
      [key(1, 5), key(2, 5), key(9, 4)],
    ]) {
      expect(writes(...keys)).toBe('sp1.k1.2.');
      expect(writes(...keys.toReversed())).toBe('sp1.k1.2.');
    }
  });
});

describe('field index', () => {
  const index = createFieldIndex(['k1.2', 'k1.1'], (id) => key(Number(id.slice(3))).key);

  it('law: index_is_equality: one text has one index in a field, and no other text and no other field has it', () => {
    const keep = createFieldIndex(['k1.1'], () => first.key);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (one, other, field, elsewhere) => {
        const made = keep.indexesOf(one, field);
        expect(made?.[0]).toMatch(/^si1\.1\.[A-Za-z0-9_-]{22}$/);
        const again = keep.indexesOf(other, elsewhere);
        expect(made?.[0] === again?.[0]).toBe(one === other && field === elsewhere);
      }),
    );
  });

  it('is made under each key, the first first, with a key that serves nothing else', () => {
    expect(index.indexesOf('a', 'f')?.map((one) => one.slice(0, 6))).toEqual(['si1.2.', 'si1.1.']);
    const derived = createHmac('sha256', first.key).update('sallyport index key').digest();
    const tag = createHmac('sha256', derived).update('["si1","f","a"]').digest().subarray(0, 16).toString('base64url');
    expect(createFieldIndex(['k1.1'], () => first.key).indexesOf('a', 'f')).toEqual([`si1.1.${tag}`]);
    expect(index.canIndex()).toBe(true);
    const without = createFieldIndex(['k1.1'], () => null);
    expect([without.canIndex(), without.indexesOf('a', 'f')]).toEqual([false, null]);
  });

  it('a version that is not in the file is told before anything is lost', () => {
    const indexes = new Map([['f', {}]]) as unknown as EncryptPolicy['indexes'];
    const file = [1, 2, 2].map((version) => makeDataKey(MASTER, 'k1', version, 0));
    for (const version of [2, 3])
      expect(() => indexKeysOf({ indexes, indexKeys: [1, version] }, file)).toThrow(DataKeyError);
    expect(indexKeysOf({ indexes, indexKeys: [1] }, file)).toEqual(['k1.1']);
    expect(indexKeysOf({ indexes: new Map(), indexKeys: [9] }, file)).toEqual([]);
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
  const both = createFieldCipher(heldForGood([first, key(2, 1_000)]));
  const rules = { columns: new Map([['ssn_text', 'SSN']]), record: 'id', encryptsClear: false, indexes: new Map() };
  const ports = { cipher: both, index: null };

  it('writes a value under the key of now, and leaves every other byte', () => {
    const sealed = cipher.seal('1.50', { field: 'ssn', record: '12345678901234567890' }, 1);
    const row = `{"id":12345678901234567890, "n":1.0,"ssn_text":"${sealed}"}`;
    const out = rewrapRow(row, rules, ports, 2_000);
    const [, written = ''] =
      /^\{"id":12345678901234567890,"n":1\.0,"ssn_text":"(sp1\.k1\.2\.[^"]*)"\}$/.exec(out) ?? [];
    expect(both.open(written, { field: 'ssn', record: '12345678901234567890' })).toEqual({ ok: true, text: '1.50' });
  });

  it('encrypts what is in clear only where that was asked for', () => {
    const row = '{"id":"a","ssn_text":1.50}';
    expect(rewrapRow(row, rules, ports, 1)).toBe(row);
    const out = JSON.parse(rewrapRow(row, { ...rules, encryptsClear: true }, ports, 1)) as { ssn_text: string };
    expect(both.open(out.ssn_text, { field: 'ssn', record: 'a' })).toEqual({ ok: true, text: '1.50' });
    expect(rewrapRow('{"ssn_text":null}', { ...rules, encryptsClear: true }, ports, 1)).toBe('{"ssn_text":null}');
  });

  it('writes the index beside a value, and null beside what is not looked up', () => {
    const index = createFieldIndex(['k1.1'], () => first.key);
    const email = {
      field: 'ssn',
      property: 'ssnIndex',
      normalize: ['digits'],
      parameters: [],
      fewValues: 'refuse',
    } as const;
    const more = { ...rules, encryptsClear: true, indexes: new Map([['ssn', { column: 'ssn_hash', index: email }]]) };
    const write = (row: string) =>
      JSON.parse(rewrapRow(row, more, { cipher: both, index }, 1)) as Record<string, unknown>;
    const one = write('{"id":"a","ssn_text":"1-2","ssn_hash":"old"}');
    expect(one['ssn_hash']).toMatch(/^si1\.1\.[A-Za-z0-9_-]{22}$/);
    expect(write(JSON.stringify({ ...one, ssn_hash: 'x' }))['ssn_hash']).toBe(one['ssn_hash']);
    expect(write('{"id":"b","ssn_text":12}')['ssn_hash']).toBe(one['ssn_hash']);
    for (const none of ['null', '{}', 'true', '"-"'])
      expect(write(`{"id":"b","ssn_text":${none},"ssn_hash":"old"}`)['ssn_hash']).toBe(null);
    expect(() => rewrapRow('{"id":"a","ssn_text":"1"}', more, ports, 1)).toThrow('no key to make its index with');
  });

  it('stops at a value of another record, at a row without id, and at what is no object', () => {
    const sealed = cipher.seal('1', { field: 'ssn', record: 'a' }, 1);
    expect(() => rewrapRow(`{"id":"b","ssn_text":"${sealed}"}`, rules, ports, 1)).toThrow(
      'does not open (not-authentic)',
    );
    expect(() => rewrapRow(`{"ssn_text":"${sealed}"}`, rules, ports, 1)).toThrow('no id in id');
    for (const none of ['""', 'null', '[]'])
      expect(() => rewrapRow(`{"id":${none},"ssn_text":"${sealed}"}`, rules, ports, 1)).toThrow('no id in id');
    for (const none of ['[1]', '{', 'null', ''])
      expect(() => rewrapRow(none, rules, ports, 1)).toThrow('no JSON object');
  });

  it('goes by rows without the column, and binds to no record where fields are bound to none', () => {
    expect(rewrapRow('{"id":"a","more":[1]}', { ...rules, encryptsClear: true }, ports, 1)).toBe(
      '{"id":"a","more":[1]}',
    );
    const unbound = { ...rules, record: null, encryptsClear: true };
    const out = JSON.parse(rewrapRow('{"id":"a","ssn_text":1}', unbound, ports, 1)) as { ssn_text: string };
    expect(both.open(out.ssn_text, { field: 'ssn', record: null })).toEqual({ ok: true, text: '1' });
  });

  it('stops where nothing may be written, and not at what it leaves in clear', () => {
    const closed = { cipher: createFieldCipher({ ...heldForGood([first]), mayWrite: () => false }), index: null };
    const sealed = cipher.seal('1', { field: 'ssn', record: 'a' }, 1);
    expect(() => rewrapRow(`{"id":"a","ssn_text":"${sealed}"}`, rules, closed, 1)).toThrow('cannot be had just now');
    expect(rewrapRow('{"id":"a","ssn_text":1}', rules, closed, 1)).toBe('{"id":"a","ssn_text":1}');
  });
});

/** Of a stored value there is no other copy: these were written once, and have to open in every version. */
describe('what was stored', () => {
  const kept = { name: 'k1', version: 1, activeFromMs: 0, key: createSecretKey(Buffer.alloc(32, 1)) };

  it.each([
    ['7', 'sp1.k1.1.DkCle3JekzPPD_fCG6eln_gPY4dWNs6XJzXgPN9Xbed8lA1Frb8yOw7GuJjePWDJiIwwgw'],
    [null, 'sp1.k1.1.WFnflPE4DKQS_cXeTrcDtbBw894ODTKFe8-wMoFHYCOEmSQ5dYpPaucLtzWnuV8nvKmhLw'],
  ])('opens, in the record %j', (record, sealed) => {
    const opened = createFieldCipher(heldForGood([kept])).open(sealed, { field: 'ssn', record });
    expect(opened).toEqual({ ok: true, text: '"123-45"' });
  });

  it('is found by its index', () => {
    expect(createFieldIndex(['k1.1'], () => kept.key).indexesOf('12345', 'ssn')).toEqual([
      'si1.1.rQV5zennc_8UIyxtwMfTAA',
    ]);
  });

  it('has a data key that unwraps under the master key', () => {
    const wrapped = 'lq9Hy3vgEN4QKtF5Ew5TrXtHLFi4fRUy4TrmF8yEnd9tM6n4kGhiBI7XyryZCcJr_XZ3FjrXKjE67dL4';
    const { key: unwrapped } = unwrapKey(MASTER, { name: 'k1', version: 1, activeFromMs: 0, wrapped });
    expect(unwrapped.export().toString('hex')).toBe('3197b8b0df6c47cf3ece146b4379c7cfc7b1b4426980c56146d3e60d6c3683c7');
  });
});
