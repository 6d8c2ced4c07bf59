import { describe, expect, it } from 'vitest';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import { loadDocument } from '../../openapi/load-document.ts';
import { compileBody } from './body.ts';
import { parameters } from './parameters.ts';
import { compileResponse, decideResponseHead } from './response.ts';
import { contextOf, exchangeOf, type RequestFacts } from './testing/fixtures.ts';

const DOCUMENT = `
openapi: 3.0.3
info: { title: things, version: '1' }
paths:
  /things/{kind}:
    post:
      operationId: make
      parameters:
        - { name: kind, in: path, required: true, schema: { $ref: '#/components/schemas/Kind' } }
        - { name: size, in: query, schema: { type: integer, nullable: true, minimum: 1 } }
        - { name: all, in: query, schema: { allOf: [{ type: integer }, { maximum: 5 }] } }
        - { name: tree, in: query, style: deepObject, explode: true, schema: { $ref: '#/components/schemas/Tree' } }
        - { name: big, in: query, schema: { type: integer, format: int64, maximum: 9007199254740994 } }
        - { name: ids, in: query, explode: false, schema: { type: array, uniqueItems: true, items: { type: integer } } }
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: '#/components/schemas/Thing' } }
          application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Thing' } }
          application/x-ndjson: { schema: { type: array, items: { $ref: '#/components/schemas/Thing' } } }
          multipart/form-data:
            schema:
              type: object
              required: [thing]
              properties:
                thing: { $ref: '#/components/schemas/Thing' }
                things: { type: array, items: { $ref: '#/components/schemas/Thing' } }
                file: { type: string, format: binary }
      responses:
        '200':
          description: made
          headers: { X-Count: { required: true, schema: { type: integer } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } }
components:
  schemas:
    Kind: { type: string, enum: ['1', a] }
    Tree: { type: object, properties: { value: { type: integer }, left: { $ref: '#/components/schemas/Tree' } } }
    Thing:
      type: object
      required: [name]
      properties:
        name: { type: string }
        id: { type: integer, readOnly: true }
        password: { type: string, writeOnly: true }
        age: { type: integer }
`;

const document = loadDocument(createMemoryReader({ 'api.yaml': DOCUMENT }), 'api.yaml');
const schemas = createSchemaCompiler(document);
const [operation] = document.operations;
if (operation === undefined) throw new Error('nothing loaded');
const strip = contextOf({
  schemas,
  document,
  requests: { undeclaredProperties: 'strip', unknownParameters: 'refuse' },
});

function ask(query: string | null, kind = 'a'): string[] {
  const rule = parameters.compile(operation as NonNullable<typeof operation>, strip);
  if (rule === null) throw new Error('nothing compiled');
  const denial = parameters.decide(rule, exchangeOf({ pathValues: [kind], query }));
  return denial === null ? [] : denial.errors.map(({ name, keyword, schema }) => `${name} ${keyword} ${schema}`);
}

function send(contentType: string, body: string): string {
  const rule = compileBody(operation as NonNullable<typeof operation>, strip);
  const facts: RequestFacts = { contentType, contentLength: String(Buffer.byteLength(body)), body };
  const exchange = exchangeOf(facts);
  const denial = rule.decideHead(exchange) ?? rule.decide(exchange);
  return denial === null
    ? Buffer.from(exchange.body ?? []).toString()
    : `${denial.code} ${denial.errors[0]?.pointer} ${denial.errors[0]?.keyword}`;
}

const part = (name: string, content: string, headers = 'Content-Type: application/json\r\n') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${content}\r\n`;

describe('validation over a loaded document', () => {
  it('reads parameters through references, nullable and allOf', () => {
    expect(ask(null, '1')).toEqual([]);
    expect(ask(null, 'b')).toEqual(['kind enum api.yaml#/components/schemas/Kind/enum']);
    expect(ask('size=3&all=5')).toEqual([]);
    expect(ask('size=null')).toEqual([]);
    expect(ask('size=x')[0]).toMatch(/^size type /);
    expect(ask('size=0')[0]).toMatch(/^size minimum /);
    expect(ask('all=6')[0]).toMatch(/^all maximum /);
    expect(ask('ids=1,2')).toEqual([]);
    expect(ask('ids=1,1')[0]).toMatch(/^ids uniqueItems /);
    expect(ask('big=9007199254740994')).toEqual([]);
    expect(ask('big=9007199254740995')[0]).toMatch(/^big format /);
    expect(ask('other=1')).toEqual(['other undeclared null']);
  });

  it('follows a recursive schema as deep as brackets go', () => {
    expect(ask('tree[value]=1&tree[left][left][value]=2')).toEqual([]);
    expect(ask('tree[left][left][value]=x')[0]).toMatch(/^tree type /);
  });

  it('checks and strips a body in each format alike', () => {
    expect(send('application/json', '{"name":"n","admin":true}')).toBe('{"name":"n"}');
    expect(send('application/json', '{"name":"n","id":1}')).toBe('BODY_INVALID /id readOnly');
    expect(send('application/x-ndjson', '{"name":"n","admin":true}\n{"name":"m"}\n')).toBe(
      '{"name":"n"}\n{"name":"m"}\n',
    );
    expect(send('application/x-ndjson', '{"name":"n"}\n{"age":1}\n')).toBe('BODY_INVALID /1 required');
    expect(send('application/x-www-form-urlencoded', 'name=n&age=3&admin=true')).toBe('name=n&age=3');
    expect(send('application/x-www-form-urlencoded', 'name=n&age=x')).toBe('BODY_INVALID /age type');
    expect(send('application/x-www-form-urlencoded', 'name=n&id=1')).toBe('BODY_INVALID /id readOnly');
    const multipart = 'multipart/form-data; boundary=b';
    expect(send(multipart, `${part('thing', '{"name":"n","admin":true}')}${part('file', 'bytes', '')}--b--`)).toBe(
      `${part('thing', '{"name":"n"}')}${part('file', 'bytes', '')}--b--\r\n`,
    );
    expect(
      send(
        multipart,
        `${part('thing', '{"name":"n"}')}${part('things', '{"name":"m","x":1}')}${part('things', '{"name":"o"}')}--b--`,
      ),
    ).toBe(
      `${part('thing', '{"name":"n"}')}${part('things', '{"name":"m"}')}${part('things', '{"name":"o"}')}--b--\r\n`,
    );
    expect(send(multipart, `${part('thing', '{"name":1}')}--b--`)).toBe('BODY_INVALID /thing/name type');
  });

  it('holds parts to contentMediaType, by reference too: a page does not pass as a picture, and a picture needs no file name', () => {
    const text = JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'pictures', version: '1' },
      components: { schemas: { Png: { type: 'string', contentMediaType: 'image/png' } } },
      paths: {
        '/pictures': {
          post: {
            requestBody: {
              content: {
                'multipart/form-data': {
                  schema: { type: 'object', properties: { f: { $ref: '#/components/schemas/Png' } } },
                },
              },
            },
            responses: { 200: { description: 'ok' } },
          },
        },
      },
    });
    const pictures = loadDocument(createMemoryReader({ 'api.json': text }), 'api.json');
    const [post] = pictures.operations;
    if (post === undefined) throw new Error('nothing loaded');
    const rule = compileBody(post, contextOf({ schemas: createSchemaCompiler(pictures), document: pictures }));
    const posted = (type: string, content: string): string | undefined => {
      const body = `${part('f', content, `Content-Type: ${type}\r\n`)}--b--\r\n`;
      const exchange = exchangeOf({ contentType: 'multipart/form-data; boundary=b', body });
      const denial = rule.decide(exchange);
      return denial?.errors[0]?.keyword ?? denial?.code;
    };
    expect(posted('image/png', '\xff')).toBeUndefined();
    expect(posted('text/html', '<script>x</script>')).toBe('contentType');
  });

  it('checks and strips an answer', () => {
    const decision = decideResponseHead(
      compileResponse(operation, strip),
      200,
      ['Content-Type', 'application/json', 'X-Count', '1'],
      'POST',
    );
    expect(decision.denial).toBeNull();
    const result = decision.check?.(Buffer.from('{"name":"n","id":1,"internal":{"x":1}}'));
    expect(result?.ok === true && Buffer.from(result.bytes).toString()).toBe('{"name":"n","id":1}');
    const secret = decision.check?.(Buffer.from('{"name":"n","password":"p"}'));
    expect(secret?.ok === true && Buffer.from(secret.bytes).toString()).toBe('{"name":"n"}');
    expect(
      decideResponseHead(compileResponse(operation, strip), 200, ['Content-Type', 'application/json'], 'POST').denial
        ?.code,
    ).toBe('RESPONSE_HEADER_INVALID');
  });
});
