import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { handshakeFailure } from '../tls/handshake-failure.ts';
import type { WireError } from './client-request.ts';
import type { MalformedPeer } from './connection-host.ts';
import { writeReplyHead } from './http1/reply-head.ts';
import { OutgoingBytes } from './http1/outgoing-bytes.ts';

const PLAIN: WireError = { code: 'PLAIN_HTTP', message: 'plain HTTP came to a port of TLS' };

/** Lets clients that speak plain HTTP to a server of TLS be answered in it: a connection that breaks would not tell them why. */
export function hearPlainHttp(server: Server, onPlain: (error: WireError, from: MalformedPeer) => void): void {
  // A handshake that failed has no way back to its connection but the addresses.
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    shaking.set(name, socket);
    socket.once('close', () => {
      if (shaking.get(name) === socket) shaking.delete(name);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => shaking.delete(nameOf(socket)));
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const connection = shaking.get(nameOf(socket));
    if (connection === undefined || handshakeFailure(error) !== 'plain-http') return;
    onPlain(PLAIN, {
      peer: { address: connection.remoteAddress ?? '', tls: null },
      refuse: (status, headers, body) => refuse(connection, status, headers, body),
    });
  });
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** What the system does not take at once is lost: the connection ends with the handshake. */
function refuse(socket: Socket, status: number, headers: readonly string[], body: Uint8Array): number | null {
  if (!socket.writable) return null;
  const out = new OutgoingBytes();
  writeReplyHead(status, headers, out);
  out.addText(`Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
  out.addBytes(body);
  socket.write(Buffer.from(out.view()));
  out.clear(true);
  return body.length;
}
