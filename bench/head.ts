/** What the head stage, the router and the upstream's headers cost a request: `node --conditions=sallyport-source bench/head.ts`. */
import { Exchange } from '../packages/core/src/exchange.ts';
import { createRouter } from '../packages/core/src/plan/router.ts';
import { canonicalPath } from '../packages/core/src/stages/head/canonical-path.ts';
import { decideHead, type HeadRule } from '../packages/core/src/stages/head/head.ts';
import { compileTrustedProxies } from '../packages/core/src/stages/head/client-address.ts';
import { compileHeaderRule, readHeaders } from '../packages/core/src/stages/head/read-headers.ts';
import { compileUpstreamHeaders, upstreamHeaders } from '../packages/core/src/stages/head/upstream-headers.ts';
import { cpuMicros } from './measuring.ts';

function measure(name: string, calls: number, run: (index: number) => unknown): void {
  console.log(`${name.padEnd(48)} ${cpuMicros(calls, run).toFixed(3)} µs`);
}

const RULE: HeadRule = {
  headers: compileHeaderRule(['X-API-Key']),
  proxies: compileTrustedProxies(['10.0.0.0/8']),
  pathParameters: 'refuse',
  upstream: compileUpstreamHeaders({
    upstreamHost: '127.0.0.1:3000',
    preserveHost: false,
    principalHeaders: { subject: 'X-Principal', issuer: null, scopes: null, roles: null },
    internalHeaders: [],
  }),
};

/** A head as a parser hands it over: strings of its own for every request. */
const TEXT = [
  'Host',
  'api.example.com',
  'User-Agent',
  'client/1.2 (linux; x64)',
  'Accept',
  'application/json',
  'Accept-Encoding',
  'gzip, br',
  'Authorization',
  `Bearer ${'eyJhbGciOiJSUzI1NiJ9'.repeat(30)}`,
  'Content-Type',
  'application/json',
  'Content-Length',
  '1024',
  'Connection',
  'keep-alive',
].join('\n');
const heads = Array.from({ length: 20_000 }, () => Buffer.from(TEXT).toString('latin1').split('\n'));
const headOf = (index: number): string[] => heads[index % heads.length] ?? [];
const exchangeOf = (index: number): Exchange =>
  new Exchange('r', 0, 'GET', `/v1/accounts/${index}/statements?page=2`, headOf(index), '203.0.113.7', true);

measure('new Exchange', 200_000, exchangeOf);
measure('canonicalPath, plain', 200_000, (index) => canonicalPath(`/v1/accounts/${index}/statements?page=2`));
measure('canonicalPath, escapes', 200_000, (index) => canonicalPath(`/v1/accounts/${index}/caf%c3%a9%20x`));
measure('readHeaders, 8 headers, 600-byte token', 200_000, (index) => readHeaders(exchangeOf(index), RULE.headers));
measure('decideHead', 200_000, (index) => decideHead(RULE, exchangeOf(index)));
measure('decideHead and upstreamHeaders', 200_000, (index) => {
  const exchange = exchangeOf(index);
  decideHead(RULE, exchange);
  return upstreamHeaders(exchange, RULE);
});

const routes = Array.from({ length: 1223 }, (_, index) => {
  const names = ['repos/{owner}/{repo}', 'orgs/{org}', 'users/{username}', 'teams/{team}'][index % 4] ?? '';
  const tail = [`/r${index}`, `/r${index}/{id}`, `/r${index}/{id}/sub`, `/r${index}/{id}/sub/{other}`][index % 3] ?? '';
  return { method: 'GET', template: `/v3/${names}${tail}`, value: index };
});
routes.push({ method: 'GET', template: '/v3/meta', value: 9999 });
const router = createRouter(routes);
measure('router, 1,224 routes, concrete path', 500_000, () => router.find('/v3/meta', 'GET'));
const targets = routes.map(({ template }) => template.replaceAll(/\{\w+\}/g, 'octo-cat'));
measure('router, 1,224 routes, templated path', 500_000, (index) =>
  router.find(targets[index % targets.length] ?? '', 'GET'),
);
measure('router, unknown path', 500_000, (index) => router.find(`/v3/repos/a/b/none${index & 1023}`, 'GET'));
