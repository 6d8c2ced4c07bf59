// The usual pile of Express middlewares in front of an API: helmet, rate limit, JWT, OpenAPI request validation, proxy, access log.
// Response bodies are not checked: there is no usual middleware that does it behind a proxy.
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { createProxyMiddleware, fixRequestBody } from 'http-proxy-middleware';
import { readFileSync } from 'node:fs';
import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import OpenApiValidator from 'express-openapi-validator';
import pino from 'pino';
import { rateLimit } from 'express-rate-limit';

const { port, upstream, document, jwks, issuer, audience, log } = JSON.parse(process.argv[2] ?? '{}') as Record<
  string,
  string
>;
const keys = createLocalJWKSet(JSON.parse(readFileSync(jwks ?? '', 'utf8')) as JSONWebKeySet);
const logger = pino(pino.destination({ dest: log ?? '/dev/null', sync: false, minLength: 8_192 }));
const app = express();
app.disable('x-powered-by');
app.use((request: Request, response: Response, next: NextFunction) => {
  const started = performance.now();
  response.on('finish', () =>
    logger.info({
      method: request.method,
      path: request.path,
      status: response.statusCode,
      ms: performance.now() - started,
      ip: request.ip,
    }),
  );
  next();
});
app.use(helmet());
app.use(rateLimit({ windowMs: 60_000, limit: 1_000_000_000, standardHeaders: 'draft-8', legacyHeaders: true }));
app.use((request: Request, response: Response, next: NextFunction) => {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    response.status(401).json({ title: 'unauthorized' });
    return;
  }
  jwtVerify(token, keys, { issuer: issuer ?? '', audience: audience ?? '', algorithms: ['RS256'] }).then(
    () => next(),
    () => response.status(401).json({ title: 'unauthorized' }),
  );
});
app.use(express.json({ limit: '1mb' }));
app.use(
  OpenApiValidator.middleware({
    apiSpec: document ?? '',
    validateRequests: true,
    validateResponses: false,
    validateSecurity: false,
  }),
);
app.use(createProxyMiddleware({ target: upstream ?? '', changeOrigin: false, on: { proxyReq: fixRequestBody } }));
app.use((error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
  response.status(error.status ?? 500).json({ title: error.message });
});
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
