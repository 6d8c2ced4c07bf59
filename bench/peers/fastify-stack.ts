// Fastify doing the same work: helmet, rate limit, JWT, schema validation of parameters and body, proxy through undici, access log.
// Response bodies are not checked.
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import helmet from '@fastify/helmet';
import pino from 'pino';
import rateLimit from '@fastify/rate-limit';
import replyFrom from '@fastify/reply-from';

const { port, upstream, document, jwks, issuer, audience, log } = JSON.parse(process.argv[2] ?? '{}') as Record<
  string,
  string
>;
interface Media {
  schema?: object;
}
interface Operation {
  requestBody?: { content: Record<string, Media> };
  parameters?: { name: string; in: string; schema: object; required?: boolean }[];
}
const api = JSON.parse(readFileSync(document ?? '', 'utf8')) as { paths: Record<string, Record<string, Operation>> };
const keys = createLocalJWKSet(JSON.parse(readFileSync(jwks ?? '', 'utf8')) as JSONWebKeySet);
const app = Fastify({
  loggerInstance: pino(pino.destination({ dest: log ?? '/dev/null', sync: false, minLength: 8_192 })),
  ajv: { customOptions: { coerceTypes: true, removeAdditional: false, strict: false } },
});
await app.register(helmet);
await app.register(rateLimit, { max: 1_000_000_000, timeWindow: 60_000 });
await app.register(replyFrom, { base: upstream ?? '', undici: { connections: 128, pipelining: 1 } });
app.addHook('onRequest', async (request, reply) => {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  try {
    if (token === undefined) throw new Error('missing');
    await jwtVerify(token, keys, { issuer: issuer ?? '', audience: audience ?? '', algorithms: ['RS256'] });
  } catch {
    return reply.code(401).send({ title: 'unauthorized' });
  }
});
for (const [path, item] of Object.entries(api.paths))
  for (const [method, operation] of Object.entries(item)) {
    const body = operation.requestBody?.content['application/json']?.schema;
    const params = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    app.route({
      method: method.toUpperCase(),
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: {
        ...(body === undefined ? {} : { body }),
        ...(params.length === 0
          ? {}
          : {
              params: {
                type: 'object',
                properties: Object.fromEntries(params.map((parameter) => [parameter.name, parameter.schema])),
                required: params.map((parameter) => parameter.name),
              },
            }),
      },
      handler: (request, reply) => reply.from(request.url, request.body === undefined ? {} : { body: request.body }),
    });
  }
await app.listen({ port: Number(port), host: '127.0.0.1' });
process.stdout.write('ready\n');
