import type { Denial, Policy } from '@sallyport/core';
import { createListener, type Listener } from './wire/listener.ts';
import { connectionBound, descriptorLimit } from './wire/connection-bound.ts';
import { tellRefused } from './wire/refused-connections.ts';
import type { MalformedPeer } from './wire/connection-host.ts';
import type { Recorder } from './records/recorder.ts';
import type { Http2Metrics } from './metrics/http2-metrics.ts';
import type { LoadedApi } from './load-api.ts';
import { malformedDenial, malformedReply } from './wire/refuse-malformed.ts';
import { bareRecord } from './exchange/bare-record.ts';
import { createRedirectListener, type RedirectListener } from './wire/redirect-listener.ts';
import { ServerExchange } from './exchange/server-exchange.ts';
import { httpChallenge } from './tls/acme/answer-challenge.ts';
import type { DoorTls } from './tls/load-door-tls.ts';
import type { TlsKeeper } from './tls/tls-keeper.ts';
import type { Door, GuardedApi } from './exchange/guarded-api.ts';
import { createAdminServer, type AdminServer } from './admin/admin-server.ts';
import type { AdminViews } from './admin/health-exchange.ts';

/** Listens for clients of the door. */
export function openListener(
  door: Door,
  api: LoadedApi,
  tls: DoorTls | null,
  recorder: Recorder,
  http2: Http2Metrics,
): Promise<Listener> {
  const { listen: settings, requests } = api.plan.policy;
  const limit = descriptorLimit();
  const bound = boundOf(api.plan.policy, limit);
  if (bound < settings.maxConnections)
    recorder.event(
      'warn',
      'fewer connections are taken than listen.maxConnections: this process may not open more files',
      {
        connections: bound,
        asked: settings.maxConnections,
        'open files': limit,
        'to take more': 'raise the limit of open files (ulimit -n, LimitNOFILE)',
      },
    );
  return createListener(
    {
      host: settings.host,
      port: settings.port,
      maxHeadBytes: requests.maxHeadBytes,
      headTimeoutMs: requests.headTimeoutMs,
      bodyTimeoutMs: requests.bodyTimeoutMs,
      maxConnections: bound,
      tls,
      http2: settings.http2 ? http2 : null,
    },
    {
      onRequest: (request) => new ServerExchange(doorOf(door, request.target), request),
      onHandshakeFailure: (failure) => recorder.handshakeFailed(failure),
      onRefused: tellRefused('door', recorder.event),
      onMalformed: (error, from) => refuse(door, malformedDenial(error), from),
      stallTimeoutMs: () => door.api.plan.policy.upstream.idleTimeoutMs,
    },
  );
}

/** How many connections each listener of clients takes at once. */
function boundOf({ listen, upstream }: Policy, descriptors: number | null): number {
  return connectionBound(listen.maxConnections, upstream.connections, listen.redirect === null ? 1 : 2, descriptors);
}

/** The door as a request at one of Sallyport's own paths finds it. */
function doorOf(door: Door, target: string): Door {
  const own = door.api.own ?? null;
  if (own === null) return door;
  const query = target.indexOf('?');
  if (!own.paths.has(query < 0 ? target : target.slice(0, query))) return door;
  return {
    ...door,
    api: own.api,
    get draining() {
      return door.draining;
    },
  };
}

/** Refuses what never became an exchange, and records it all the same. */
function refuse(door: Door, denial: Denial, from: MalformedPeer): void {
  const requestId = door.nextRequestId();
  const { status, headers, body } = malformedReply(denial, requestId, door.api.ownHeaders);
  const sent = from.refuse(status, headers, body);
  door.record(
    bareRecord(door, {
      requestId,
      peerAddress: from.peer.address,
      method: '',
      outcome: 'denied',
      status: sent === null ? 499 : status,
      denial,
      bytes: sent ?? 0,
    }),
  );
}

/** Listens for plain HTTP where the policy says so, and sends clients to the door. */
export function openRedirect(
  door: Door,
  current: () => LoadedApi,
  keeper: TlsKeeper,
  listener: Listener,
  recorder: Recorder,
): Promise<RedirectListener> | null {
  const { listen: settings, requests } = current().plan.policy;
  if (settings.redirect === null) return null;
  return createRedirectListener({
    host: settings.host,
    port: settings.redirect.port,
    maxHeadBytes: requests.maxHeadBytes,
    headTimeoutMs: requests.headTimeoutMs,
    maxConnections: boundOf(current().plan.policy, descriptorLimit()),
    onRefused: tellRefused('redirect', recorder.event),
    names: () =>
      current().plan.policy.listen.redirect?.names ?? keeper.current?.certificates.flatMap(({ names }) => names) ?? [],
    challenge: (target) => httpChallenge(keeper.current?.acme ?? null, target),
    httpsPort: () => current().plan.policy.listen.redirect?.httpsPort ?? listener.port,
    ownHeaders: () => current().ownHeaders,
    nextRequestId: () => door.nextRequestId(),
    record: (exchange) =>
      door.record(bareRecord(door, { ...exchange, outcome: exchange.denial === null ? 'answered' : 'denied' })),
  });
}

/** Listens for operators where the policy says so. `current` is the admin API as it is now. */
export function openAdmin(
  door: Door,
  api: LoadedApi,
  views: AdminViews,
  recorder: Recorder,
  current: () => GuardedApi | null,
): Promise<AdminServer> | null {
  const { admin: settings } = api.plan.policy;
  if (settings === null) return null;
  return createAdminServer({
    host: settings.host,
    port: settings.port,
    views,
    tls: api.adminTls,
    onHandshakeFailure: (failure) => recorder.handshakeFailed(failure),
    onRefused: tellRefused('administration', recorder.event),
    openMetrics: settings.metrics !== 'credential',
    api: current,
    door: { nextRequestId: door.nextRequestId, record: door.record },
  });
}
