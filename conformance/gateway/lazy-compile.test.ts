import { afterEach, describe, expect, it } from 'vitest';
import { detailOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door | null = null;
afterEach(async () => {
  await door?.close();
  door = null;
});

const answer = (schema: object): object => ({ 200: { description: '', content: { 'application/json': { schema } } } });
type Rule = 'parameters' | 'body' | 'responses';
/** A document with so many good operations, and two whose schemas lead nowhere, or one where only these rules need such a schema. */
function documentOf(good: number, ...rules: readonly Rule[]): object {
  const schema = (rule: Rule): object => (rules.includes(rule) ? { $ref: `#/${rule}` } : {});
  const bad =
    rules.length === 0
      ? {
          '/bad1': { get: { operationId: 'bad1', responses: answer({ $ref: '#/a' }) } },
          '/bad2': { get: { operationId: 'bad2', responses: answer({ $ref: '#/b' }) } },
        }
      : {
          '/bad': {
            post: {
              operationId: 'bad',
              parameters: [{ name: 'q', in: 'query', schema: schema('parameters') }],
              requestBody: { content: { 'application/json': { schema: schema('body') } } },
              responses: answer(schema('responses')),
            },
          },
        };
  const paths = Object.fromEntries(
    Array.from({ length: good }, (_, i) => [
      `/good${i}`,
      { get: { operationId: `good${i}`, responses: answer({ type: 'object' }) } },
    ]),
  );
  return { openapi: '3.1.0', info: { title: 'Large', version: '1' }, paths: { ...paths, ...bad } };
}
/** The same with an operation whose schemas refer on and on, each to the next. */
function deepDocument(good: number): object {
  const depth = 3_000;
  const schemas = Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [
      `S${i}`,
      i + 1 < depth ? { oneOf: [{ $ref: `#/components/schemas/S${i + 1}` }, { type: 'integer' }] } : {},
    ]),
  );
  const document = documentOf(good, 'body') as { paths: Record<string, unknown> };
  const { '/bad': _, ...paths } = document.paths;
  const body = { content: { 'application/json': { schema: { $ref: '#/components/schemas/S0' } } } };
  const deep = { post: { operationId: 'deep', requestBody: body, responses: answer({}) } };
  return { ...document, paths: { ...paths, '/deep': deep }, components: { schemas } };
}
/** An operation for each rule, whose schemas have alternatives that have alternatives, and so on: deeper than anything could check. */
function tooDeepDocument(): object {
  const length = 3_000;
  const name = (i: number): object => ({ $ref: `#/components/schemas/S${i}` });
  const schemas = Object.fromEntries(
    Array.from({ length }, (_, i) => [`S${i}`, { oneOf: [name(i + 1), { type: 'integer' }] }]),
  );
  const parameters = [
    { name: 'fine', in: 'query', schema: { type: 'string' } },
    { name: 'q', in: 'query', schema: name(0) },
  ];
  const requestBody = { content: { 'application/json': { schema: name(0) } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Deep', version: '1' },
    paths: {
      '/parameter': { get: { operationId: 'parameter', parameters, responses: answer({}) } },
      '/body': { post: { operationId: 'body', requestBody, responses: answer({}) } },
      '/answer': { get: { operationId: 'answer', responses: answer(name(0)) } },
    },
    components: { schemas: { ...schemas, [`S${length}`]: { type: 'string' } } },
  };
}
/** Tells whether the last operation of the plan was compiled from now on. */
function trapLast({ gateway }: Door): () => boolean {
  const last = gateway.plan.operations.at(-1);
  if (last === undefined) throw new Error('the plan has no operations');
  let asked = false;
  Object.defineProperty(last.operation, 'parameters', { get: () => ((asked = true), []) });
  return () => asked;
}
const said = (message: string): Record<string, unknown>[] =>
  (door?.log ?? []).filter((line) => line['message'] === message);
const problems = (): Record<string, unknown>[] => said('an operation refuses every request');
const unchecked = (): Record<string, unknown>[] => said('an operation is not checked as its document says');

describe('a schema that cannot be compiled', () => {
  it.each([98, 99])(
    'refuses its operation alone, beside %i others, and is logged once with its place and what to do',
    async (good) => {
      door = await openDoor({ document: documentOf(good) });
      expect((await fetch(`${door.url}/good7`)).status).toBe(200);
      await until(() => problems().length === 2);
      expect(problems().map((line) => line['log.level'])).toEqual(['error', 'error']);
      expect(problems().map(detailOf)).toMatchObject([
        { code: 'SCHEMA_UNUSABLE', line: 1, detail: expect.stringMatching(/^bad1: /) as unknown },
        { code: 'SCHEMA_UNUSABLE', hint: expect.stringMatching(/^Correct the schema/) as unknown },
      ]);
      for (let time = 0; time < 2; time++) {
        const answer = await fetch(`${door.url}/bad1`);
        expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([500, 'OPERATION_UNUSABLE']);
      }
      await until(() => door?.log.filter((line) => detailOf(line)['code'] === 'OPERATION_UNUSABLE').length === 2);
      expect(door.seen.map(({ url }) => url)).toEqual(['/good7']);
      expect(problems().length).toBe(2);
    },
  );

  it.each([
    ['parameters', 1],
    ['parameters', 150],
    ['body', 1],
    ['responses', 1],
    ['responses', 150],
  ] as const)('is recorded and checks nothing where %s are only observed, beside %i others', async (rule, good) => {
    door = await openDoor({ document: documentOf(good, rule), policy: `modes: { ${rule}: observe }\n` });
    await until(() => unchecked().length === 1);
    expect(unchecked()[0]?.['log.level']).toBe('warn');
    expect(detailOf(unchecked()[0])['code']).toBe('SCHEMA_UNUSABLE');
    const body = JSON.stringify({ id: 'anything', more: true });
    const answer = await fetch(`${door.url}/bad?q=anything`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
    });
    expect([answer.status, await answer.text(), door.seen[0]?.body.toString()]).toEqual([200, '{"ok":true}', body]);
    const stage = rule === 'responses' ? 'response' : rule;
    await until(() => detailOf(door?.log.find((line) => line['event.action'] === 'bad'))['verdict'] === 'passed');
    const record = door.log.find((line) => line['event.action'] === 'bad');
    expect(detailOf(record)['observed']).toMatchObject([{ code: 'OPERATION_UNUSABLE', stage }]);
    // The other rules are enforced as ever.
    if (rule !== 'parameters') expect((await fetch(`${door.url}/bad?x=1`, { method: 'POST' })).status).toBe(400);
  });

  it.each([1, 150])('lets its operation pass with mode: observe, beside %i others', async (good) => {
    door = await openDoor({ document: documentOf(good, 'parameters', 'body', 'responses'), policy: 'mode: observe\n' });
    const answer = await fetch(`${door.url}/bad?q=1`, { method: 'POST', body: 'x' });
    expect([answer.status, await answer.text()]).toEqual([200, '{"ok":true}']);
    await until(() => door?.log.some((line) => line['event.action'] === 'bad') === true);
    const observed = detailOf(door.log.find((line) => line['event.action'] === 'bad'))['observed'];
    expect((observed as { code: string; stage: string }[]).filter(({ code }) => code === 'OPERATION_UNUSABLE')).toEqual(
      [
        expect.objectContaining({ stage: 'parameters' }),
        expect.objectContaining({ stage: 'body' }),
        expect.objectContaining({ stage: 'response' }),
      ],
    );
  });

  it('is nothing to anybody where its rule is off', async () => {
    door = await openDoor({ document: documentOf(1, 'body'), policy: 'modes: { body: off }\n' });
    expect((await fetch(`${door.url}/bad?q=1`, { method: 'POST', body: 'x' })).status).toBe(200);
    expect([...unchecked(), ...problems()]).toEqual([]);
  });

  it.each([1, 150])(
    'does not end the door where it is too deep for the call stack, neither at the start nor on a reload, beside %i others',
    async (good) => {
      door = await openDoor({ document: deepDocument(good) });
      const code = async (): Promise<unknown> =>
        ((await (await fetch(`${door?.url}/deep`, { method: 'POST' })).json()) as { code: string }).code;
      await until(() => problems().length === 1);
      expect(problems().map(detailOf)).toMatchObject([
        {
          code: 'SCHEMA_UNUSABLE',
          detail: expect.stringMatching(/^deep: .*stand in each other for one value$/) as unknown,
        },
      ]);
      expect([(await fetch(`${door.url}/good0`)).status, await code()]).toEqual([200, 'OPERATION_UNUSABLE']);
      expect(await door.gateway.reload()).toBeNull();
      await until(() => problems().length === 2);
      expect([(await fetch(`${door.url}/good0`)).status, await code()]).toEqual([200, 'OPERATION_UNUSABLE']);
      expect(door.seen.map(({ url }) => url)).toEqual(['/good0', '/good0']);
    },
  );

  it.each([
    ['enforce', 500, 'OPERATION_UNUSABLE'],
    ['observe', 200, undefined],
    ['off', 200, undefined],
  ])('too deep for the call stack is of the mode of its rule alone: %s', async (mode, status, code) => {
    door = await openDoor({
      document: tooDeepDocument(),
      policy: `modes: { parameters: ${mode}, body: ${mode}, responses: ${mode} }\n`,
    });
    const headers = { 'Content-Type': 'application/json' };
    for (const [path, init] of [
      ['/parameter?q=text', {}],
      ['/body', { method: 'POST', headers, body: '"text"' }],
      ['/answer', {}],
    ] as const) {
      const response = await fetch(door.url + path, init);
      const { code: told } = (await response.json()) as { code?: string };
      expect([path, response.status, told]).toEqual([path, status, code]);
    }
    expect(door.seen).toHaveLength(status === 200 ? 3 : 0);
    expect(door.logText()).not.toContain('INTERNAL_FAULT');
  });

  it('whose checks are generated on first use faults no call, however its schemas nest', async () => {
    const links: Readonly<Record<string, (next: object) => object>> = {
      oneOf: (next) => ({ oneOf: [next, { type: 'integer' }] }),
      ifThen: (next) => ({ if: { type: 'integer' }, then: next, else: next }),
      items: (next) => ({ items: next }),
      allOf: (next) => ({ allOf: [next] }),
    };
    const name = (link: string, i: number): object => ({ $ref: `#/components/schemas/${link}${i}` });
    const all = Object.keys(links).flatMap((link) =>
      [300, 600].map((length) => [link + length, link, length] as const),
    );
    const schemas = all.flatMap(([each, link, length]) => [
      ...Array.from({ length }, (_, i) => [each + i, links[link]?.(name(each, i + 1))]),
      [each + length, { type: 'string' }],
    ]);
    const paths = all.flatMap(([each]) => [
      [
        `/q${each}`,
        { get: { parameters: [{ name: 'q', in: 'query', schema: name(each, 0) }], responses: answer({}) } },
      ],
      [`/r${each}`, { get: { responses: answer(name(each, 0)) } }],
    ]);
    door = await openDoor({
      document: {
        ...documentOf(1),
        paths: Object.fromEntries(paths),
        components: { schemas: Object.fromEntries(schemas) },
      },
    });
    for (const [each] of all)
      for (const kind of ['q', 'r'] as const) {
        const response = await fetch(`${door.url}/${kind}${each}${kind === 'q' ? '?q=x' : ''}`);
        const { code } = (await response.json()) as { code?: string };
        expect([each, kind, code]).not.toContain('INTERNAL_FAULT');
      }
    expect(door.logText()).not.toContain('INTERNAL_FAULT');
  });

  it.each([1, 150])('is told once where several operations share it, beside %i others', async (good) => {
    const operation = (name: string): object => ({
      get: { operationId: name, responses: answer({ $ref: '#/components/schemas/Shared' }) },
    });
    const document = documentOf(good) as { paths: object };
    const paths = { ...document.paths, '/c1': operation('c1'), '/c2': operation('c2'), '/c3': operation('c3') };
    const components = { schemas: { Shared: { properties: { login: { type: 'strin' } } } } };
    door = await openDoor({ document: { ...document, components, paths: { ...paths, '/c4': operation('c4') } } });
    await until(() => problems().length === 3);
    expect(String(detailOf(problems()[2])['detail'])).toMatch(/^4 operations \(c1, c2, c3, …\): .*login: "type"/);
  });

  it('is not looked for any more once the door is closed', async () => {
    door = await openDoor({ document: documentOf(3_000) });
    const isAsked = trapLast(door);
    await door.gateway.close();
    for (let turn = 0; turn < 4_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isAsked()).toBe(false);
  });

  it('is not looked for by a reload that was under way when the door was closed', async () => {
    door = await openDoor({ document: documentOf(3_000) });
    const reload = door.gateway.reload();
    // It begins in a turn of its own; a door that closes begins none.
    await Promise.resolve();
    await door.gateway.close();
    expect(await reload).toBeNull();
    const isAsked = trapLast(door);
    for (let turn = 0; turn < 4_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isAsked()).toBe(false);
  });
});
