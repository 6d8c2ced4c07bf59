import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { cpuTicks, flag, freePort, median, processorTime, saidOfStolen, stolenPercent, text } from './measuring.ts';
import { ACCOUNT, proxyDocument } from './proxy-document.ts';
import { runFolder } from './run-folder.ts';
import { startPinned, writeNginx } from './pinned-process.ts';

/**
 * Requests per second, processor time a request and p99 of Sallyport and its peers, interleaved in one run, each on one core.
 * Prints ratios to nginx as a plain, unguarded proxy. Needs nginx and wrk on the PATH; peers are installed into bench/peers.
 * `--seconds 3 --rounds 3 --warm-up 6 --only sallyport,nginx --workloads get,post,both`
 */
const HERE = import.meta.dirname;
const NODE = process.execPath;
const options = {
  seconds: flag('seconds', 3),
  rounds: flag('rounds', 3),
  connections: flag('connections', 32),
  /** An optimiser needs tens of thousands of requests to settle, and what runs for months is measured settled. */
  warmUp: flag('warm-up', 6),
  only: text('only'),
  workloads: text('workloads'),
};
const PROXY_CORE = '0';
const LOAD_CORE = '1';

interface Peer {
  readonly name: string;
  readonly note: string;
  /** `run` names its files. */
  start(port: number, run: string): ChildProcess;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly payload: string | null;
}

interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuMicros: number;
  readonly p99Ms: number;
  readonly errors: number;
  readonly stolenPercent: number;
}

for (const program of ['nginx', 'wrk', 'taskset'])
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) {
    console.error(`bench: ${program} is not on the PATH. On Debian: apt-get install nginx-light wrk util-linux`);
    process.exit(2);
  }

const children: ChildProcess[] = [];
const folder = runFolder(children);

const issuer = 'https://issuer.example';
const audience = 'bench';
const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const jwks = join(folder, 'jwks.json');
writeFileSync(
  jwks,
  JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }] }),
);
const tokens = await Promise.all(
  Array.from({ length: 64 }, (_, i) =>
    new SignJWT({ scope: 'accounts:read' })
      .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(`user-${i}`)
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(privateKey),
  ),
);
const document = join(folder, 'openapi.json');
writeFileSync(document, JSON.stringify(proxyDocument()));

const upstreamPort = await freePort();
const body = JSON.stringify(ACCOUNT);
start(
  'nginx',
  [
    '-p',
    folder,
    '-c',
    writeNginx(
      folder,
      'upstream',
      `server { listen 127.0.0.1:${upstreamPort} reuseport; keepalive_requests 100000000; location / { default_type application/json; return 200 '${body}'; } }`,
    ),
  ],
  LOAD_CORE,
);
await listening(upstreamPort);

const peers: Peer[] = [
  {
    name: 'nginx',
    note: 'plain proxy, access log',
    start: (port: number, run: string) =>
      start(
        'nginx',
        [
          '-p',
          folder,
          '-c',
          writeNginx(
            folder,
            `proxy-${run}`,
            `upstream api { server 127.0.0.1:${upstreamPort}; keepalive 64; } log_format line '$remote_addr $time_iso8601 "$request" $status $body_bytes_sent $request_time'; access_log ${folder}/nginx-${run}.log line buffer=64k; server { listen 127.0.0.1:${port}; keepalive_requests 100000000; location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
          ),
        ],
        PROXY_CORE,
      ),
  },
  {
    name: 'sallyport',
    note: 'everything on: RS256, parameters, bodies both ways, limits, log, metrics',
    start: (port: number, run: string) => startSallyport(port, run, false),
  },
  {
    name: 'tuned',
    note: 'node:http and undici tuned by hand: remembered tokens, rate limit, request validation, log, metrics; no response checks',
    start: (port: number, run: string) => startPeer('tuned-stack.ts', port, run),
  },
  {
    name: 'sallyport bare',
    note: 'every rule off',
    start: (port: number, run: string) => startSallyport(port, run, true),
  },
  {
    name: 'fastify',
    note: 'helmet, rate limit, JWT, request validation, log; no response checks',
    start: (port: number, run: string) => startPeer('fastify-stack.ts', port, run),
  },
  {
    name: 'express',
    note: 'helmet, rate limit, JWT, request validation, log; no response checks',
    start: (port: number, run: string) => startPeer('express-stack.ts', port, run),
  },
].filter((peer) => options.only === null || options.only.split(',').includes(peer.name));
if (
  peers.some((peer) => ['tuned', 'fastify', 'express'].includes(peer.name)) &&
  !existsSync(join(HERE, 'peers/node_modules'))
)
  execFileSync('npm', ['ci', '--silent'], { cwd: join(HERE, 'peers'), stdio: 'inherit' });

const GET: Request = { method: 'GET', path: '/v1/accounts/6f9619ff-8b86-4d01-b42d-00cf4fc964ff', payload: null };
const POST: Request = { method: 'POST', path: '/v1/accounts', payload: body };
/** Each has a process of its own of every peer: what an optimiser makes of one kind of request is not what it makes of several, which the last one shows. */
const WORKLOADS = [
  { name: 'GET 1 KB', run: 'get', script: wrkScript('get', [GET]) },
  { name: 'POST 1 KB', run: 'post', script: wrkScript('post', [POST]) },
  { name: 'GET and POST in turn', run: 'both', script: wrkScript('both', [GET, POST]) },
].filter(({ run }) => options.workloads === null || options.workloads.split(',').includes(run));

const running = new Map<string, { readonly port: number; readonly child: ChildProcess }>();
for (const { name, run } of WORKLOADS)
  for (const peer of peers) {
    const port = await freePort();
    running.set(`${name}\n${peer.name}`, { port, child: peer.start(port, run) });
    await listening(port);
  }
const samples = new Map<string, Sample[]>();
for (const { name, script } of WORKLOADS)
  for (const peer of peers) measure(`${name}\n${peer.name}`, script, options.warmUp);
for (let round = 0; round < options.rounds; round++)
  for (const { name, script } of WORKLOADS)
    for (const peer of peers) {
      const key = `${name}\n${peer.name}`;
      samples.set(key, [...(samples.get(key) ?? []), measure(key, script, options.seconds)]);
    }

for (const workload of WORKLOADS) {
  console.log(
    `\n${workload.name}   (${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections, medians; ratio to nginx in the same round)`,
  );
  console.log('                     req/s   ratio  (min–max)     CPU µs/req   p99 ms   errors');
  const yardstick = samples.get(`${workload.name}\nnginx`);
  for (const peer of peers) {
    const all = samples.get(`${workload.name}\n${peer.name}`) ?? [];
    const ratios = all.map(
      (sample, i) => sample.requestsPerSecond / (yardstick?.[i]?.requestsPerSecond ?? sample.requestsPerSecond),
    );
    console.log(
      `${peer.name.padEnd(16)}${median(all.map((s) => s.requestsPerSecond))
        .toFixed(0)
        .padStart(
          10,
        )}${median(ratios).toFixed(2).padStart(8)}  (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})${median(
        all.map((s) => s.cpuMicros),
      )
        .toFixed(1)
        .padStart(13)}${median(all.map((s) => s.p99Ms))
        .toFixed(2)
        .padStart(11)}${String(all.reduce((sum, s) => sum + s.errors, 0)).padStart(8)}`,
    );
  }
}
const stolen = saidOfStolen([...samples.values()].flat().map((sample) => sample.stolenPercent));
console.log(
  `\n${peers.map((peer) => `${peer.name}: ${peer.note}`).join('\n')}${stolen === null ? '' : `\n\n${stolen}`}`,
);
process.exit(0);

function measure(key: string, script: string, seconds: number): Sample {
  const target = running.get(key);
  if (target === undefined) throw new Error(`${key} does not run`);
  const before = cpuTicks(target.child.pid ?? 0);
  const time = processorTime();
  const { stdout } = spawnSync(
    'taskset',
    [
      '-c',
      LOAD_CORE,
      'wrk',
      '-t1',
      `-c${options.connections}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      script,
      `http://127.0.0.1:${target.port}`,
    ],
    { encoding: 'utf8' },
  );
  const ticks = cpuTicks(target.child.pid ?? 0) - before;
  const [, requests, micros, p99, bad] = /RESULT (\d+) (\d+) (\d+) (\d+)/.exec(stdout) ?? [];
  const count = Number(requests ?? 0);
  return {
    requestsPerSecond: (count / Number(micros ?? 1)) * 1e6,
    cpuMicros: (ticks * 10_000) / Math.max(count, 1),
    p99Ms: Number(p99 ?? 0) / 1000,
    errors: Number(bad ?? 0),
    stolenPercent: stolenPercent(time),
  };
}

/** A script that sends these requests in turn, each with one token after the other. */
function wrkScript(name: string, requests: readonly Request[]): string {
  const file = join(folder, `${name}.lua`);
  writeFileSync(
    file,
    `local tokens = {${tokens.map((token) => JSON.stringify(token)).join(',')}}
local prepared = {}
local n = 0
init = function(args)
  for i, token in ipairs(tokens) do
${requests
  .map(
    ({ method, path, payload }) =>
      `    prepared[#prepared + 1] = wrk.format(${JSON.stringify(method)}, ${JSON.stringify(path)}, { ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json"${payload === null ? '' : ', ["Content-Type"] = "application/json"'} }, ${payload === null ? 'nil' : JSON.stringify(payload)})`,
  )
  .join('\n')}
  end
end
request = function() n = n % #prepared + 1; return prepared[n] end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(99), summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end`,
  );
  return file;
}

function startSallyport(port: number, run: string, bare: boolean): ChildProcess {
  const name = `${bare ? 'bare' : 'full'}-${run}`;
  const policy = join(folder, `${name}.yaml`);
  const common = `api: ${document}\nupstream: http://127.0.0.1:${upstreamPort}\nauthentication:\n  bearer: { issuer: ${issuer}, audience: ${audience}, algorithms: [RS256], jwks: ${jwks} }\nadmin: { port: 0 }\nlog: { format: ecs, destination: ${folder}/sallyport-${name}.log${bare ? ', level: error' : ''} }\n`;
  writeFileSync(
    policy,
    `${common}limits:${bare ? ' []' : '\n  - { by: address, algorithm: token-bucket, rate: 900000/s, burst: 900000 }\n  - { by: principal, algorithm: sliding-window, limit: 50000000/min }'}\n${bare ? 'mode: off\n' : ''}`,
  );
  return start(
    NODE,
    [
      '--conditions=sallyport-source',
      resolve(HERE, '../packages/cli/src/main.ts'),
      'run',
      '--config',
      policy,
      '--port',
      String(port),
      '--no-watch',
    ],
    PROXY_CORE,
  );
}

function startPeer(file: string, port: number, run: string): ChildProcess {
  return start(
    NODE,
    [
      join(HERE, 'peers', file),
      JSON.stringify({
        port: String(port),
        upstream: `http://127.0.0.1:${upstreamPort}`,
        document,
        jwks,
        issuer,
        audience,
        log: join(folder, `${file}-${run}.log`),
      }),
    ],
    PROXY_CORE,
  );
}

function start(command: string, args: readonly string[], core: string): ChildProcess {
  const child = startPinned(command, args, core);
  children.push(child);
  return child;
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`nothing listens on ${port}`);
}
