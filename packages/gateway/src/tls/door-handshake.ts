import type { Duplex } from 'node:stream';
import type { SecureContext, Server, TlsOptions, TLSSocket } from 'node:tls';
import { ACME_TLS, tlsChallenge } from './acme/answer-challenge.ts';
import { createCertificateChooser } from './certificate-chooser.ts';
import type { HandshakeFailure } from './handshake-failure.ts';
import type { DoorTls } from './load-door-tls.ts';
import { defaultContext } from './tls-settings.ts';
import { holdConnections } from './hold-connections.ts';
import { watchHandshakes } from './watch-handshakes.ts';

/** The TLS of one listener, whatever it speaks above: `options` go to its server, which is then given to `attach`. */
export interface DoorHandshake {
  readonly options: TlsOptions;
  attach(server: Server): void;
  /** True for a socket whose handshake came to nothing. */
  failed(socket: Duplex): boolean;
  /** New connections get these certificates from now on. */
  renew(tls: DoorTls): void;
  close(): void;
}

/** Makes the TLS of a listener that speaks `protocols` (ALPN). A client that names protocols and none of these is refused in the handshake. */
export function createDoorHandshake(
  first: DoorTls,
  protocols: readonly string[],
  events: { onHandshakeFailure(failure: HandshakeFailure): void },
): DoorHandshake {
  let tls = first;
  let choose = createCertificateChooser(tls);
  const proving = new WeakSet<TLSSocket>();
  let server: Server | null = null;
  let watch: ReturnType<typeof watchHandshakes> | null = null;
  return {
    options: {
      ...defaultContext(tls),
      SNICallback(this: TLSSocket, name: string, done: (error: Error | null, context?: SecureContext) => void) {
        // TLS 1.3 asks for the protocol first: what proves the name must not give way to the certificate of it.
        done(null, proving.has(this) ? undefined : choose(name));
      },
      ALPNCallback(this: TLSSocket, asked: { readonly servername: string; readonly protocols: readonly string[] }) {
        // An authority asks for this protocol alone (RFC 8737, section 3); whoever mixes it with others is none.
        if (asked.protocols.length === 1 && asked.protocols[0] === ACME_TLS) {
          const proof = tlsChallenge(tls.acme, asked.servername);
          if (proof === null) return undefined;
          this.setKeyCert(proof);
          proving.add(this);
          return ACME_TLS;
        }
        return protocols.find((protocol) => asked.protocols.includes(protocol));
      },
      requestCert: tls.clients !== null,
      rejectUnauthorized: tls.clients?.require === true,
    } as TlsOptions,
    attach(to) {
      server = to;
      watch = watchHandshakes(to, tls, events);
      tls.stapler?.attach(to);
      holdConnections(to, (socket) => prepare(tls, socket));
    },
    failed: (socket) => watch?.failed(socket) === true,
    renew(next) {
      tls = next;
      choose = createCertificateChooser(next);
      server?.setSecureContext(defaultContext(next));
      watch?.renew(next);
    },
    close: () => watch?.close(),
  };
}

/** What must be known of a connection before anything is read from it; null for nothing. */
function prepare({ clients }: DoorTls, socket: TLSSocket): Promise<void> | null {
  if (clients === null || clients.checker.statuses === null || socket.getPeerX509Certificate() === undefined)
    return null;
  return clients.checker.prepare(socket, Date.now());
}
