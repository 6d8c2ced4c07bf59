import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the admin port shows. */
export interface AdminViews {
  /** Prometheus text (format 0.0.4). */
  metrics(): string | Promise<string>;
  /** Null when ready, else why not. */
  readiness(): string | null;
}

export interface AdminServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics` on its own port, loopback by default; nothing of it is reachable through the door. */
export function createAdminServer(host: string, port: number, views: AdminViews): Promise<AdminServer> {
  const server = createServer(
    { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 10_000 },
    (request, response) => {
      const path = (request.url ?? '').split('?')[0];
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      const reply = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
        response.writeHead(status, { 'Content-Type': type });
        response.end(request.method === 'HEAD' ? undefined : text);
      };
      // A page of a foreign name that a browser was led to resolve to this machine must not read what is here ("DNS rebinding").
      if (isLoopback(host) && !isLoopback(hostName(request.headers.host ?? '')))
        reply(403, 'this port is for programs of this machine\n');
      else if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        reply(405, 'method not allowed\n');
      } else if (path === '/healthz') reply(200, 'ok\n');
      else if (path === '/readyz') {
        const reason = views.readiness();
        reply(reason === null ? 200 : 503, reason === null ? 'ready\n' : `not ready: ${reason}\n`);
      } else if (path === '/metrics') {
        Promise.resolve(views.metrics()).then(
          (text) => reply(200, text, 'text/plain; version=0.0.4; charset=utf-8'),
          () => reply(500, 'the metrics could not be gathered\n'),
        );
      } else reply(404, 'not found; there are /healthz, /readyz and /metrics\n');
    },
  );
  server.maxConnections = 64;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({
        host: address.address,
        port: address.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
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
