import type { Server, TLSSocket } from 'node:tls';

/**
 * Keeps connections whose handshake is done from whoever listens for them until `prepare` has settled; null lets one through at once. What
 * the client sends meanwhile waits in the socket, up to its mark. Done at `emit`, so that it holds for every listener, now and later: a
 * check that others could get ahead of would be none.
 */
export function holdConnections(server: Server, prepare: (socket: TLSSocket) => Promise<void> | null): void {
  const emit = server.emit.bind(server) as (event: string, ...words: unknown[]) => boolean;
  const held = (event: string, ...words: unknown[]): boolean => {
    if (event !== 'secureConnection') return emit(event, ...words);
    const socket = words[0] as TLSSocket;
    const ready = prepare(socket);
    if (ready === null) return emit(event, ...words);
    // A client that goes away meanwhile is nobody's error yet.
    const onError = (): void => undefined;
    socket.on('error', onError);
    const go = (): void => {
      if (!socket.destroyed) emit(event, ...words);
      socket.off('error', onError);
    };
    ready.then(go, () => socket.destroy());
    return true;
  };
  server.emit = held as typeof server.emit;
}
