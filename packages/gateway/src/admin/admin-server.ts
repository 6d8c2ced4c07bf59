import { createListener, type Listener, type ListenerEvents } from '../wire/listener.ts';
import { HealthExchange, pathOf, type AdminViews } from './health-exchange.ts';
import { malformedDenial, malformedReply } from '../wire/refuse-malformed.ts';
import { isIP } from 'node:net';
import { covers } from '../tls/door-certificate.ts';
import { ServerExchange } from '../exchange/server-exchange.ts';
import type { DoorTls } from '../tls/load-door-tls.ts';
import type { Door, GuardedApi } from '../exchange/guarded-api.ts';

export interface AdminServerOptions {
  /** Without TLS a loopback address. */
  readonly host: string;
  readonly port: number;
  readonly views: AdminViews;
  /** Null for plain HTTP. */
  readonly tls: DoorTls | null;
  readonly onHandshakeFailure: ListenerEvents['onHandshakeFailure'];
  readonly onRefused: ListenerEvents['onRefused'];
  /** False where metrics are an operation of the admin API. */
  readonly openMetrics: boolean;
  /** The admin API as it is now; null where there is none. */
  api(): GuardedApi | null;
  readonly door: Pick<Door, 'nextRequestId' | 'record'>;
}

export interface AdminServer {
  readonly host: string;
  readonly port: number;
  /** New connections get these certificates from now on. */
  renew(tls: DoorTls): void;
  close(): Promise<void>;
}

const HEAD_TIMEOUT_MS = 5_000;
const BODY_TIMEOUT_MS = 10_000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 64;
const DRAIN_MS = 1_000;

/**
 * Serves the admin API, and `/healthz`, `/readyz` and `/metrics` as they are, on a port of its own; nothing of it is reachable through the door. Every request has to name
 * this machine, and only the three paths go without a credential: that a request comes from this machine proves nothing, as browsers and other users are here too.
 */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  let { tls } = options;
  const open: readonly string[] = ['/healthz', '/readyz', ...(options.openMetrics ? ['/metrics'] : [])];
  const onRequest: ListenerEvents['onRequest'] = (request) => {
    const health = new HealthExchange(request, options.views);
    if (!isNamed(request.rawHeaders, tls)) return Object.assign(health, { run: () => health.refuseName() });
    const api = options.api();
    if (api === null || open.includes(pathOf(request.target))) return health;
    return new ServerExchange({ ...options.door, api, draining: false }, request);
  };
  const listener: Listener = await createListener(
    {
      host: options.host,
      port: options.port,
      maxHeadBytes: MAX_HEAD_BYTES,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      bodyTimeoutMs: BODY_TIMEOUT_MS,
      maxConnections: MAX_CONNECTIONS,
      tls,
      http2: null,
    },
    {
      onRequest,
      onMalformed(error, from) {
        const { status, headers, body } = malformedReply(malformedDenial(error), options.door.nextRequestId(), []);
        from.refuse(status, headers, body);
      },
      onHandshakeFailure: options.onHandshakeFailure,
      onRefused: options.onRefused,
      stallTimeoutMs: () => BODY_TIMEOUT_MS,
    },
  );
  return {
    host: listener.host,
    port: listener.port,
    renew(next) {
      if (tls === null) return;
      tls = next;
      listener.renew(next);
    },
    close: () => listener.drain(DRAIN_MS),
  };
}

/** Whether a request names this machine. With TLS, the names in the certificates and addresses do too: a name that was rebound to us is none of either. */
function isNamed(rawHeaders: readonly string[], tls: DoorTls | null): boolean {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  const [host] = hosts;
  if (host === undefined || hosts.length !== 1) return false;
  const name = hostName(host);
  if (isLoopback(name)) return true;
  if (tls === null) return false;
  return isIP(name) !== 0 || tls.certificates.some(({ names }) => names.some((one) => covers(one, name)));
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The name of a Host header without its port and the brackets of an IPv6 address. */
function hostName(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}
