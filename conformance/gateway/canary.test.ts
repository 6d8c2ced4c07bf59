import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestIssuer } from '../tokens.ts';
import { hashPassword, startGateway, type Gateway } from '@sallyport/gateway';
import { openDoor, sendRaw, until, type Door } from '../door.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const secrets: string[] = [];
/** Text that nothing else holds. */
function secret(): string {
  const text = `canary${randomBytes(9).toString('hex')}`;
  secrets.push(text);
  return text;
}

const text = { type: 'string', maxLength: 5 };
const ANSWER = {
  description: 'ok',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'integer' }, map: { type: 'object', additionalProperties: { type: 'integer' } } },
        additionalProperties: false,
      },
    },
  },
};
const param = (name: string, place: string): object => ({ name, in: place, required: place === 'path', schema: text });
const BODY = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          name: text,
          email: { type: 'string', format: 'email' },
          kind: { enum: ['a', 'b'] },
          code: { type: 'string', pattern: '^[0-9]+$' },
        },
      },
    },
  },
};
const operation = (scheme: string): object => ({
  security: [{ [scheme]: [] }],
  parameters: [param('path', 'path'), param('q', 'query'), param('X-Declared', 'header'), param('c', 'cookie')],
  requestBody: BODY,
  responses: { 200: ANSWER },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Canary', version: '1' },
  components: {
    securitySchemes: {
      basic: { type: 'http', scheme: 'basic' },
      jwt: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      cookieKey: { type: 'apiKey', in: 'cookie', name: 'k' },
      queryKey: { type: 'apiKey', in: 'query', name: 'k' },
    },
  },
  paths: Object.fromEntries(
    ['basic', 'jwt', 'key', 'cookieKey', 'queryKey'].map((scheme) => [
      `/${scheme}/{path}`,
      { post: { operationId: scheme, ...operation(scheme) } },
    ]),
  ),
};

let door: Door | null = null;
let plain: Gateway | null = null;
afterEach(async () => {
  await plain?.close();
  await door?.close();
});

describe('secrets', () => {
  for (const mode of ['enforce', 'observe'])
    it(`of requests and answers stand in no log line, answer, metric or trace (${mode})`, {
      timeout: 120_000,
    }, async () => {
      secrets.length = 0;
      const issuer = await createTestIssuer();
      const answers: string[] = [];
      const traces: string[] = [];
      let respond = 0;
      door = await openDoor({
        document: DOCUMENT,
        files: { 'jwks.json': issuer.jwks, 'users.txt': `ada:${await hashPassword('right')}\n` },
        policy: `mode: ${mode}
log: { level: debug }
limits: []
requests: { headTimeout: 1s, bodyTimeout: 1s }
authentication:
  basic: { users: users.txt }
  jwt: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json, types: [JWT] }
  key: { keys: [{ id: one, sha256: '${'0'.repeat(64)}' }] }
  cookieKey: { keys: [{ id: one, sha256: '${'0'.repeat(64)}' }] }
  queryKey: { keys: [{ id: one, sha256: '${'0'.repeat(64)}' }], allowInQuery: true }`,
        upstream(request, response) {
          traces.push(String(request.headers['traceparent']));
          const header = { 'X-Secret': secret(), 'Set-Cookie': `s=${secret()}`, Server: secret() };
          const kinds = [
            (): void =>
              void response
                .writeHead(200, { ...header, 'Content-Type': 'application/json' })
                .end(`{"id":1,"${'undeclared'}":"${secret()}"}`),
            (): void =>
              void response
                .writeHead(200, { ...header, 'Content-Type': 'application/json' })
                .end(`{"id":"${secret()}"}`),
            (): void =>
              void response
                .writeHead(500, { ...header, 'Content-Type': 'text/plain' })
                .end(`Error: ${secret()}\n    at ${secret()}`),
            (): void =>
              void response.writeHead(200, { ...header, 'Content-Type': 'application/json' }).end(`{"id":${secret()}`),
            (): void => void response.destroy(new Error(secret())),
          ];
          kinds[respond++ % kinds.length]?.();
        },
      });
      const bases = [door.gateway];
      // The same door once more, writing for people.
      writeFileSync(
        join(door.folder, 'plain.yaml'),
        readFileSync(join(door.folder, 'sallyport.yaml'), 'utf8').replace(
          'level: debug',
          'level: debug, format: plain',
        ),
      );
      const plainLines: string[] = [];
      plain = await startGateway({
        policyFile: join(door.folder, 'plain.yaml'),
        overrides: { port: 0 },
        environment: () => undefined,
        watch: false,
        logLine: (line) => plainLines.push(line),
      });
      bases.push(plain);
      const good = await issuer.sign();
      const credentials: (readonly [string, () => string])[] = [
        ['basic', () => `Authorization: Basic ${Buffer.from(`${secret()}:${secret()}`).toString('base64')}`],
        ['basic', () => `Authorization: Basic ${secret()}`],
        ['jwt', () => `Authorization: Bearer ${good}`],
        ['jwt', () => `Authorization: Bearer ${good.slice(0, -30)}${secret()}`],
        [
          'jwt',
          () =>
            `Authorization: Bearer ${Buffer.from(JSON.stringify({ alg: 'none', kid: secret() })).toString('base64url')}.${Buffer.from(JSON.stringify({ sub: secret(), iss: secret() })).toString('base64url')}.`,
        ],
        ['key', () => `X-Key: ${secret()}`],
        ['key', () => `Authorization: ${secret()}`],
        ['cookieKey', () => `Cookie: k=${secret()}; other=${secret()}; c=${secret()}`],
        ['queryKey', () => `X-A: ${secret()}`],
      ];
      const bodies = [
        (): string => `{"name":"${secret()}"}`,
        (): string => `{"email":"${secret()}","kind":"${secret()}","code":"${secret()}","name":["${secret()}"]}`,
        (): string => `{"name":"a"}`,
        (): string => `{"name":${secret()}`,
        (): string => `"${secret()}"`,
      ];
      for (const base of bases)
        for (const [scheme, credential] of credentials)
          for (const [i, body] of bodies.entries()) {
            const payload = body();
            const value = i < 2 ? secret() : 'a';
            const query = `?q=${i < 2 ? secret() : 'a'}${scheme === 'queryKey' ? `&k=${secret()}` : ''}${i === 3 ? `&undeclared=${secret()}` : ''}`;
            const head = `POST /${scheme}/${value}${query} HTTP/1.1\r\nHost: a\r\n${credential()}\r\nX-Declared: ${i === 1 ? secret() : 'a'}\r\nUser-Agent: ${secret()}\r\nReferer: http://a/${secret()}\r\nX-Forwarded-For: ${secret()}\r\ntracestate: a=${secret()}\r\ntraceparent: 00-${secret()}\r\nX-Request-Id: ${secret()}\r\nContent-Type: application/json\r\nContent-Length: ${payload.length}\r\nConnection: close\r\n\r\n`;
            answers.push(await sendRaw(base.port, head + payload));
          }
      for (const bad of [
        `GET /${secret()} HTTP/1.1\r\nHost: ${secret()}\r\nBad ${secret()}: 1\r\n\r\n`,
        `GET /x/../${secret()} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        `${secret()} / HTTP/1.1\r\n\r\n`,
        `GET /nowhere?${secret()} HTTP/1.1\r\nHost: a_${secret()}!\r\nConnection: close\r\n\r\n`,
      ])
        for (const base of bases) answers.push(await sendRaw(base.port, bad));
      await until(
        () => door !== null && door.log.length === answers.length / 2 && plainLines.length === answers.length / 2,
      );
      const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
      // What an upstream says in an undeclared answer goes on in observe mode: that is what observing means. Nothing else shows it.
      const shown = [
        door.logText(),
        plainLines.join('\n'),
        metrics,
        traces.join('\n'),
        ...(mode === 'enforce' ? answers : []),
      ].join('\n');
      expect(secrets.length).toBeGreaterThan(400);
      expect(
        secrets.filter(
          (each) => shown.includes(each) || shown.includes(Buffer.from(each).toString('base64url').slice(2, -2)),
        ),
      ).toEqual([]);
    });
});

describe('log injection', () => {
  it('line breaks and quotes in methods, paths, names and subjects end no line', async () => {
    const issuer = await createTestIssuer();
    const jwt = { security: [{ jwt: [] }], responses: { 200: ANSWER }, requestBody: BODY };
    const lines: string[] = [];
    door = await openDoor({
      document: {
        ...DOCUMENT,
        components: { securitySchemes: { jwt: { type: 'http', scheme: 'bearer' } } },
        paths: { '/jwt': { post: { operationId: 'jwt', ...jwt } } },
      },
      files: { 'jwks.json': issuer.jwks },
      policy: `requests: { undeclaredProperties: refuse }\nauthentication: { jwt: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json, types: [JWT] } }`,
    });
    writeFileSync(
      join(door.folder, 'plain.yaml'),
      `${readFileSync(join(door.folder, 'sallyport.yaml'), 'utf8')}\nlog: { format: plain }\n`,
    );
    plain = await startGateway({
      policyFile: join(door.folder, 'plain.yaml'),
      overrides: { port: 0 },
      environment: () => undefined,
      watch: false,
      logLine: (line) => lines.push(line),
    });
    const forged = '\r\n2026-01-01T00:00:00.000Z 200 GET / passed "}';
    const token = await issuer.sign({ sub: `mallory${forged}\u2028` });
    for (const base of [door.url, plain.url]) {
      await fetch(`${base}/%0d%0aforged%20line`);
      await fetch(`${base}/jwt?a%0d%0aforged=1`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ [`a${forged}`]: 1 }),
      });
      await fetch(`${base}/jwt`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ [`a${forged}`]: 1 }),
      });
    }
    await until(() => door !== null && door.log.length === 3 && lines.length === 3);
    for (const line of [...door.logText().split('\n'), ...lines]) expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\S+Z \d{3} [A-Z]+ \S+ (passed|denied|failed) /);
  });
});
