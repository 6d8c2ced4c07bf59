import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { OutgoingBytes } from './outgoing-bytes.ts';

/** What one write is known by in Node's handles: in use until `oncomplete` where the system did not take everything at once, and else free again. */
interface WriteRequest {
  handle?: unknown;
  /** Kept for as long as the request is in use: the system reads the rest from there. */
  bytes?: Uint8Array;
  oncomplete?: (status: number) => void;
}

/** A connection as Node's own streams hold it: undocumented, so asked for before it is used. */
interface Handle {
  writeBuffer?: (request: WriteRequest, bytes: Uint8Array) => number;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  /** What the last call did: at `kLastWriteWasAsync`, whether its request is in use. */
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

const BINDING = streamBinding();
/** For the next write of the process. */
let free: WriteRequest | null = BINDING === null ? null : new BINDING.WriteWrap();

function streamBinding(): StreamBinding | null {
  try {
    const { binding } = process as unknown as { binding(name: string): Partial<StreamBinding> };
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding('stream_wrap');
    if (typeof WriteWrap !== 'function' || !(streamBaseState instanceof Int32Array)) return null;
    if (typeof kLastWriteWasAsync !== 'number' || kLastWriteWasAsync >= streamBaseState.length) return null;
    return { WriteWrap, streamBaseState, kLastWriteWasAsync };
  } catch {
    return null;
  }
}

/**
 * Writes to a connection. Without TLS, what the system takes at once, which is nearly everything, goes there without the stream that Node puts
 * in between, and without a request of its own: a tenth of what a small message costs on the wire. Where the
 * system leaves a rest, the socket says `drain` when it is taken. While the stream itself has something to write, and where this Node holds its
 * connections in another way, the stream writes.
 */
export class DirectWriter {
  readonly #socket: Socket;
  readonly #direct: boolean;
  #rest = false;

  constructor(socket: Socket, tls: boolean) {
    this.#socket = socket;
    this.#direct = !tls && BINDING !== null;
  }

  /** The system has taken everything. */
  get taken(): boolean {
    return !this.#rest && this.#socket.writableLength === 0;
  }

  /** So much is not taken that one should wait for `drain`. */
  get needsDrain(): boolean {
    return this.#rest || this.#socket.writableNeedDrain;
  }

  /** Writes what `out` holds, and empties it. */
  write(out: OutgoingBytes): void {
    if (this.#direct && this.taken) {
      const handle = (this.#socket as unknown as { readonly _handle?: Handle | null })._handle;
      if (typeof handle?.writeBuffer === 'function' && this.#hand(handle as Required<Handle>, out)) return;
    }
    this.writeToStream(out);
  }

  /** The same by the stream, behind and before what else is written to it. */
  writeToStream(out: OutgoingBytes): void {
    this.#socket.write(Buffer.from(out.view()));
    out.clear(true);
  }

  /** False where the system refuses: the stream comes to the same, and says so as streams do. */
  #hand(handle: Required<Handle>, out: OutgoingBytes): boolean {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = BINDING as StreamBinding;
    const request = free as WriteRequest;
    const bytes = out.view();
    const failed = handle.writeBuffer(request, bytes) !== 0;
    if (!failed && streamBaseState[kLastWriteWasAsync] === 0) {
      out.clear(true);
      return true;
    }
    // One that is in use, or may have been, ends the process where it is used again.
    free = new WriteWrap();
    if (failed) return false;
    out.clear(false);
    request.handle = handle;
    request.bytes = bytes;
    request.oncomplete = (status) => this.#onRestTaken(status);
    this.#rest = true;
    return true;
  }

  #onRestTaken(status: number): void {
    this.#rest = false;
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (status < 0) {
      const code = getSystemErrorName(status);
      socket.destroy(Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: 'write' }));
      return;
    }
    if (!socket.writableNeedDrain) socket.emit('drain');
  }
}
