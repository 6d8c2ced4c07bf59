import { afterEach, describe, expect, it } from 'vitest';
import { openShop, SHOP, type Shop, type Told } from './shop.ts';

const schema = { type: 'object', properties: { accountId: { type: 'string' }, note: { type: 'string' } } };
const DOCUMENT = {
  ...SHOP,
  paths: {
    ...SHOP.paths,
    '/move': {
      post: {
        operationId: 'move',
        parameters: [{ name: 'accountId', in: 'query', schema: { type: 'string' } }],
        requestBody: {
          content: {
            'application/json': { schema: { type: 'object', properties: { note: {}, account_id: {} } } },
            'application/x-www-form-urlencoded': {
              schema: { type: 'object', properties: { note: { type: 'string' } } },
            },
            'multipart/form-data': { schema: { type: 'object', properties: { note: { type: 'string' } } } },
          },
        },
        responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
      },
    },
    '/upload': {
      post: {
        operationId: 'upload',
        parameters: [{ name: 'accountId', in: 'query', schema: { type: 'string' } }],
        requestBody: { content: { 'application/octet-stream': {}, 'application/x-ndjson': {} } },
        responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
      },
    },
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

  it('is no other than the one that Rack finds in the headers of a part', async () => {
    const two = (headers: string): string =>
      `${parts('acme-1').slice(0, -7)}--b\r\n${headers}\r\n\r\numbrella-2\r\n--b--\r\n`;
    const note = 'Content-Disposition: form-data; name="note"';
    for (const policyEnd of ['', 'modes: { body: off }']) {
      shop = await openShop(CLAIM, { document: DOCUMENT, policyEnd });
      expect(await pay(two(note), MULTIPART)).toBe('200');
      for (const headers of [
        `X-A: Content-Disposition: form-data; name="accountId"\r\n${note}`,
        `${note}; x="; name=accountId"`,
        `${note}; x="${'a'.repeat(1600)}"\r\nContent-ID: accountId`,
        `${note}\r\nX-Content-ID: accountId`,
        'Content-Disposition: form-data; Name="note"\r\nContent-ID: accountId',
      ])
        expect(await pay(two(headers), MULTIPART)).toBe(
          policyEnd === '' ? '400 BODY_MALFORMED' : '422 OWNERSHIP_ID_UNCLEAR',
        );
      expect(await pay(two(`${note}\r\nContent-ID: accountId`), MULTIPART)).toBe('422 OWNERSHIP_ID_UNCLEAR');
      expect(shop.seen).toHaveLength(1);
      await shop.close();
    }
  });

  it.each([
    ['application/x-www-form-urlencoded; a=+json', '{"accountId":"umbrella-2","x":"&accountId=acme-1&"}'],
    ['application/x-www-form-urlencoded; a=json', '{"accountId":"umbrella-2","x":"&accountId=acme-1&"}'],
    [
      'multipart/form-data; boundary=urlencoded',
      `${parts('acme-1').slice(0, -7)}--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n&accountId=umbrella-2&\r\n--b--\r\n`.replaceAll(
        '--b',
        '--urlencoded',
      ),
    ],
  ])('is not read from a body of type %s, for some read it as another', async (type, body) => {
    for (const policyEnd of ['', 'modes: { body: off }']) {
      shop = await openShop(CLAIM, { document: DOCUMENT, policyEnd });
      expect(await pay(body, type)).toBe('422 OWNERSHIP_ID_UNCLEAR');
      expect(shop.seen).toHaveLength(0);
      await shop.close();
    }
  });

  it('is read from what fetch and curl send, whatever their files are called', async () => {
    shop = await openShop(CLAIM, { document: DOCUMENT });
    const send = async (id: string): Promise<string> => {
      const body = new FormData();
      body.append('accountId', id);
      body.append('doc', new Blob(['x'], { type: 'text/plain' }), 'o;wn "1" name: naïve.txt');
      body.append('none', new Blob([]), '');
      return verdict(await shop.ask('alice', '/pay', { method: 'POST', body }));
    };
    expect(await send('acme-1')).toBe('200');
    expect(await send('umbrella-2')).toBe('404 OBJECT_NOT_FOUND');
    // As curl -F writes it.
    const boundary = '------------------------b735386aa9ea2aac';
    const curl = [
      ['; name="accountId"', 'acme-1'],
      ['; name="doc"; filename="o;wn %221%22 name.txt"\r\nContent-Type: text/plain', 'x'],
    ].map(([head, text]) => `--${boundary}\r\nContent-Disposition: form-data${head}\r\n\r\n${text}\r\n`);
    expect(await pay(`${curl.join('')}--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`)).toBe('200');
    expect(shop.seen).toHaveLength(2);
  });

  it.each([
    'account.Id',
    'account+Id',
    'account[Id',
    'account%5BId%5D',
    'accountId%00',
    '+accountId',
    '%20accountId',
    'account_id',
    'ACCOUNTID',
    'accountId[0]',
    'note=x;accountId',
  ])('is no other than the one that was asked about under the name %s, where the body is not checked', async (name) => {
    for (const mode of ['off', 'observe']) {
      shop = await openShop(CLAIM, { document: DOCUMENT, policyEnd: `modes: { body: ${mode}, parameters: ${mode} }` });
      expect(await pay(`accountId=acme-1&${name}=umbrella-2`)).toBe('422 OWNERSHIP_ID_UNCLEAR');
      expect(await pay(`${name}=umbrella-2&accountId=acme-1`)).toBe('422 OWNERSHIP_ID_UNCLEAR');
      expect(shop.seen).toHaveLength(0);
      await shop.close();
    }
  });

  it('is refused in a body that is compressed, or of another charset, where the body is not checked', async () => {
    shop = await openShop(CLAIM.replace('operations:', 'absent: pass, operations:'), {
      document: DOCUMENT,
      policyEnd: 'modes: { body: off }',
    });
    const sent = async (headers: Record<string, string>): Promise<string> =>
      verdict(await shop.ask('alice', '/pay', { method: 'POST', body: 'accountId=acme-1', headers }));
    const type = 'application/x-www-form-urlencoded';
    expect(await sent({ 'Content-Type': type })).toBe('200');
    expect(await sent({ 'Content-Type': type, 'Content-Encoding': 'gzip' })).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await sent({ 'Content-Type': `${type}; charset=ibm037` })).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(1);
  });

  it('is no other than the one in the query, where parameters are not checked', async () => {
    shop = await openShop(CLAIM, { document: DOCUMENT, policyEnd: 'modes: { parameters: off }' });
    const at = async (query: string): Promise<string> =>
      verdict(
        await shop.ask('alice', `/pay?${query}`, {
          method: 'POST',
          body: 'accountId=acme-1',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        }),
      );
    expect(await at('accountIdentity=1')).toBe('200');
    for (const query of ['accountId=umbrella-2', 'account.id=umbrella-2', 'a=1;accountId=umbrella-2'])
      expect(await at(query)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(1);
  });
});

describe('an id in the query', () => {
  const OWNED = '  ownership: { account: { id: query.accountId, in: principal.attributes.accounts, absent: pass } }';
  const json = (body: object): [string, string] => [JSON.stringify(body), 'application/json'];
  const form = (body: string): [string, string] => [body, 'application/x-www-form-urlencoded'];
  const moved = async ([body, type]: [string, string], headers = {}, query = '?accountId=acme-1'): Promise<string> =>
    verdict(
      await shop.ask('alice', `/move${query}`, { method: 'POST', body, headers: { 'Content-Type': type, ...headers } }),
    );

  it('is no other than the one that a body names, where the body is not checked', async () => {
    shop = await openShop(OWNED, { document: DOCUMENT, policyEnd: 'modes: { body: off }' });
    for (const passed of [
      form('note=x&accounts=1'),
      json({ note: 'x', account_id: 'x', ids: [] }),
      json([{ accountId: 1 }]),
    ])
      expect(await moved(passed)).toBe('200');
    expect(await moved(['accountId=umbrella-2', 'application/octet-stream'])).toBe('200');
    expect(shop.seen).toHaveLength(4);
    for (const query of ['?accountId=acme-1', ''])
      for (const refused of [
        form('note=x&accountId=umbrella-2'),
        form('account-id=umbrella-2'),
        form('accountId[]=umbrella-2'),
        form('a=1;accountId=umbrella-2'),
        json({ accountId: 'umbrella-2' }),
        json({ AccountID: 'umbrella-2' }),
        [parts('umbrella-2'), MULTIPART] as [string, string],
        ['{"accountId":', 'application/json'] as [string, string],
      ])
        expect(await moved(refused, {}, query)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await moved(json({ note: 'x' }), { 'Content-Encoding': 'gzip' })).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(4);
  });

  it('asks nothing of a body that is nothing but bytes, or of none', async () => {
    shop = await openShop(OWNED, { document: DOCUMENT });
    expect(await moved(json({ note: 'x' }))).toBe('200');
    expect(verdict(await shop.ask('alice', '/move?accountId=acme-1', { method: 'POST' }))).toBe('200');
  });

  it('is not that of a body whose type some reader takes for JSON, however large, where the operation takes bytes', async () => {
    const sent = async (type: string | null, body: string): Promise<string> => {
      const headers: Record<string, string> = type === null ? {} : { 'Content-Type': type };
      const bytes = new Blob([body + ' '.repeat(300_000)]);
      return verdict(await shop.ask('alice', '/upload?accountId=acme-1', { method: 'POST', body: bytes, headers }));
    };
    const named = '{"accountId":"umbrella-2"}';
    shop = await openShop(OWNED, { document: DOCUMENT });
    expect(await sent('application/octet-stream', named)).toBe('200');
    expect(await sent('application/x-ndjson', '{"note":1}\n')).toBe('200');
    expect(await sent('application/octet-stream; a=+json', named)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(2);
    await shop.close();
    shop = await openShop(OWNED, { document: DOCUMENT, policyEnd: 'modes: { body: off }' });
    for (const type of ['text/x-json', 'application/jsonl', 'application/json', null])
      expect(await sent(type, named)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    for (const type of ['application/x-www-form-urlencodedx', 'application/x-url-encoded', 'text/plain; a=urlencoded'])
      expect(await sent(type, 'accountId=umbrella-2')).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(await sent('application/json', '{"note":1}')).toBe('200');
    expect(shop.seen).toHaveLength(1);
  });
});
