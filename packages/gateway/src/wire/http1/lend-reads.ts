import { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** What all reads of the process go into: what came is read or copied out before the next. */
const ROOM = Buffer.allocUnsafeSlow(64 * 1024);

/** A connection as Node's own streams hold it: undocumented, so asked for before it is used. */
interface HandleOwner {
  _handle?: { readStart?: unknown; useUserBuffer?: unknown } | null;
}

/**
 * A socket for the same connection, whose reads go into a buffer that is there already. `net.connect` offers that (`onread`), a server does not, and
 * without it Node allocates 64 KiB for each read, cuts them down to what came, and passes them through a stream: a tenth of what a small
 * request costs on the wire. `onRead` gets `bytes[0, length)`, which are lent until it returns. `accepted` must not have been read from (`pauseOnConnect`); it lives on empty, because its server counts it.
 * Null where this Node holds its connections in another way: then the socket's own `data` events do.
 */
export function lendReads(accepted: Socket, onRead: (bytes: Buffer, length: number) => void): Socket | null {
  const owner = accepted as unknown as HandleOwner;
  const handle = owner._handle ?? null;
  if (handle === null || typeof handle.readStart !== 'function' || typeof handle.useUserBuffer !== 'function')
    return null;
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: ROOM,
      callback: (length: number): boolean => {
        onRead(ROOM, length);
        return true;
      },
    },
  } as unknown as SocketConstructorOpts;
  owner._handle = null;
  let socket: Socket;
  try {
    socket = new Socket(options);
  } catch {
    owner._handle = handle;
    return null;
  }
  socket.once('close', () => accepted.destroy());
  return socket;
}
