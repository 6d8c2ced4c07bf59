import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '@sallyport/core';
import { detailOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door | null = null;
afterEach(async () => {
  await door?.close();
  door = null;
});

const answer = (schema: object): object => ({ 200: { description: '', content: { 'application/json': { schema } } } });
/** A document with so many good operations and two whose schemas lead nowhere. */
function documentOf(good: number): object {
  const bad = {
    '/bad1': { get: { operationId: 'bad1', responses: answer({ $ref: '#/a' }) } },
    '/bad2': { get: { operationId: 'bad2', responses: answer({ $ref: '#/b' }) } },
  };
  const paths = Object.fromEntries(
    Array.from({ length: good }, (_, i) => [
      `/good${i}`,
      { get: { operationId: `good${i}`, responses: answer({ type: 'object' }) } },
    ]),
  );
  return { openapi: '3.1.0', info: { title: 'Large', version: '1' }, paths: { ...paths, ...bad } };
}
const problems = (): Record<string, unknown>[] =>
  (door?.log ?? []).filter((line) => line['message'] === 'an operation refuses every request');

describe('schemas', () => {
  it('of a small document that cannot be compiled refuse to start, all of them at once', async () => {
    const error: unknown = await openDoor({ document: documentOf(98) }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(
      (error as ConfigurationError).problems.map(({ code, message }) => `${code} ${message.split(':')[0]}`),
    ).toEqual(['SCHEMA_UNUSABLE bad1', 'SCHEMA_UNUSABLE bad2']);
  });

  it('of a large document are compiled while it serves, and each that cannot be is logged once as an error', async () => {
    door = await openDoor({ document: documentOf(99) });
    expect((await fetch(`${door.url}/good7`)).status).toBe(200);
    await until(() => problems().length === 2);
    expect(problems().map((line) => line['log.level'])).toEqual(['error', 'error']);
    expect((await fetch(`${door.url}/bad1`)).status).toBe(500);
    expect((await fetch(`${door.url}/bad1`)).status).toBe(500);
    await until(() => door?.log.filter((line) => detailOf(line)['code'] === 'INTERNAL_FAULT').length === 2);
    expect(problems().length).toBe(2);
  });

  it('are not compiled any more once the door is closed', async () => {
    door = await openDoor({ document: documentOf(3_000) });
    await door.gateway.close();
    const logged = problems().length;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(problems().length).toBe(logged);
  });
});
