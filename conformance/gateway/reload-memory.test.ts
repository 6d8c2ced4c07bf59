import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let door: Door;
afterEach(() => door.close());

const NOWHERE = 'http://127.0.0.1:9/';
const DOCUMENT = {
  ...SMALL_API,
  components: {
    securitySchemes: {
      ...SMALL_API.components.securitySchemes,
      token: { type: 'http', scheme: 'bearer' },
      asked: { type: 'http', scheme: 'bearer' },
      stored: { type: 'apiKey', in: 'header', name: 'X-Stored' },
      signIn: { type: 'openIdConnect', openIdConnectUrl: NOWHERE },
    },
  },
  paths: {
    ...SMALL_API.paths,
    ...Object.fromEntries(
      ['token', 'asked', 'stored', 'signIn'].map((scheme) => [
        `/${scheme}`,
        { get: { operationId: scheme, security: [{ [scheme]: [] }], responses: { 200: { description: 'ok' } } } },
      ]),
    ),
  },
};
const SCHEMES = `
  token: { issuer: '${NOWHERE}', audience: api, algorithms: [ES256] }
  asked: { introspection: { endpoint: '${NOWHERE}', clientId: c, clientSecret: '\${file:secret}' }, issuer: '${NOWHERE}', audience: api }
  stored: { keys: store }
  signIn: { login: { issuer: '${NOWHERE}', clientId: c, clientSecret: '\${file:secret}', origin: 'https://app.example' } }
`;
const [entry = ''] = SMALL_POLICY.split('\n');
const POLICY = `${entry.replace('authentication: { key', 'authentication:\n  key').slice(0, -2)}${SCHEMES}
limits: [{ by: address, algorithm: sliding-window, limit: 1000/min }]
store: sqlite:./s.db
authorization: { roles: { reader: [token] }, grants: store }
listen: { tls: self-signed }
admin: { port: 0, api: on }
`;

it('a reload lets go of all that was before it, whatever the policy uses', async () => {
  door = await openDoor({ document: DOCUMENT, policy: POLICY, files: { secret: 's' } });
  const file = join(door.folder, 'sallyport.yaml');
  const text = readFileSync(file, 'utf8');
  const before: WeakRef<object>[] = [];
  for (let count = 0; count < 5; count++) {
    // The policy of the start stays: settings that take effect at a start alone are compared with it.
    if (count > 0) before.push(new WeakRef(door.gateway.plan.policy), new WeakRef(door.gateway.plan.operations));
    writeFileSync(file, `${text}requests: { maxDepth: ${10 + count} }\n`);
    expect(await door.gateway.reload()).toBeNull();
  }
  await until(() => {
    collectGarbage();
    return before.every((one) => one.deref() === undefined);
  });
});
