import { expect, it } from 'vitest';
import type { IntrospectionPolicy, JsonObject } from '@sallyport/core';
import { createIntrospect } from './introspection-client.ts';
import { TestClock } from './testing/key-server.ts';

const ISSUER = 'https://id.example.com';
const ENDPOINT = `${ISSUER}/introspect`;
const DAY_MS = 86_400_000;

/** An issuer that is found by its metadata, and what was asked of it. */
function found(): {
  readonly clock: TestClock;
  readonly asked: string[];
  /** What the metadata says; an error is thrown. */
  metadata: JsonObject | Error;
  answer: JsonObject | Error;
  ask(): Promise<JsonObject>;
} {
  const clock = new TestClock();
  const asked: string[] = [];
  const policy: Pick<
    IntrospectionPolicy,
    'endpoint' | 'issuer' | 'clientId' | 'clientSecret' | 'clientAuthentication' | 'clientKey'
  > = {
    endpoint: { from: 'discovery', issuer: ISSUER },
    issuer: ISSUER,
    clientId: 'door',
    clientSecret: { reference: '${env:SECRET}', reveal: () => 'secret' },
    clientAuthentication: 'client_secret_basic',
    clientKey: null,
  };
  const introspect = createIntrospect(
    policy,
    {
      async fetchJson() {
        asked.push('metadata');
        if (state.metadata instanceof Error) throw state.metadata;
        return { value: state.metadata, maxAgeSeconds: null };
      },
      async postForm(url) {
        asked.push(url);
        if (state.answer instanceof Error) throw state.answer;
        return state.answer;
      },
    },
    clock,
  );
  const state = {
    clock,
    asked,
    metadata: { issuer: ISSUER, introspection_endpoint: ENDPOINT } as JsonObject | Error,
    answer: { active: true } as JsonObject | Error,
    ask: () => introspect('token', new AbortController().signal),
  };
  return state;
}

it('a discovered endpoint is looked for again after a day, and not before', async () => {
  const { clock, asked, ask } = found();
  await ask();
  clock.advance(DAY_MS - 1);
  await ask();
  expect(asked).toEqual(['metadata', ENDPOINT, ENDPOINT]);
  clock.advance(1);
  await ask();
  expect(asked.slice(3)).toEqual(['metadata', ENDPOINT]);
});

it('a clock that is set back makes no longer day of it', async () => {
  const { clock, asked, ask } = found();
  await ask();
  clock.setBack(DAY_MS);
  clock.advance(DAY_MS);
  await ask();
  expect(asked).toEqual(['metadata', ENDPOINT, 'metadata', ENDPOINT]);
});

it('no endpoint is remembered that could not be found or must not be asked, and the next question looks again', async () => {
  const state = found();
  for (const metadata of [
    new Error('away'),
    { issuer: ISSUER },
    { issuer: 'https://other.example', introspection_endpoint: ENDPOINT },
    { issuer: ISSUER, introspection_endpoint: 'http://id.example.com/introspect' },
  ]) {
    state.metadata = metadata;
    await expect(state.ask()).rejects.toThrow();
  }
  expect(state.asked).toEqual(['metadata', 'metadata', 'metadata', 'metadata']);
  state.metadata = { issuer: ISSUER, introspection_endpoint: ENDPOINT };
  expect(await state.ask()).toEqual({ active: true });
  await state.ask();
  expect(state.asked.slice(4)).toEqual(['metadata', ENDPOINT, ENDPOINT]);
});

it.each([new Error('away'), {}, { active: 'yes' }])(
  'an endpoint that gives no answer (%o) is looked for again, where it may have moved to',
  async (answer) => {
    const state = found();
    await state.ask();
    state.answer = answer;
    await expect(state.ask()).rejects.toThrow(ISSUER);
    state.metadata = { issuer: ISSUER, introspection_endpoint: `${ISSUER}/moved` };
    state.answer = { active: false };
    expect(await state.ask()).toEqual({ active: false });
    expect(state.asked).toEqual(['metadata', ENDPOINT, ENDPOINT, 'metadata', `${ISSUER}/moved`]);
  },
);
