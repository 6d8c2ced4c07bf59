import { afterEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { compilePlan } from '../../plan/compile-plan.ts';
import { ConfigurationError, type ConfigurationProblem } from '../../configuration-error.ts';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import { EditableJson } from '../../json/editable-json.ts';
import { loadDocument } from '../../openapi/load-document.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { dataIndex } from './data-index.ts';
import { listMarked, type MarkedPlace, MarkMatcher, pointerOf, visitMarked } from './marked-nodes.ts';
import { ADDRESS, CLASSED, TEXT, VISIBLE } from './marks.ts';

function indexOf(schema: object, policy = '', schemas: object = {}, version = '3.1.0') {
  const document = loadDocument(
    createMemoryReader({
      'api.json': JSON.stringify({
        openapi: version,
        info: { title: 'Marks', version: '1' },
        components: { schemas },
        paths: {
          '/x': {
            post: {
              requestBody: { content: { 'application/json': { schema } } },
              responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } },
            },
          },
        },
      }),
    }),
    'api.json',
  );
  const read = { environment: () => undefined, readFile: () => '' };
  const problems: ConfigurationProblem[] = [];
  const context = {
    document,
    policy: parsePolicy({ file: 'p.yaml', text: policy }, read),
    schemas: createSchemaCompiler(document),
    problems,
  };
  const [operation] = document.operations;
  if (operation === undefined) throw new Error('no operation');
  return { index: dataIndex(context), operation, problems, context };
}

/** Pointers of what is marked in a value. */
function marked(place: MarkedPlace | null, value: unknown): string[] {
  const json = EditableJson.parse(new TextEncoder().encode(JSON.stringify(value)));
  if (json === null) throw new Error('no JSON');
  const found: string[] = [];
  visitMarked(json.root, place, (node, marks) => {
    found.push(`${pointerOf(node)} ${[...marks.classes, ...marks.texts].join(',')}`.trim());
    return true;
  });
  return found;
}

const PII = { type: 'string', 'x-sallyport-data': 'pii' };

function responseMarks(schema: object, value: unknown, schemas: object = {}, policy = '', version = '3.1.0'): string[] {
  const { index, operation } = indexOf(schema, policy, schemas, version);
  return marked(index.responses(operation, CLASSED)?.of(200)?.all ?? null, value);
}

describe('marked nodes', () => {
  it('are found through references, allOf, arrays, maps and nesting', () => {
    const person = { type: 'object', properties: { email: PII, tags: { type: 'array', items: PII } } };
    const schema = {
      allOf: [
        { $ref: '#/components/schemas/Person' },
        { type: 'object', properties: { boss: { $ref: '#/components/schemas/Person' } } },
      ],
      properties: { staff: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Person' } } },
    };
    expect(
      responseMarks(
        schema,
        { email: 'a', tags: ['b', 'c'], boss: { email: 'd', name: 'e' }, staff: { x: { email: 'f' } }, name: 'g' },
        { Person: person },
      ),
    ).toEqual(['/email pii', '/tags/0 pii', '/tags/1 pii', '/boss/email pii', '/staff/x/email pii']);
  });

  it('are marked where any branch that may apply marks them, chosen or not', () => {
    const plain = { type: 'object', properties: { kind: { const: 'a' }, id: { type: 'string' } } };
    const secret = { type: 'object', properties: { kind: { const: 'b' }, id: PII } };
    for (const keyword of ['oneOf', 'anyOf'])
      expect(responseMarks({ [keyword]: [plain, secret] }, { kind: 'a', id: 'x' })).toEqual(['/id pii']);
    expect(responseMarks({ if: plain, then: secret }, { kind: 'a', id: 'x' })).toEqual(['/id pii']);
    expect(responseMarks({ dependentSchemas: { kind: secret } }, { kind: 'a', id: 'x' })).toEqual(['/id pii']);
  });

  it('are those of every kind that a discriminator may mean', () => {
    const pet = { type: 'object', properties: { kind: { type: 'string' } }, discriminator: { propertyName: 'kind' } };
    const cat = { allOf: [{ $ref: '#/components/schemas/Pet' }, { type: 'object', properties: { chip: PII } }] };
    expect(
      responseMarks({ $ref: '#/components/schemas/Pet' }, { kind: 'Cat', chip: '7' }, { Pet: pet, Cat: cat }),
    ).toEqual(['/chip pii']);
  });

  it('count beside a reference in OpenAPI 3.0 as well', () => {
    expect(
      responseMarks(
        { type: 'object', properties: { a: { $ref: '#/components/schemas/Text', 'x-sallyport-data': 'pii' } } },
        { a: 'x' },
        { Text: { type: 'string' } },
        '',
        '3.0.3',
      ),
    ).toEqual(['/a pii']);
  });

  it('end where a schema refers to itself, and so does their list', () => {
    const node = { type: 'object', properties: { secret: PII, next: { $ref: '#/components/schemas/Node' } } };
    const { index, operation } = indexOf({ $ref: '#/components/schemas/Node' }, '', { Node: node });
    const place = index.responses(operation, CLASSED)?.of(200)?.all ?? null;
    expect(marked(place, { next: { next: { secret: 'x' } } })).toEqual(['/next/next/secret pii']);
    expect(listMarked(place, 10).map(({ pointer }) => pointer)).toContain('/secret');
  });

  it('follow a $dynamicRef to whatever it could mean', () => {
    const tree = {
      $id: 'https://example.com/tree',
      $dynamicAnchor: 'node',
      type: 'object',
      properties: { children: { type: 'array', items: { $dynamicRef: '#node' } } },
    };
    const strict = { $id: 'https://example.com/strict', $dynamicAnchor: 'node', $ref: 'tree', properties: { id: PII } };
    expect(
      responseMarks(
        { $ref: '#/components/schemas/Strict' },
        { children: [{ id: 'x' }] },
        { Tree: tree, Strict: strict },
      ),
    ).toEqual(['/children/0/id pii']);
  });

  it('go by name, by name with *, and by place in the policy', () => {
    const text = { type: 'string' };
    const schema = {
      type: 'object',
      properties: {
        Email: text,
        cardNumber: text,
        owner: { type: 'object', properties: { name: text } },
        list: { type: 'array', items: { type: 'object', properties: { note: text } } },
      },
    };
    expect(
      responseMarks(
        schema,
        { Email: 'a', cardNumber: 'b', owner: { name: 'c' }, name: 'd', list: [{ note: 'e' }] },
        {},
        'data: { classes: { pii: [email, "card*", /owner/name, /list/*/note] } }',
      ),
    ).toEqual(['/Email pii', '/cardNumber pii', '/owner/name pii', '/list/0/note pii']);
  });

  it('are members by name too where a schema admits any, however deep, and by a name that differs in case only', () => {
    const { index, operation } = indexOf(
      { type: 'object', properties: { role: PII }, additionalProperties: true },
      'data: { classes: { pii: [email] } }',
    );
    const place = index.request(operation, CLASSED)?.all ?? null;
    expect(marked(place, { free: [{ EMAIL: 'x' }], ROLE: 'y' })).toEqual(['/free/0/EMAIL pii', '/ROLE pii']);
  });

  it('are members by name also below one that a schema asks for and does not describe: it is not stripped', () => {
    const policy = 'data: { classes: { pii: [email] } }';
    const properties = { a: { type: 'string' } };
    for (const schema of [
      { properties, required: ['b'] },
      { properties, dependentRequired: { a: ['b'] } },
      { required: ['b'], allOf: [{ properties }] },
    ])
      expect(responseMarks({ type: 'object', ...schema }, { a: '', b: { email: 'x' } }, {}, policy)).toEqual([
        '/b/email pii',
      ]);
  });

  it('are those of a pattern of patternProperties only where it matches', () => {
    expect(responseMarks({ type: 'object', patternProperties: { '^s_': PII } }, { s_a: '1', t_a: '2' })).toEqual([
      '/s_a pii',
    ]);
  });

  it('cost nothing where nothing is marked: there is no place at all', () => {
    const { index, operation } = indexOf(
      { type: 'object', properties: { a: { type: 'string' }, b: PII } },
      'data: { classes: { pii: [phone] } }',
    );
    expect(index.responses(operation, VISIBLE)).toBeNull();
    expect(index.responses(operation, CLASSED)?.of(200)?.all?.member('a')).toBeNull();
    expect(index.responses(operation, CLASSED)?.of(200)?.all?.member('b')?.marks?.classes).toEqual(['pii']);
  });

  it('take HTML and addresses from the format, and what the document says of a text over it', () => {
    const { index, operation } = indexOf({
      type: 'object',
      properties: {
        bio: { type: 'string', format: 'html' },
        page: { type: 'string', contentMediaType: 'text/html' },
        note: { type: 'string', format: 'html', 'x-sallyport-text': 'plain' },
        link: { type: 'string', format: 'uri' },
      },
    });
    expect(
      marked(index.request(operation, TEXT | ADDRESS)?.all ?? null, { bio: '', page: '', note: '', link: '' }),
    ).toEqual(['/bio html', '/page html', '/note plain', '/link uri']);
  });

  it('keep no more places than the document has, whatever names a client makes up', () => {
    const { index, operation } = indexOf(
      { type: 'object', additionalProperties: PII },
      'data: { classes: { pii: ["*mail"] } }',
    );
    const place = index.request(operation, CLASSED)?.all ?? null;
    const seen = new Set<unknown>();
    for (let i = 0; i < 1000; i++) seen.add(place?.member(`name-${i}`));
    expect(seen.size).toBe(1);
  });

  it('a mark that is not understood is refused with its place', () => {
    const { problems } = indexOf({
      type: 'object',
      properties: { a: { type: 'string', 'x-sallyport-visible': { role: 'x' } } },
    });
    expect(problems.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      'DATA_MARK_INVALID /paths/~1x/post/requestBody/content/application~1json/schema/properties/a/x-sallyport-visible',
      'DATA_MARK_INVALID /paths/~1x/post/responses/200/content/application~1json/schema/properties/a/x-sallyport-visible',
    ]);
  });

  it('a class that nothing has is refused with what was probably meant', () => {
    const { problems } = indexOf({ type: 'object', properties: { a: PII } }, 'data: { visible: { pi: [role:a] } }');
    expect(problems).toMatchObject([
      { code: 'DATA_CLASS_UNKNOWN', path: '/data/visible/pi', hint: 'Did you mean pii?' },
    ]);
  });

  it('law: what the policy names is marked at every depth of a free-form body', () => {
    const { index, operation } = indexOf(
      { type: 'object', additionalProperties: true },
      'data: { classes: { pii: [email] } }',
    );
    const place = index.request(operation, CLASSED)?.all ?? null;
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'email', 'Email', 'b'), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('x', 'email'), tree, { noNullPrototype: true }), (value) => {
        const count = (at: unknown): number =>
          Array.isArray(at)
            ? at.reduce<number>((sum, one) => sum + count(one), 0)
            : typeof at === 'object' && at !== null
              ? Object.entries(at).reduce(
                  (sum, [name, one]) => sum + (name.toLowerCase() === 'email' ? 1 : 0) + count(one),
                  0,
                )
              : 0;
        expect(marked(place, value).length).toBe(count(value));
      }),
    );
  });
});

it('a plan with a mark that is not understood is refused', () => {
  const { context } = indexOf({ type: 'object', properties: { a: { type: 'string', 'x-sallyport-writable': 7 } } });
  expect(() => compilePlan(context.document, context.policy)).toThrow(ConfigurationError);
});

describe('members and items that no schema and no pointer names', () => {
  const policy = "data: { classes: { pii: [email, 'phone*', '/a/*/x', '/list/3'] } }\n";
  const schema = {
    type: 'object',
    properties: { Name: PII, list: { type: 'array', items: { type: 'object' } } },
    patternProperties: { '^p_': PII },
    additionalProperties: { type: 'object', properties: { card: PII } },
  };
  const rootOf = (): MarkedPlace | null => {
    const { index, operation } = indexOf(schema, policy);
    return index.responses(operation, CLASSED)?.of(200)?.all ?? null;
  };

  afterEach(() => vi.restoreAllMocks());

  it('are looked up once for the labels that they have, however many there are', () => {
    const root = rootOf();
    const members = vi.spyOn(MarkMatcher.prototype, 'memberOf');
    const items = vi.spyOn(MarkMatcher.prototype, 'itemOf');
    for (let i = 0; i < 1_000; i++) root?.member(`k${i}`);
    expect(members.mock.calls.length).toBe(1);
    for (let i = 0; i < 1_000; i++) root?.member(`phone${i}`);
    expect(members.mock.calls.length).toBe(2);
    const list = root?.member('list');
    for (let i = 10; i < 1_000; i++) list?.item(i);
    expect(items.mock.calls.length).toBe(1);
  });

  it('law: what is said of one does not depend on those that were asked for before it', () => {
    const name = fc.constantFrom(
      'k',
      'k2',
      'name',
      'Name',
      'email',
      'EMAIL',
      'phone1',
      'p_x',
      'a',
      'x',
      'card',
      'list',
      '*',
      '3',
      '0',
    );
    const said = (root: MarkedPlace | null, path: readonly string[]): unknown => {
      let place = root;
      for (const token of path)
        place = (/^\d$/.test(token) ? place?.item(Number(token)) : place?.member(token)) ?? null;
      return [place?.marks?.classes, ['card', 'k', 'email'].map((below) => place?.member(below)?.marks?.classes)];
    };
    const shared = rootOf();
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (path) => {
        expect(said(shared, path)).toEqual(said(rootOf(), path));
      }),
      { numRuns: 200 },
    );
  });
});
