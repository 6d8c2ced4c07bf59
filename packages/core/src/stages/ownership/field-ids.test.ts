import { describe, expect, it } from 'vitest';
import { parseMediaType } from '../validation/media-type.ts';
import { fieldIds, fieldsOf, readFields } from './field-ids.ts';
import { Exchange } from '../../exchange.ts';
import { LoosePlace } from './loose-place.ts';

const encoder = new TextEncoder();
const typeOf = (text: string) => {
  const type = parseMediaType(text);
  if (type === null) throw new Error(text);
  return type;
};
const idsIn = (body: string, type: string, tokens: readonly string[]) =>
  fieldIds(readFields(encoder.encode(body), typeOf(type)), new LoosePlace(tokens));
const form = (body: string, ...tokens: string[]) => idsIn(body, 'application/x-www-form-urlencoded', tokens);
const part = (name: string, text: string, more = ''): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`;
const multipart = (body: string, ...tokens: string[]) =>
  idsIn(`${body}--b--\r\n`, 'multipart/form-data; boundary=b', tokens);

describe('fieldIds of a form', () => {
  it.each([
    ['accountId=7', ['accountId'], ['7']],
    ['x=1&accountId=a%20b&y=2', ['accountId'], ['a b']],
    ['account%49d=7', ['accountId'], ['7']],
    ['accountId=7&accountId=8', ['accountId'], ['7', '8']],
    ['account[id]=7', ['account', 'id'], ['7']],
    ['account.id=7', ['account', 'id'], ['7']],
    ['account.id=7', ['account.id'], ['7']],
    ['ids[]=7&ids[1]=8&ids=9', ['ids', '*'], ['7', '8', '9']],
    ['accountId=7&accountName=x&accountIds=8&my_account_id=9&=1&&', ['accountId'], ['7']],
    ['items[0][id]=7&items[][id]=8&items.2.id=9', ['items', '*', 'id'], ['7', '8', '9']],
    ['accountIdentity=7&other[accountId]=8', ['accountId'], null],
    ['', ['accountId'], null],
    ['1712345678=&0=x&7[x]=y', ['accountId'], null],
    ['0[id]=7', ['*', 'id'], ['7']],
  ] as const)('takes %s at /%s', (body, tokens, ids) => expect(form(body, ...tokens)).toEqual(ids));

  it.each([
    ['accountId=7&accountId[]=8', 'accountId'],
    ['accountId=7&accountId[x]=8', 'accountId'],
    ['accountId=7&AccountId=8', 'accountId'],
    ['accountId=7&+accountId=8', 'accountId'],
    ['accountId=7&accountId[=8', 'accountId'],
    ['accountId=%ff', 'accountId'],
    ['accountId=7;note=x', 'accountId'],
    ['note=x;accountId=8', 'accountId'],
    ['accountId=7&accountId%00x=8', 'accountId'],
    ['accountId=7&account.id=8', 'account_id'],
    ['account_id=7&account.id=8', 'account_id'],
    ['account_id=7&account+id=8', 'account_id'],
    ['account_id=7&account%5Bid=8', 'account_id'],
    ['account_id=7&account%255Bid=8', 'account_id'],
    ['account_id=7&accountId=8', 'account_id'],
    ['accountId=7&account-id=8', 'accountId'],
    ['accountId=7&!accountId=8', 'accountId'],
    ['accountId=7&[accountId]=8', 'accountId'],
    ['accountId=7&accountId%5D=8', 'accountId'],
    ['accountId=7&%EF%BD%81ccountId=8', 'accountId'],
    ['accountId=7&account%C4%B1d=8', 'accountId'],
    ['accountId=7&%E2%92%B6ccountId=8', 'accountId'],
    ['accountId=7&accountI%CC%81%CC%A3d=8', 'accountId'],
    [`accountId=7&${'%20'.repeat(2000)}accountId=8`, 'accountId'],
    [`accountId=7&${'%CC%81'.repeat(2000)}accountId=8`, 'accountId'],
    ['accountId=7&[0][accountId]=8', 'accountId'],
    ['ids=7&%20ids[0]=8', 'ids'],
  ])('cannot tell which of two ids %s means', (body, token) => expect(form(body, token)).toBe('unclear'));

  it.each([
    ['account={"id":7}', ['account', 'id']],
    ['account[][id]=7', ['account', 'id']],
    ['items[id]=7', ['items', '*', 'id']],
    ['items[0][id][]=7', ['items', '*', 'id']],
    ['Items[0].Id=7', ['items', '*', 'id']],
  ] as const)('cannot tell whether %s is /%s', (body, tokens) => expect(form(body, ...tokens)).toBe('unclear'));
});

describe('fieldIds of a multipart body', () => {
  it('takes plain parts', () => {
    expect(multipart(part('x', '1') + part('accountId', '7'), 'accountId')).toEqual(['7']);
    expect(multipart(part('accountId', '7', '\r\nContent-Type: text/plain; charset=UTF-8'), 'accountId')).toEqual([
      '7',
    ]);
    const others = part('x', '8', '\r\nContent-ID: <y>') + part('file', '', '; filename="accountId"') + part('', '9');
    expect(multipart(part('accountId', '7') + others, 'accountId')).toEqual(['7']);
  });

  it.each([
    ['a file', part('accountId', '7', '; filename="x"')],
    ['JSON', part('accountId', '7', '\r\nContent-Type: application/json')],
    ['base64', part('accountId', 'Nw==', '\r\nContent-Transfer-Encoding: base64')],
    ['the part of a list', part('accountId', '7') + part('accountId[]', '8')],
    ['a part of a name that PHP rewrites', part('account.id', '8') + part('accountId', '7')],
    ['another charset', part('accountId', '7', '\r\nContent-Type: text/plain; charset=utf-7')],
    ['a part without a name', `${part('accountId', '7')}--b\r\nContent-Type: text/plain\r\n\r\n8\r\n`],
    ['a part whose Content-ID is called so', part('accountId', '7') + part('x', '8', '\r\nContent-ID: <account-id>')],
    ['a file of no name that is called so', part('accountId', '7') + part('', '8', '; filename="accountId"')],
    [
      'a part of no name whose type is called so',
      part('accountId', '7') + part('', '8', '\r\nContent-Type: accountId'),
    ],
    ['a name in quotes', part('accountId', '7') + part('x', '8', '; y="; name=accountId"')],
    ['a header in a header', part('accountId', '7') + part('x', '8', '\r\nX: Content-ID: accountId')],
    ['a malformed body', '--b\r\n'],
  ])('cannot tell an id in %s', (_, body) => expect(multipart(body, 'accountId')).toBe('unclear'));
});

it('fieldIds cannot tell an id in a body of another type', () => {
  expect(idsIn('accountId=7', 'text/plain', ['accountId'])).toBe('unclear');
});

it('fieldIds takes a form of 10,000 fields, and none of more', () => {
  const pairs = 'a=1&'.repeat(9999);
  expect(form(`${pairs}accountId=7`, 'accountId')).toEqual(['7']);
  expect(form(`${pairs}&accountId=7`, 'accountId')).toBe('unclear');
});

it('fieldsOf reads a body once, and another anew', () => {
  const exchange = new Exchange('r', 0, 'POST', '/', [], '127.0.0.1', false);
  const type = typeOf('application/x-www-form-urlencoded');
  expect(fieldsOf(exchange, type)).toBeNull();
  exchange.body = encoder.encode('a=1');
  const fields = fieldsOf(exchange, type);
  expect(fields?.all).toEqual([{ name: 'a', text: '1' }]);
  expect(fieldsOf(exchange, type)).toBe(fields);
  exchange.body = encoder.encode('b=1');
  expect(fieldsOf(exchange, type)?.all).toEqual([{ name: 'b', text: '1' }]);
});
