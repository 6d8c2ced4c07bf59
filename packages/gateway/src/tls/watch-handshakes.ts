import type { Duplex } from 'node:stream';
import type { Server, TLSSocket } from 'node:tls';
import { ACME_TLS } from './acme/answer-challenge.ts';
import { isPlaceholder } from './acme/load-acme.ts';
import { handshakeFailure, type HandshakeFailure } from './handshake-failure.ts';
import { rotateTicketKeys } from './ticket-keys.ts';
import type { DoorTls } from './load-door-tls.ts';

/** What goes on around the handshakes of one listener. */
export interface Handshakes {
  /** True for a socket whose handshake came to nothing. */
  failed(socket: Duplex): boolean;
  renew(tls: DoorTls): void;
  close(): void;
}

const LOOK_AGAIN_MS = 15_000;

/**
 * Counts handshakes that fail, changes the key of session tickets every hour (who has it can read recorded sessions of TLS 1.2), and, where a
 * certificate is required of every client, ends connections whose certificate is revoked: in the handshake, and on a reload.
 */
export function watchHandshakes(
  server: Server,
  tls: DoorTls,
  events: { onHandshakeFailure(failure: HandshakeFailure): void },
): Handshakes {
  const failed = new WeakSet<Duplex>();
  const open = new Set<TLSSocket>();
  let current = tls;
  let hasWaited = tls.waiting;
  // By what it was shown, and not by what there is now: a certificate may have come while the handshake was under way.
  const sawPlaceholder = (socket: TLSSocket): boolean => {
    if (!hasWaited) return false;
    const shown = socket.getX509Certificate();
    return shown === undefined || isPlaceholder(shown);
  };
  const unwelcome = (socket: TLSSocket): boolean => {
    const { clients } = current;
    if (clients === null || !clients.require) return false;
    const checked = clients.checker.check(socket, Date.now());
    // What cannot be told is left to the operation, which answers that it cannot.
    return checked === null || (checked.result.code !== null && checked.result.code !== 'AUTHN_REVOCATION_UNKNOWN');
  };
  server.prependListener('tlsClientError', (error: Error & { code?: string }, socket: TLSSocket) => {
    failed.add(socket);
    events.onHandshakeFailure(handshakeFailure(error));
  });
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    // The authority has seen what it came for, and nothing is spoken over it (RFC 8737, section 3).
    if (socket.alpnProtocol === ACME_TLS) {
      socket.destroy();
      return;
    }
    // What it was shown stands in for a certificate: whoever believes that would believe anybody in between.
    if (sawPlaceholder(socket)) {
      events.onHandshakeFailure('no-certificate');
      socket.destroy();
      return;
    }
    if (current.clients === null) return;
    if (unwelcome(socket)) {
      events.onHandshakeFailure('client-certificate');
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const tickets = rotateTicketKeys(server, tls.ticketSecret);
  // What responders said ends while connections stay open: it is fetched again before, and who has been revoked is put out.
  const looking = setInterval(() => {
    for (const socket of open)
      void current.clients?.checker.prepare(socket, Date.now()).then(() => {
        if (unwelcome(socket)) socket.destroy();
      });
  }, LOOK_AGAIN_MS);
  looking.unref();
  return {
    failed: (socket) => failed.has(socket),
    renew(next) {
      current = next;
      hasWaited ||= next.waiting;
      tickets.renew(next.ticketSecret);
      for (const socket of open) if (unwelcome(socket)) socket.destroy();
    },
    close() {
      tickets.close();
      clearInterval(looking);
    },
  };
}
