import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';
import { until } from '../until.ts';

const DOCUMENT = `openapi: 3.1.0
info: { title: Guarded, version: '1' }
paths:
  /things:
    get: { operationId: listThings, security: [{ token: [] }], responses: { '200': { description: ok } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
`;
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEYS = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'ES256' }],
});

/** An issuer that answers when it is told to. */
let issuer: Server;
let asked: ServerResponse[];
let door: Door;
beforeEach(async () => {
  asked = [];
  issuer = createServer((_, response) => void asked.push(response));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  door = await openDoor({
    document: DOCUMENT,
    policy: `authentication: { token: { issuer: "${url}", audience: things, jwks: "${url}/keys" } }\n`,
  });
  await until(() => asked.length === 1);
});
afterEach(async () => {
  await door.close();
  issuer.closeAllConnections();
  issuer.close();
});

const readyz = async (of = door): Promise<readonly [number, string]> => {
  const answer = await fetch(`http://127.0.0.1:${of.gateway.admin?.port}/readyz`);
  return [answer.status, (await answer.text()).trim()];
};
const isReady = async (): Promise<boolean> => (await readyz())[0] === 200;

describe('/readyz', () => {
  it('says not ready until the keys of an issuer were loaded once, and stays ready when a reload asks for others', async () => {
    expect(await readyz()).toEqual([503, 'not ready: loading the keys of token']);
    asked[0]?.setHeader('Content-Type', 'application/json').end(KEYS);
    await until(isReady);
    expect(await readyz()).toEqual([200, 'ready']);
    const file = `${door.folder}/sallyport.yaml`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('/keys"', '/others"'));
    expect(await door.gateway.reload()).toBeNull();
    await until(() => asked.length === 2);
    expect(await readyz()).toEqual([200, 'ready']);
  });

  it('does not wait for an issuer whose first answer is none', async () => {
    asked[0]?.writeHead(500).end();
    await until(isReady);
  });
});
