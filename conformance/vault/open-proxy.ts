import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to a service that can be cut. */
export interface Proxy {
  readonly address: string;
  /** `METHOD path` of what came this way, without the version of Vault's API. */
  readonly asked: string[];
  /** Nobody answers, and connections under way are cut. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function openProxy(target: string): Promise<Proxy> {
  const asked: string[] = [];
  let isCut = false;
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    if (isCut) return void incoming.socket.destroy();
    const { method, url: path = '', headers } = incoming;
    asked.push(`${method} ${path.replace('/v1/', '')}`);
    const onward = ask({ host: hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    cut() {
      isCut = true;
      server.closeAllConnections();
    },
    restore: () => void (isCut = false),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
