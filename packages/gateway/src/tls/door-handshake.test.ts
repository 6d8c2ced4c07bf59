import { connect as connectPlain, createServer as createPlainServer, type AddressInfo, type Socket } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../egress/egress.ts';
import { placeholder } from './acme/load-acme.ts';
import { createDoorHandshake, type DoorHandshake } from './door-handshake.ts';
import type { CheckedCertificate } from './door-certificate.ts';
import type { DoorTls } from './load-door-tls.ts';
import { signOwnCertificate } from './sign-own-certificate.ts';

const NAME = 'api.example.com';
const NOW = Date.now();
const certificateFor = (name: string): CheckedCertificate => {
  const life = { fromMs: NOW - 60_000, toMs: NOW + 86_400_000 };
  const made = signOwnCertificate({ commonName: name, dnsNames: [name], addresses: [], ...life });
  return { ...made, names: [name], expiresAtMs: life.toMs };
};
const doorTls = (waiting: boolean, ...certificates: CheckedCertificate[]): DoorTls => ({
  certificates,
  selfSigned: null,
  acme: null,
  waiting,
  stapling: false,
  ticketSecret: null,
  egress: createEgress(),
  clients: null,
});
const standIn = placeholder({ domains: [NAME] }, NOW);

describe('door handshake', () => {
  const open: { close(): unknown }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  /** A listener that greets whoever gets through its handshake. */
  async function listen(
    tls: DoorTls,
  ): Promise<{ readonly handshake: DoorHandshake; readonly port: number; readonly failures: string[] }> {
    const failures: string[] = [];
    const handshake = createDoorHandshake(tls, ['http/1.1'], { onHandshakeFailure: (reason) => failures.push(reason) });
    const server: Server = createServer(handshake.options, (socket) => {
      if (!socket.destroyed) socket.end('hello');
    });
    handshake.attach(server);
    open.push(server, handshake);
    return { handshake, port: await portOf(server), failures };
  }

  /** What a client gets that does not look at the certificate. */
  function greeting(port: number, servername: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
  }

  it('serves nobody while its certificate is to come, but under the names of others', async () => {
    const { port, failures } = await listen(doorTls(true, standIn, certificateFor('other.example')));
    expect(await greeting(port, NAME)).toBe('');
    expect(await greeting(port, 'elsewhere.example')).toBe('');
    expect(failures).toEqual(['no-certificate', 'no-certificate']);
    expect(await greeting(port, 'other.example')).toBe('hello');
  });

  it('serves nobody who was shown the placeholder, though the certificate came before the handshake ended', async () => {
    const { handshake, port, failures } = await listen(doorTls(true, standIn));
    const late = await holdBack(port, () => handshake.renew(doorTls(false, certificateFor(NAME))));
    open.push(late);
    expect(await greeting(late.port, NAME)).toBe('');
    expect(failures).toEqual(['no-certificate']);
    expect(await greeting(port, NAME)).toBe('hello');
  });

  /** Stands between client and listener; what the client says after its first words waits until `meanwhile` is done. */
  async function holdBack(to: number, meanwhile: () => void): Promise<{ readonly port: number; close(): void }> {
    const server = createPlainServer((client: Socket) => {
      const behind = connectPlain(to, '127.0.0.1');
      let first = true;
      client.on('data', (chunk: Buffer) => {
        // The client answers when it has seen the certificate.
        if (!first) meanwhile();
        first = false;
        behind.write(chunk);
      });
      behind.pipe(client);
      for (const socket of [client, behind]) socket.on('error', () => undefined);
    });
    return { port: await portOf(server), close: () => server.close() };
  }
});

async function portOf(server: ReturnType<typeof createPlainServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
