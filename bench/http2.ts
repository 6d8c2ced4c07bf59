import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { connect } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ACCOUNT, proxyDocument } from './proxy-document.ts';
import { runFolder } from './run-folder.ts';
import { cpuTicks, flag, freePort, median, processorTime, saidOfStolen, stolenPercent, text } from './measuring.ts';
import { startPinned, writeNginx } from './pinned-process.ts';

/**
 * Requests per second and processor time a request over TLS, by HTTP/2 and by HTTP/1.1, of Sallyport and of nginx as a plain proxy: interleaved in
 * one run, each on one core. Needs nginx, h2load, openssl and taskset on the PATH.
 * `--seconds 3 --rounds 3 --warm-up 6 --connections 32 --streams 10 --only sallyport,nginx`
 */
const options = {
  seconds: flag('seconds', 3),
  rounds: flag('rounds', 3),
  warmUp: flag('warm-up', 6),
  connections: flag('connections', 32),
  /** Requests under way on each connection of HTTP/2; HTTP/1.1 has one. */
  streams: flag('streams', 10),
  only: text('only'),
};
const PROXY_CORE = '0';
const LOAD_CORE = '1';
const PATH = '/v1/accounts/6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

for (const program of ['nginx', 'h2load', 'openssl', 'taskset'])
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) {
    console.error(
      `bench: ${program} is not on the PATH. On Debian: apt-get install nginx-light nghttp2-client openssl util-linux`,
    );
    process.exit(2);
  }

const children: ChildProcess[] = [];
const folder = runFolder(children);

const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const jwks = join(folder, 'jwks.json');
const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' };
writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
const token = await new SignJWT({ scope: 'accounts:read' })
  .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'JWT' })
  .setIssuer('https://issuer.example')
  .setAudience('bench')
  .setSubject('user')
  .setIssuedAt()
  .setExpirationTime('2h')
  .sign(privateKey);
const document = join(folder, 'openapi.json');
writeFileSync(document, JSON.stringify(proxyDocument()));

const upstreamPort = await freePort();
startNginx(
  'upstream',
  `server { listen 127.0.0.1:${upstreamPort} reuseport; keepalive_requests 100000000; location / { default_type application/json; return 200 '${JSON.stringify(ACCOUNT)}'; } }`,
  LOAD_CORE,
);

const peers = [
  { name: 'nginx', note: 'plain proxy, access log', start: startNginxProxy },
  {
    name: 'sallyport',
    note: 'everything on: RS256, parameters, the answer, limits, log, metrics',
    start: (port: number) => startSallyport(port, false),
  },
  { name: 'sallyport bare', note: 'every rule off', start: (port: number) => startSallyport(port, true) },
].filter(({ name }) => options.only === null || options.only.split(',').includes(name));
const WORKLOADS = [
  { name: 'HTTP/2', words: ['-m', String(options.streams)] },
  { name: 'HTTP/1.1', words: ['--h1'] },
];

interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuMicros: number;
  readonly meanMs: number;
  readonly errors: number;
  readonly stolenPercent: number;
}

const running = new Map<string, { readonly port: number; readonly child: ChildProcess }>();
for (const peer of peers) {
  const port = await freePort();
  running.set(peer.name, { port, child: peer.start(port) });
  await listening(port);
}
const samples = new Map<string, Sample[]>();
const requests = new Map<string, number>();
for (const workload of WORKLOADS)
  for (const { name } of peers) {
    measure(name, workload.words, requestsFor(name, workload.words, options.warmUp));
    requests.set(`${workload.name}\n${name}`, requestsFor(name, workload.words, options.seconds));
  }
for (let round = 0; round < options.rounds; round++)
  for (const workload of WORKLOADS)
    for (const { name } of peers) {
      const of = `${workload.name}\n${name}`;
      samples.set(of, [...(samples.get(of) ?? []), measure(name, workload.words, requests.get(of) ?? 0)]);
    }

for (const workload of WORKLOADS) {
  const streams = workload.name === 'HTTP/2' ? ` of ${options.streams} streams` : '';
  console.log(
    `\nGET 1 KB over TLS, ${workload.name}   (${options.rounds} rounds of about ${options.seconds} s, ${options.connections} connections${streams}, medians; ratio to nginx in the same round)`,
  );
  console.log('                     req/s   ratio  (min–max)     CPU µs/req   mean ms   errors');
  const yardstick = samples.get(`${workload.name}\nnginx`);
  for (const { name } of peers) {
    const all = samples.get(`${workload.name}\n${name}`) ?? [];
    const ratios = all.map((one, i) => one.requestsPerSecond / (yardstick?.[i] ?? one).requestsPerSecond);
    const middle = (read: (one: Sample) => number): number => median(all.map(read));
    const columns = [
      middle((one) => one.requestsPerSecond)
        .toFixed(0)
        .padStart(10),
      median(ratios).toFixed(2).padStart(8),
      `  (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
      middle((one) => one.cpuMicros)
        .toFixed(1)
        .padStart(13),
      middle((one) => one.meanMs)
        .toFixed(2)
        .padStart(10),
      String(all.reduce((sum, one) => sum + one.errors, 0)).padStart(9),
    ];
    console.log(name.padEnd(16) + columns.join(''));
  }
}
const stolen = saidOfStolen([...samples.values()].flat().map((sample) => sample.stolenPercent));
console.log(
  `\n${peers.map(({ name, note }) => `${name}: ${note}`).join('\n')}${stolen === null ? '' : `\n\n${stolen}`}`,
);
process.exit(0);

/** How many requests a peer answers in `seconds`, as far as a short run tells: told the time, h2load never ends where a handshake takes longer than that. */
function requestsFor(name: string, words: readonly string[], seconds: number): number {
  const { requestsPerSecond } = measure(name, words, 2_000);
  return Math.max(2_000, Math.round(requestsPerSecond * seconds));
}

function measure(name: string, words: readonly string[], requests: number): Sample {
  const target = running.get(name);
  if (target === undefined) throw new Error(`${name} does not run`);
  const before = cpuTicks(target.child.pid ?? 0);
  const time = processorTime();
  const load = ['-c', LOAD_CORE, 'h2load', '-t1', `-c${options.connections}`, `-n${requests}`, ...words];
  const headers = ['-H', `authorization: Bearer ${token}`, '-H', 'accept: application/json'];
  const { stdout } = spawnSync('taskset', [...load, ...headers, `https://localhost:${target.port}${PATH}`], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const ticks = cpuTicks(target.child.pid ?? 0) - before;
  const done = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0);
  const mean = /time for request: +\S+ +\S+ +([\d.]+)(us|ms|s)/.exec(stdout);
  const unitMs = { us: 0.001, ms: 1, s: 1000 }[mean?.[2] ?? 'ms'] ?? 1;
  return {
    requestsPerSecond: Number(/finished in \S+, ([\d.]+) req\/s/.exec(stdout)?.[1] ?? 0),
    cpuMicros: (ticks * 10_000) / Math.max(done, 1),
    meanMs: Number(mean?.[1] ?? 0) * unitMs,
    errors: requests - done,
    stolenPercent: stolenPercent(time),
  };
}

function startNginxProxy(port: number): ChildProcess {
  return startNginx(
    'proxy',
    `upstream api { server 127.0.0.1:${upstreamPort}; keepalive 64; } log_format line '$remote_addr $time_iso8601 "$request" $status $body_bytes_sent $request_time'; access_log ${folder}/nginx.log line buffer=64k; server { listen 127.0.0.1:${port} ssl http2; ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3; keepalive_requests 100000000; location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
    PROXY_CORE,
  );
}

function startNginx(name: string, servers: string, core: string): ChildProcess {
  return start('nginx', ['-p', folder, '-c', writeNginx(folder, name, servers)], core);
}

function startSallyport(port: number, bare: boolean): ChildProcess {
  const policy = join(folder, bare ? 'bare.yaml' : 'full.yaml');
  const limits =
    '\n  - { by: address, algorithm: token-bucket, rate: 900000/s, burst: 900000 }\n  - { by: principal, algorithm: sliding-window, limit: 50000000/min }';
  writeFileSync(
    policy,
    `api: ${document}
upstream: http://127.0.0.1:${upstreamPort}
listen: { tls: { certificate: ${certificate}, key: ${key} } }
authentication: { bearer: { issuer: 'https://issuer.example', audience: bench, algorithms: [RS256], jwks: ${jwks} } }
admin: { port: 0 }
log: { format: ecs, destination: ${folder}/${bare ? 'bare' : 'full'}.log${bare ? ', level: error' : ''} }
limits:${bare ? ' []\nmode: off' : limits}
`,
  );
  const main = resolve(import.meta.dirname, '../packages/cli/src/main.ts');
  const words = ['run', '--config', policy, '--port', String(port), '--no-watch'];
  return start(process.execPath, ['--conditions=sallyport-source', main, ...words], PROXY_CORE);
}

function start(command: string, args: readonly string[], core: string): ChildProcess {
  const child = startPinned(command, args, core);
  children.push(child);
  return child;
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const shaken = await new Promise<boolean>((done) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        socket.destroy();
        done(true);
      });
      socket.on('error', () => done(false));
    });
    if (shaken) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`nothing listens on ${port}`);
}
