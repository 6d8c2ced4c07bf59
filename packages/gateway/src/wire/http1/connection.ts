import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { connect as connectPlain, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { flushThisTurn, processThisTurn, turnMs, type TurnTask } from '../turn.ts';
import { classifyFailure } from './classify-failure.ts';
import { DirectWriter } from './direct-writer.ts';
import { OutgoingBytes } from './outgoing-bytes.ts';
import { writeRequestHead } from './request-head.ts';
import { RequestUpload, type UploadEvents } from './request-upload.ts';
import { ResponseParser, type ResponseEvents } from './response-parser.ts';
import type { UpstreamFailure, UpstreamRequest } from '../upstream-port.ts';

/** Where connections lead. `tls` is null for plain HTTP. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions | null;
  readonly connectTimeoutMs: number;
  /** Finds the addresses of the host; null leaves that to the system. */
  readonly lookup: LookupFunction | null;
  /** True for a connection that ended at the door itself. */
  readonly leadsBack: (socket: Socket) => boolean;
}

/** One request on one connection, as the connection sees it. */
export interface ConnectionCall {
  readonly request: UpstreamRequest;
  /** Nothing of the answer has come yet. */
  readonly unanswered: boolean;
  onHead(status: number, rawHeaders: string[]): void;
  /** False asks for a pause. The bytes are only lent. */
  onBody(bytes: Buffer, start: number, end: number): boolean;
  onEnd(): void;
  /** `stale` says that the connection had carried a request before, and broke before anything of an answer to this one came. */
  onFailure(failure: UpstreamFailure, stale: boolean): void;
}

export interface ConnectionOwner {
  /** The connection can carry another request. */
  onIdle(connection: Connection): void;
  /** It ends because the upstream sent bytes on it that no request had asked for. */
  onStray(): void;
  /** It is gone, and so is the call that was on it. */
  onGone(connection: Connection): void;
}

/** Small bodies go out with the head: one system call instead of two. */
const ONE_WRITE_BYTES = 16 * 1024;
const READ_BYTES = 16 * 1024;
/** Buffers to read into; each is free again when what it holds was worked on, which is in the same turn. */
const FREE: Buffer[] = [];
const MAX_FREE = 256;

function takeBuffer(): Buffer {
  return FREE.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
}

function giveBack(buffer: Buffer): void {
  if (FREE.length < MAX_FREE && buffer.length === READ_BYTES) FREE.push(buffer);
}

/** One keep-alive connection to the upstream: one request at a time, never pipelined. */
export class Connection implements ResponseEvents, UploadEvents, TurnTask {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #out: DirectWriter;
  readonly #parser = new ResponseParser(this);
  #call: ConnectionCall | null = null;
  readonly #secure: boolean;
  #connected = false;
  #carried = 0;
  #gone = false;
  /** Something of the request was handed to the system: what came before that is no answer to it. */
  #requestBegun = false;
  #requestSent = false;
  /** Something of the answer has come. */
  #heard = false;
  #paused = false;
  #upload: RequestUpload | null = null;
  /** Read in this turn and not worked on yet: `[0, #readLength)` of it. */
  #read: Buffer | null = null;
  #readLength = 0;
  /** Written in this turn and not handed to the system yet. */
  readonly #unsent = new OutgoingBytes();
  /** When whatever is awaited now is too late, in `performance.now` time; Infinity while nothing is awaited. */
  deadlineMs = Number.POSITIVE_INFINITY;
  #idleTimeoutMs = 0;
  /** When it has been idle for too long; its owner's to set and to ask. */
  idleUntilMs = Number.POSITIVE_INFINITY;
  /** How long the upstream keeps it open while idle; null where it does not say. */
  keepAliveSeconds: number | null = null;

  constructor(owner: ConnectionOwner, endpoint: Endpoint) {
    this.#owner = owner;
    this.deadlineMs = performance.now() + endpoint.connectTimeoutMs;
    const { host, port, tls } = endpoint;
    this.#secure = tls !== null;
    const lookup = endpoint.lookup === null ? {} : { lookup: endpoint.lookup };
    if (tls === null) {
      this.#socket = connectPlain({
        host,
        port,
        noDelay: true,
        ...lookup,
        onread: {
          buffer: takeBuffer,
          callback: (length, bytes) => {
            this.#onBytes(bytes as Buffer, length);
            return true;
          },
        },
      });
    } else {
      this.#socket = connectTls({ ...tls, ...lookup, host, port });
      this.#socket.setNoDelay(true);
      this.#socket.once('secureConnect', () => this.#onConnect());
      this.#socket.on('data', (bytes: Buffer) => this.#onBytes(bytes, bytes.length));
    }
    this.#out = new DirectWriter(this.#socket, tls !== null);
    this.#socket.once('connect', () => {
      if (endpoint.leadsBack(this.#socket))
        this.#fail({ code: 'UPSTREAM_LOOP', cause: `${host}:${port} is where the door itself listens` });
      else if (tls === null) this.#onConnect();
    });
    this.#socket.on('end', () => this.#onEnd());
    // What came before the end is worked on before it.
    this.#socket.on('error', (error) => {
      this.process();
      this.#fail(classifyFailure(error));
    });
    this.#socket.on('close', () => {
      this.process();
      this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'the connection was closed' });
    });
  }

  /** Whether an idle connection can carry a request; what was read of it and not worked on yet ends it. */
  isUsable(): boolean {
    this.process();
    return !this.#gone;
  }

  /** Sends a request, at once or when the connection stands. */
  carry(call: ConnectionCall): void {
    this.#call = call;
    this.#parser.begin(call.request.method);
    this.#requestBegun = false;
    this.#requestSent = false;
    this.#heard = false;
    this.#idleTimeoutMs = call.request.idleTimeoutMs;
    if (this.#connected) this.#send(call.request);
  }

  /** Ends the connection and forgets its call, which hears nothing more. */
  destroy(): void {
    this.#call = null;
    this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'given up' });
  }

  /** Ends a connection on which no call is. Where the system lets it, with a reset: ended one by one, each would keep a port for a minute. */
  retire(): void {
    if (!this.#gone && !this.#secure) this.#socket.resetAndDestroy();
    this.destroy();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.deadlineMs = turnMs() + this.#idleTimeoutMs;
    this.#socket.resume();
  }

  /** Fails what is awaited too long at `nowMs`. */
  expire(nowMs: number): void {
    // What was read in this turn is not late, though nobody has worked on it yet.
    this.process();
    if (this.deadlineMs >= nowMs) return;
    this.#fail({
      code: 'UPSTREAM_TIMEOUT',
      cause: !this.#connected
        ? 'no connection in time'
        : this.#call?.unanswered === true
          ? 'no answer in time'
          : 'the answer paused too long',
    });
  }

  #onConnect(): void {
    this.#connected = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#call === null) this.#owner.onIdle(this);
    else this.#send(this.#call.request);
  }

  #send(request: UpstreamRequest): void {
    // Of this moment: a long turn is no delay of the upstream's.
    this.deadlineMs = performance.now() + request.firstByteTimeoutMs;
    const { body } = request;
    const out = this.#unsent;
    try {
      writeRequestHead(request, out);
    } catch (error) {
      this.#fail({ code: 'UPSTREAM_BROKEN', cause: error instanceof Error ? error.message : String(error) });
      return;
    }
    if (body === null) flushThisTurn(this, 'upstream');
    else if (!(body instanceof Uint8Array)) {
      const head = Buffer.from(out.view());
      out.clear(true);
      this.deadlineMs = Number.POSITIVE_INFINITY;
      this.#upload = new RequestUpload(this.#socket, head, body, request.length, this);
      return;
    } else if (body.length <= ONE_WRITE_BYTES) {
      out.addBytes(body);
      flushThisTurn(this, 'upstream');
    } else {
      this.#requestBegun = true;
      this.#socket.cork();
      this.#out.writeToStream(out);
      this.#socket.write(body);
      this.#socket.uncork();
    }
    this.#requestSent = true;
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    this.#requestBegun = true;
    this.#out.write(this.#unsent);
  }

  // ---- a body that is passed on as it comes ----

  onUploadBegun(): void {
    this.#requestBegun = true;
  }

  onUploadStalled(): void {
    this.deadlineMs = turnMs() + this.#idleTimeoutMs;
  }

  onUploadTaken(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  onUploaded(): void {
    this.#upload = null;
    this.#requestSent = true;
    const call = this.#call;
    const waitMs = call?.unanswered === true ? call.request.firstByteTimeoutMs : this.#idleTimeoutMs;
    this.deadlineMs = performance.now() + waitMs;
  }

  onUploadShort(): void {
    this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'the request body was not as long as announced' });
  }

  onUploadBroken(): void {
    this.destroy();
  }

  // ---- what comes ----

  #onBytes(bytes: Buffer, length: number): void {
    if (this.#gone) return;
    if (this.#read !== null) this.process();
    if (this.#gone) return;
    this.#read = bytes;
    this.#readLength = length;
    processThisTurn(this, 'upstream');
  }

  process(): void {
    const bytes = this.#read;
    if (bytes === null) return;
    this.#read = null;
    if (!this.#gone) this.#parse(bytes, this.#readLength);
    giveBack(bytes);
  }

  #parse(bytes: Buffer, length: number): void {
    if (this.#call === null || !this.#requestBegun) {
      // Nobody asked: whatever this is, no request must get it for an answer, and none may be written behind it.
      this.#owner.onStray();
      this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'bytes that nobody asked for' });
      return;
    }
    this.#heard = true;
    this.deadlineMs = this.#upload?.awaitsClient === true ? Number.POSITIVE_INFINITY : turnMs() + this.#idleTimeoutMs;
    const problem = this.#parser.push(bytes, length);
    if (this.#gone) return;
    if (problem !== null) this.#fail({ code: 'UPSTREAM_BROKEN', cause: problem });
    else if (this.#paused) {
      // The client is the slow one; how long it may be is the listener's to say.
      this.deadlineMs = Number.POSITIVE_INFINITY;
      this.#socket.pause();
    }
  }

  onHead(status: number, rawHeaders: string[]): void {
    this.#call?.onHead(status, rawHeaders);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (this.#call?.onBody(bytes, start, end) === false) this.#paused = true;
  }

  onComplete(reusable: boolean, excess: boolean): void {
    if (excess) this.#owner.onStray();
    const call = this.#call;
    const { keepAliveSeconds } = this.#parser;
    this.keepAliveSeconds = keepAliveSeconds;
    this.#carried += 1;
    this.#call = null;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    // An answer before the request was whole: the rest of the request is still on its way.
    if (!reusable || !this.#requestSent || this.#gone) {
      this.#upload?.drop();
      this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'not kept' });
    } else if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
      this.#owner.onIdle(this);
    } else this.#owner.onIdle(this);
    call?.onEnd();
  }

  #onEnd(): void {
    this.process();
    if (this.#gone) return;
    const problem = this.#call === null ? 'closed while idle' : this.#parser.close();
    if (problem !== null) this.#fail({ code: 'UPSTREAM_BROKEN', cause: problem });
    else if (!this.#gone) this.#fail({ code: 'UPSTREAM_BROKEN', cause: 'closed by the upstream' });
  }

  #fail(failure: UpstreamFailure): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#upload?.leave();
    this.#unsent.clear(true);
    const call = this.#call;
    this.#call = null;
    this.#socket.destroy();
    this.#owner.onGone(this);
    call?.onFailure(failure, this.#carried > 0 && !this.#heard && failure.code === 'UPSTREAM_BROKEN');
  }
}
