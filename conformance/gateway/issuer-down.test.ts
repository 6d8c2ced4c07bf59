import { afterEach, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';

const DOCUMENT = `openapi: 3.1.0
info: { title: Guarded, version: '1' }
paths:
  /things:
    get: { operationId: listThings, security: [{ token: [] }], responses: { '200': { description: ok } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
`;

let door: Door;
afterEach(() => door.close());

it('an issuer that cannot be asked is told of in the log, with its address and without the query of it', async () => {
  door = await openDoor({
    document: DOCUMENT,
    policy:
      'authentication: { token: { issuer: "http://127.0.0.1:1/", audience: things, jwks: "http://127.0.0.1:1/keys?code=hunter2" } }\n',
  });
  const told = (): Record<string, unknown> | undefined =>
    door.log.find((line) => String(line['message']).startsWith('the keys of an issuer cannot be loaded'));
  await until(() => told() !== undefined);
  expect(told()).toMatchObject({
    'log.level': 'warn',
    sallyport: { schemes: 'token', reason: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/keys\?…: /) as string },
  });
  expect(door.logText()).not.toContain('hunter2');
});
