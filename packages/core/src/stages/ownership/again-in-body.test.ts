import { describe, expect, it } from 'vitest';
import { againInBody, mayMerge, meantInBody, type MeantInBody } from './again-in-body.ts';
import { Exchange } from '../../exchange.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { OwnerCheck } from '../../policy/ownership-coverage.ts';

const checkOf = (name: string): OwnerCheck =>
  ({ places: [{ in: 'query', name, divider: null }] }) as unknown as OwnerCheck;
const meantOf = (
  ranges: readonly string[],
  schema: object | null = null,
  asked: readonly (readonly string[])[] = [],
): MeantInBody => {
  const document = { resolveSchema: () => null } as unknown as ApiDocument;
  const source = schema === null ? null : { file: 'a', pointer: '', dialect: 'json-schema-2020-12', node: schema };
  const requestBody = { content: ranges.map((range) => ({ range, schema: source })) };
  const inBody = { places: asked.map((tokens) => ({ in: 'body', tokens })) } as unknown as OwnerCheck;
  const meant = meantInBody(document, { requestBody } as unknown as Operation, [checkOf('accountId'), inBody]);
  if (meant === null) throw new Error('nothing is asked');
  return meant;
};
const NOTHING = meantOf(['application/octet-stream']);
const sent = (contentType: string | null, body: string | null): Exchange => {
  const exchange = new Exchange('r', 0, 'POST', '/', [], '127.0.0.1', false);
  exchange.headers.contentType = contentType;
  exchange.bodyFollows = true;
  exchange.body = body === null ? null : new TextEncoder().encode(body);
  return exchange;
};
const isAgain = (type: string | null, body: string | null, name = 'accountId', meant = NOTHING): boolean =>
  againInBody(meant, sent(type, body))(checkOf(name)) !== null;

describe('againInBody', () => {
  it.each([
    'application/octet-stream; a=+json',
    'text/plain;a="x/JSON"',
    'application/x-www-form-urlencoded; a=/json',
    'text/x-json',
    'application/jsonrequest',
    'application/jsonl',
    'application/x-ndjson',
    'no type',
    'application/x-www-form-urlencodedx',
    'application/x-url-encoded',
    'text/plain; a=urlencoded',
    'text/plain; a=json',
    'text/plain; a=multipart; boundary=b',
    'application/json; a=urlencoded',
    'multipart/form-data; boundary=urlencoded',
    'application/x-www-form-urlencoded; a=json',
  ])('cannot tell of %s, by its type alone', (type) => {
    expect(isAgain(type, '{"accountId":"umbrella-2"}')).toBe(true);
    expect(isAgain(type, null)).toBe(true);
    expect(mayMerge(NOTHING, sent(type, null))).toBe(false);
    expect(isAgain(type, '')).toBe(false);
  });

  it('cannot tell of a body without a type, unless it is empty', () => {
    expect(isAgain(null, 'a')).toBe(true);
    expect(isAgain(null, '')).toBe(false);
    expect(mayMerge(NOTHING, sent(null, null))).toBe(true);
    const bodiless = sent(null, null);
    bodiless.bodyFollows = false;
    expect(againInBody(NOTHING, bodiless)(checkOf('accountId'))).toBeNull();
    expect(mayMerge(NOTHING, bodiless)).toBe(false);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b'])(
    'asks for %s whole whatever the operation declares, and cannot tell without',
    (type) => {
      expect(mayMerge(NOTHING, sent(type, null))).toBe(true);
      expect(isAgain(type, null)).toBe(true);
    },
  );

  it.each(['application/octet-stream', 'image/png', 'text/plain', 'application/xml', 'text/csv'])(
    'lets %s pass as it comes',
    (type) => {
      const meant = meantOf(['application/json', 'image/*', '*/*']);
      expect(mayMerge(meant, sent(type, null))).toBe(false);
      expect(isAgain(type, null, 'accountId', meant)).toBe(false);
    },
  );

  it('lets JSON lines pass that the operation declares, but for those that Laravel reads as JSON', () => {
    const meant = meantOf(['application/json', 'Application/X-NDJSON ; charset=utf-8', 'application/jsonl']);
    expect(isAgain('application/x-ndjson', null, 'accountId', meant)).toBe(false);
    expect(mayMerge(meant, sent('application/x-ndjson', null))).toBe(false);
    expect(isAgain('application/x-ndjson; a=+json', null, 'accountId', meant)).toBe(true);
    expect(isAgain('application/jsonl', null, 'accountId', meant)).toBe(true);
  });

  it.each(['filter[accountId]', 'filter.accountId'])('finds %s in JSON and forms as in the query', (name) => {
    const json = (body: string, meant = NOTHING): boolean => isAgain('application/json', body, name, meant);
    expect(json('{"filter":{"accountId":"u"}}')).toBe(true);
    expect(json('{"Filter":{"account_id":"u"}}')).toBe(true);
    expect(json('{"filter.accountId":"u"}')).toBe(true);
    expect(json('{"filter":{"other":1},"accountId":1}')).toBe(false);
    expect(json('{"filter":{"accountId":"u"}}', meantOf(['application/json'], { properties: { filter: {} } }))).toBe(
      false,
    );
    const form = (body: string): boolean => isAgain('application/x-www-form-urlencoded', body, name);
    expect(form('filter[accountId]=u')).toBe(true);
    expect(form('filter[accountId][0]=u')).toBe(true);
    expect(form('accountId=u')).toBe(false);
  });

  it('lets no member that is declared hide what PHP takes for the id', () => {
    const account = meantOf(['application/x-www-form-urlencoded'], { properties: { account: {} } });
    const form = (body: string, meant = account): boolean =>
      isAgain('application/x-www-form-urlencoded', body, 'account_id', meant);
    for (const name of ['account.id', 'account[id', 'account%20id', 'account.id[0]', 'account[id][', 'account_id'])
      expect(form(`${name}=u`)).toBe(true);
    for (const name of ['account', 'account[name]', 'account[id]', 'account[a][]', 'account.name', 'account[name'])
      expect(form(`${name}=u`)).toBe(false);
    expect(form('account[id]=u', NOTHING)).toBe(true);
    expect(
      form('account.id=u', meantOf(['application/x-www-form-urlencoded'], { properties: { 'account.id': {} } })),
    ).toBe(false);
  });

  it('takes a member of JSON for what its whole name says', () => {
    for (const name of ['*', '[]', 'accountId.x', '0', 'accountId[x]'])
      expect(isAgain('application/json', JSON.stringify({ [name]: 1 }))).toBe(false);
    for (const name of ['accountId', 'account_id', 'ACCOUNTID', 'accountId[]'])
      expect(isAgain('application/json', JSON.stringify({ [name]: 1 }))).toBe(true);
  });

  it('takes parts without a name for none, but in multipart/form-data, or where Rack has something else for one', () => {
    const body = (header: string): string => `--b\r\n${header}\r\n\r\n{}\r\n--b--\r\n`;
    const related = 'multipart/related; type="application/json"; boundary=b';
    expect(isAgain(related, body('Content-Type: application/json'))).toBe(false);
    expect(isAgain('multipart/mixed; boundary=b', body('Content-ID: <other>'))).toBe(false);
    expect(isAgain(related, body('Content-Disposition: attachment; filename="other"'))).toBe(false);
    expect(isAgain(related, body('Content-ID: accountId'))).toBe(true);
    expect(isAgain(related, body('Content-Disposition: attachment; filename="accountId"'))).toBe(true);
    expect(isAgain(related, body('Content-Type: accountId'))).toBe(true);
    expect(isAgain(related, body('X-Content-ID: accountId'))).toBe(true);
    expect(isAgain(related, body('Content-Disposition: form-data; name="x"\r\nContent-ID: accountId'))).toBe(true);
    expect(isAgain(related, body('Content-Disposition: form-data; name="accountId"'))).toBe(true);
    expect(isAgain('multipart/form-data; boundary=b', body('Content-Type: application/json'))).toBe(true);
    expect(isAgain(related, '{"accountId":"u"}')).toBe(true);
  });

  it('takes for meant what is asked about, and nothing beside it', () => {
    const meant = meantOf(['application/json'], null, [['filter', 'accountId'], ['other', 'x'], ['accountId']]);
    const of = (type: string, body: string, name: string): boolean => isAgain(`application/${type}`, body, name, meant);
    const form = 'x-www-form-urlencoded';
    expect(of('json', '{"filter":{"accountId":1},"accountId":1}', 'filter[accountId]')).toBe(false);
    expect(of('json', '{"Filter":{"accountId":1}}', 'filter[accountId]')).toBe(true);
    expect(of('json', '{"filter":{"account_id":1}}', 'filter[accountId]')).toBe(true);
    expect(of('json', '{"other":{"x":1,"accountId":1}}', 'other[accountId]')).toBe(true);
    expect(of(form, 'filter[accountId]=1&filter.accountId=1&accountId=1', 'filter[accountId]')).toBe(false);
    expect(of(form, 'filter[account_id]=1', 'filter[accountId]')).toBe(true);
    expect(of(form, 'other[x]=1', 'other[accountId]')).toBe(false);
    expect(of(form, 'other[accountId]=1', 'other[accountId]')).toBe(true);
    expect(of(form, 'accountId=1', 'accountId')).toBe(false);
  });

  it('takes for meant no member that is only read', () => {
    const meant = meantOf(['application/json'], { properties: { accountId: { readOnly: true }, account_id: {} } });
    expect(isAgain('application/json', '{"accountId":1}', 'accountId', meant)).toBe(true);
    expect(isAgain('application/json', '{"account_id":1}', 'accountId', meant)).toBe(false);
  });

  it('knows for meant what a schema declares under a condition', () => {
    const meant = meantOf(['application/json'], {
      if: {},
      then: { properties: { accountId: {} } },
      else: { allOf: [{ properties: { account_id: {} } }] },
    });
    expect(isAgain('application/json', '{"accountId":1,"account_id":1}', 'accountId', meant)).toBe(false);
    expect(isAgain('application/json', '{"AccountId":1}', 'accountId', meant)).toBe(true);
  });
});
