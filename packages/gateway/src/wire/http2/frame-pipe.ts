import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

const PIECE_BYTES = 64 * 1024;

/** Who looks at the bytes of a connection as they pass. */
export interface PipeWatcher {
  /** False takes them away: nothing more goes to the session. */
  onInbound(bytes: Buffer): boolean;
  onOutbound(bytes: Buffer): void;
  /** Bytes wait for the client to take them, or all have been taken. */
  onWaiting(waiting: boolean): void;
  /** The session has ended, and everything it wrote is on its way. */
  onSessionEnd(): void;
}

/** Stands between a TLS connection and its HTTP/2 session, so that frames are seen that the session says nothing of. */
export class FramePipe extends Duplex {
  readonly #socket: TLSSocket;
  readonly #watcher: PipeWatcher;

  constructor(socket: TLSSocket, watcher: PipeWatcher) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#watcher = watcher;
    socket.on('data', (chunk: Buffer) => {
      if (this.#watcher.onInbound(chunk) && !this.destroyed && !this.push(chunk)) socket.pause();
    });
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#watcher.onOutbound(chunk);
    this.#writePiece(chunk, 0, done);
  }

  /** Piece by piece: that one is taken shows a client that is slow from one that takes nothing. */
  #writePiece(chunk: Buffer, at: number, done: (error?: Error | null) => void): void {
    const end = Math.min(chunk.length, at + PIECE_BYTES);
    this.#watcher.onWaiting(true);
    this.#socket.write(chunk.subarray(at, end), (error) => {
      this.#watcher.onWaiting(false);
      if (error || end === chunk.length) done(error ?? null);
      else this.#writePiece(chunk, end, done);
    });
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer; readonly encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const joined = chunks.length === 1 ? chunks[0]?.chunk : Buffer.concat(chunks.map(({ chunk }) => chunk));
    this._write(joined ?? Buffer.alloc(0), 'binary', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#watcher.onSessionEnd();
    done();
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#watcher.onSessionEnd();
    done(null);
  }
}
