import { afterEach, describe, expect, it } from 'vitest';
import { openShop, SHOP, type Shop, type Told } from './shop.ts';

const schema = { type: 'object', properties: { accountId: { type: 'string' }, note: { type: 'string' } } };
const DOCUMENT = {
  ...SHOP,
  paths: {
    ...SHOP.paths,
    '/pay': {
      post: {
        operationId: 'pay',
        requestBody: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema }, 'multipart/form-data': { schema } },
        },
        responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
      },
    },
  },
};
const CLAIM =
  "  ownership: { account: { id: 'body:/accountId', in: principal.attributes.accounts, operations: [pay] } }";
const READ =
  "  ownership: { account: { id: [path.accountId, 'body:/accountId'], owner: response:/ownerId, read: { operation: getAccount } } }";

const verdict = ({ status, code }: Told): string => `${status} ${code ?? ''}`.trim();

let shop: Shop;
afterEach(() => shop.close());

const pay = async (body: string, type = 'application/x-www-form-urlencoded'): Promise<string> =>
  verdict(await shop.ask('alice', '/pay', { method: 'POST', body, headers: { 'Content-Type': type } }));
const parts = (id: string, more = ''): string =>
  `--b\r\nContent-Disposition: form-data; name="accountId"${more}\r\n\r\n${id}\r\n--b--\r\n`;
const MULTIPART = 'multipart/form-data; boundary=b';

describe('an id in a form', () => {
  it('has to be of an object of the caller, by a claim or by a call', async () => {
    for (const policy of [CLAIM, READ]) {
      shop = await openShop(policy, { document: DOCUMENT });
      expect(await pay('accountId=acme-1&note=x')).toBe('200');
      expect(await pay('accountId=umbrella-2')).toBe('404 OBJECT_NOT_FOUND');
      expect(await pay(parts('acme-1'), MULTIPART)).toBe('200');
      expect(await pay(parts('umbrella-2'), MULTIPART)).toBe('404 OBJECT_NOT_FOUND');
      await shop.close();
    }
  });

  it('is looked at in every field of its name, where the body is not checked', async () => {
    shop = await openShop(CLAIM, { document: DOCUMENT, policyEnd: 'modes: { body: off }' });
    expect(await pay('accountId=acme-1&accountId=umbrella-2')).toBe('404 OBJECT_NOT_FOUND');
    expect(await pay('accountId=acme-1&account%49d=umbrella-2')).toBe('404 OBJECT_NOT_FOUND');
    expect(await pay('accountId=acme-1&accountId[]=umbrella-2')).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await pay('accountId=acme-1&AccountID=umbrella-2')).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await pay('note=x')).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await pay(parts('acme-1', '; filename="x"'), MULTIPART)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(0);
  });
});
