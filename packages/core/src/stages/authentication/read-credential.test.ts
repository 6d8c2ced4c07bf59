import { describe, expect, test } from 'vitest';
import { checkKeyForm, readCookie, readQuery, type Reading } from './read-credential.ts';

const MALFORMED: Reading = { code: 'AUTHN_CREDENTIAL_MALFORMED' };
const AMBIGUOUS: Reading = { code: 'AUTHN_CREDENTIAL_AMBIGUOUS' };
const cookie = (value: string): Reading => readCookie(['Cookie', value], 'session');

describe('a key', () => {
  test.each([
    ['header or query', (key: string) => checkKeyForm({ value: key }, false)],
    ['Authorization', (key: string) => checkKeyForm({ value: key }, true)],
    ['cookie', (key: string) => cookie(`a=b; session=${key}`)],
  ])('of 1024 characters is taken from %s, and refused one longer', (_, read) => {
    const longest = 'k'.repeat(1024);
    expect(read(longest)).toEqual({ value: longest });
    expect(read(`${longest}k`)).toEqual(MALFORMED);
    expect(read('')).toEqual(MALFORMED);
  });

  test.each(['Token k3y', 'k3y'])('in Authorization may be %j', (value) => {
    expect(checkKeyForm({ value }, true)).toEqual({ value });
  });

  test.each(['Token  k3y', 'Token k3y ', ' k3y', 'Token a b', 'Token\tk3y', 'Token k\u00e9y'])(
    'in Authorization is refused as %j',
    (value) => {
      expect(checkKeyForm({ value }, true)).toEqual(MALFORMED);
    },
  );

  test('in any other header has no space', () => {
    expect(checkKeyForm({ value: 'Token k3y' }, false)).toEqual(MALFORMED);
  });
});

describe('readCookie', () => {
  test.each(['a=b;\tsession=k3y', 'session\t=k3y', ' \t session=k3y', 'session=k3y\t', 'session=k3y \t; a=b'])(
    'finds the name between spaces and tabs: %j',
    (value) => {
      expect(cookie(value)).toEqual({ value: 'k3y' });
    },
  );

  test('keeps what follows the first equals sign', () => {
    expect(cookie('session=k=3y==')).toEqual({ value: 'k=3y==' });
  });

  test('finds nothing where the name is part of another or its value', () => {
    expect(cookie('sessions=a; asession=b; other=session; other=session=c')).toBeNull();
  });
});

describe('readQuery', () => {
  test('finds a name that is written in other ways, and its value as it is meant', () => {
    expect(readQuery('a=b&api+key=k%2B3=y', 'api key')).toEqual({ value: 'k+3=y' });
    expect(readQuery('api_key', 'api_key')).toEqual({ value: '' });
  });

  test('finds nothing where the name is part of another or its value', () => {
    expect(readQuery('api_keys=a&=api_key&b=api_key=c&a=%zz', 'api_key')).toBeNull();
    expect(readQuery('', 'api_key')).toBeNull();
  });

  test('refuses a second one, also without a value', () => {
    expect(readQuery('api_key=k3y&api_key', 'api_key')).toEqual(AMBIGUOUS);
  });
});
