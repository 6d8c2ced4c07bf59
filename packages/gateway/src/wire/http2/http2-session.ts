import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { wireError } from '../http1/request-line.ts';
import type { ClientPeer, WireError } from '../client-request.ts';
import type { ConnectionHost, HostedConnection } from '../connection-host.ts';
import { FramePipe, type PipeWatcher } from './frame-pipe.ts';
import { FrameReader } from './frame-reader.ts';
import { Http2Request, type RequestSession } from './http2-request.ts';
import { HeldReplies } from './held-replies.ts';
import { InboundFrames, READ_HEADS, type StreamNote } from './inbound-frames.ts';
import { goawayFrame, OutboundFrames } from './outbound-frames.ts';
import { readRequestFields, type RequestFields } from './request-fields.ts';
import { replyFields } from './reply-fields.ts';
import { SessionBudget } from './session-budget.ts';

/** Requests that a client may have under way on one session. */
const MAX_STREAMS = 100;
/** What of each body is held that nobody reads yet. */
const STREAM_WINDOW_BYTES = 64 * 1024;
const PREFACE_BYTES = 24;
/** How long an idle session is kept. */
const KEEP_ALIVE_MS = 30_000;
/** A connection that ends still reads what is on its way, or the client would get a reset instead of the last word. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 1024 * 1024;

/**
 * One connection of a client that speaks HTTP/2 (RFC 9113): nghttp2 reads and writes its frames, and each stream is a request. The frames are
 * looked at as they pass: what costs work and asks for nothing is counted, and what nghttp2 refuses on its own is recorded.
 */
export class Http2Session implements HostedConnection, RequestSession, PipeWatcher {
  readonly peer: ClientPeer;
  readonly #host: ConnectionHost;
  readonly #socket: TLSSocket;
  readonly #session: ServerHttp2Session;
  readonly #budget: SessionBudget;
  readonly #held = new HeldReplies();
  readonly #inbound: InboundFrames;
  readonly #fromClient: FrameReader;
  readonly #toClient: FrameReader;
  readonly #requests = new Map<number, Http2Request>();
  /** Streams whose head has come and that are not closed. */
  readonly #notes = new Map<number, StreamNote>();
  #came = false;
  /** The door ends, and the first request has to come in a moment. */
  #hurried = false;
  #closing = false;
  #ending = false;
  /** The last stream that was looked at. */
  #lastStream = 0;
  /** What the last GOAWAY says, and what it is to say before the connection ends; null for none. */
  #saidCode: number | null = null;
  #endCode: number | null = null;
  #lingered = 0;
  #idleDeadlineMs: number;
  /** When bytes that wait to be taken are too late; infinity where none wait. */
  #blockedDeadlineMs = Number.POSITIVE_INFINITY;
  #endDeadlineMs = Number.POSITIVE_INFINITY;

  constructor(host: ConnectionHost, socket: TLSSocket) {
    this.#host = host;
    this.#socket = socket;
    this.peer = { address: socket.remoteAddress ?? '', tls: socket };
    this.#budget = new SessionBudget(host.clockMs);
    this.#idleDeadlineMs = host.clockMs + host.headTimeoutMs;
    host.http2.sessionOpened();
    this.#inbound = new InboundFrames(host, this.#budget, this.#notes, (id) => this.#requests.get(id));
    this.#fromClient = new FrameReader(this.#inbound, PREFACE_BYTES);
    this.#toClient = new FrameReader(
      new OutboundFrames({
        onData: (id, length) => {
          this.#budget.noteDataSent();
          this.#held.onSent(length);
          this.#requests.get(id)?.onSent(length);
        },
        onReset: (id, code) => this.#onResetSent(id, code),
        onGoaway: (code) => this.#onGoawaySent(code),
      }),
      0,
    );
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    const pipe = new FramePipe(socket, this);
    this.#session = performServerHandshake(pipe, {
      settings: {
        enablePush: false,
        enableConnectProtocol: false,
        maxConcurrentStreams: MAX_STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        // Up to this a head is read to its end, so that one above maxHeadBytes gets 431; beyond, its stream is reset.
        maxHeaderListSize: READ_HEADS * host.maxHeadBytes,
      },
      maxSettings: 32,
      maxHeaderListPairs: 1_000,
      strictFieldWhitespaceValidation: true,
    });
    this.#session.on('error', () => undefined);
    this.#session.on('stream', (stream, _headers, _flags, raw) => this.#onStream(stream, raw));
    socket.on('close', () => {
      pipe.destroy();
      this.#session.destroy();
      this.#host.http2.sessionClosed();
      this.#host.onClosed(this);
    });
  }

  get clockMs(): number {
    return this.#host.clockMs;
  }

  get bodyTimeoutMs(): number {
    return this.#host.bodyTimeoutMs;
  }

  stallTimeoutMs(): number {
    return this.#host.stallTimeoutMs();
  }

  onBrokenOff(): void {
    this.#budget.allowReset();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** GOAWAY would end it. */
  endSoon(): void {
    // Nothing to say yet.
  }

  /** Who has just connected has a request on its way, and is given a moment: GOAWAY would refuse it. */
  endIdle(): void {
    if (this.#lastStream > 0) return this.#goAway();
    this.#hurried = true;
    this.#idleDeadlineMs = Math.min(this.#idleDeadlineMs, this.clockMs + LINGER_MS);
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#endDeadlineMs || nowMs >= this.#blockedDeadlineMs) {
      this.#socket.destroy();
      return;
    }
    this.#budget.tick(nowMs);
    if (this.#ending) return;
    if (nowMs >= this.#inbound.headDeadlineMs) this.#leaveHead();
    for (const request of this.#requests.values()) request.tick(nowMs);
    this.#held.tick(nowMs, this.stallTimeoutMs(), this.#requests);
    if (this.#hurried && this.#lastStream > 0) this.#goAway();
    for (const [id, note] of this.#notes) if (note.reset && !this.#requests.has(id)) this.#notes.delete(id);
    if (this.#requests.size > 0 || nowMs < this.#idleDeadlineMs) return;
    this.#idleDeadlineMs = Number.POSITIVE_INFINITY;
    if (this.#inbound.greeted) this.#goAway();
    else if (this.#came) this.#shut(constants.NGHTTP2_NO_ERROR, wireError('HEAD_TIMEOUT', 'the preface took too long'));
    else this.#socket.destroy();
  }

  // ---- what passes ----

  onInbound(bytes: Buffer): boolean {
    if (this.#ending) {
      this.#lingered += bytes.length;
      if (this.#lingered > LINGER_BYTES) this.#socket.destroy();
      return false;
    }
    this.#came = true;
    this.#fromClient.read(bytes);
    const { problem } = this.#inbound;
    if (problem === null) return true;
    this.#shut(constants.NGHTTP2_ENHANCE_YOUR_CALM, problem);
    return false;
  }

  onOutbound(bytes: Buffer): void {
    this.#toClient.read(bytes);
  }

  onWaiting(waiting: boolean): void {
    this.#blockedDeadlineMs = waiting ? this.clockMs + this.stallTimeoutMs() : Number.POSITIVE_INFINITY;
  }

  onSessionEnd(): void {
    this.#ending = true;
    if (this.#socket.destroyed) return;
    this.#sayGoaway();
    this.#socket.end();
    this.#socket.resume();
    this.#endDeadlineMs = this.clockMs + LINGER_MS;
  }

  /** nghttp2 has refused a stream that nobody here has heard of. */
  #onResetSent(id: number, code: number): void {
    this.#host.http2.reset(code);
    const note = this.#notes.get(id);
    if (this.#ending || code === constants.NGHTTP2_NO_ERROR) return;
    if (!this.#budget.spendReset())
      return this.#shutSoon(
        constants.NGHTTP2_ENHANCE_YOUR_CALM,
        wireError('FLOOD', 'too many streams that were reset'),
      );
    if (note === undefined || note.surfaced) return;
    this.#notes.delete(id);
    // More streams at once than were allowed: the client may ask again, and is told so.
    if (code === constants.NGHTTP2_REFUSED_STREAM) return;
    this.#host.onMalformed(
      code === constants.NGHTTP2_ENHANCE_YOUR_CALM
        ? wireError('HEAD_SIZE', 'the head is too large')
        : wireError('HEADERS', 'the headers of a stream are malformed'),
      { peer: this.peer, refuse: () => null },
    );
  }

  /** nghttp2 ends the connection. */
  #onGoawaySent(code: number): void {
    this.#host.http2.goaway(code);
    this.#saidCode = code;
    if (code !== constants.NGHTTP2_NO_ERROR && !this.#ending)
      this.#shutSoon(code, wireError('FRAME', 'the frames of the connection are malformed'));
  }

  // ---- requests ----

  #onStream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    const id = stream.id ?? 0;
    const note = this.#notes.get(id);
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.#notes.delete(id);
      const answered = this.#requests.delete(id) && stream.writableFinished && stream.rstCode === 0;
      if (answered && note?.reset === false) this.#budget.noteAnswered();
      this.#idleDeadlineMs = this.clockMs + KEEP_ALIVE_MS;
      if (this.#closing && this.#requests.size === 0) this.#endDeadlineMs = this.clockMs + LINGER_MS;
    });
    // What was reset before anybody looked at it was never asked.
    if (this.#ending || note === undefined || note.reset || stream.destroyed)
      return stream.close(constants.NGHTTP2_CANCEL);
    note.surfaced = true;
    this.#lastStream = id;
    const head = readRequestFields(raw, note.fields, this.#host);
    if ('code' in head) this.#refuse(stream, head);
    else this.#open(id, stream, head, note);
  }

  #open(id: number, stream: ServerHttp2Stream, head: RequestFields, note: StreamNote): void {
    const request = new Http2Request(this, stream, head, note.ended);
    this.#requests.set(id, request);
    request.run(this.#host.open(request));
  }

  /** Answers what is no request on its own stream; the others go on. */
  #refuse(stream: ServerHttp2Stream, error: WireError): void {
    this.#host.onMalformed(error, {
      peer: this.peer,
      refuse: (status, headers, body) => {
        if (stream.destroyed || stream.closed) return null;
        stream.respond(replyFields(status, headers, body.length));
        // Node ends its side of a HEAD.
        const sent = stream.writableEnded ? 0 : body.length;
        stream.on('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
        stream.end(body);
        return sent;
      },
    });
    if (!this.#budget.spendReset())
      this.#shut(constants.NGHTTP2_ENHANCE_YOUR_CALM, wireError('FLOOD', 'too many malformed requests'));
  }

  // ---- how it ends ----

  /** Requests that have come are answered, then the connection ends. */
  #goAway(): void {
    if (this.#closing || this.#ending) return;
    this.#closing = true;
    this.#session.close();
    if (this.#requests.size === 0) this.#endDeadlineMs = this.clockMs + LINGER_MS;
  }

  /**
   * No frame may come before the rest of a head (RFC 9113, section 4.3), so a connection whose head is late is good for no more requests. Those before it
   * are answered all the same: whoever shares a connection with the slow one has no part in that.
   */
  #leaveHead(): void {
    this.#inbound.leaveHead();
    this.#host.onMalformed(wireError('HEAD_TIMEOUT', 'the head took too long'), {
      peer: this.peer,
      refuse: () => null,
    });
    this.#goAway();
  }

  /** Says what is wrong, gives up what is under way and ends. */
  #shut(code: number, error: WireError): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#endCode = code;
    this.#endDeadlineMs = this.clockMs + LINGER_MS;
    this.#host.onMalformed(error, { peer: this.peer, refuse: () => null });
    this.#session.destroy(code === constants.NGHTTP2_NO_ERROR ? undefined : new Error(error.message), code);
  }

  /** nghttp2 forgets its own where a write is under way, and a client would not know what it may ask again. What it wrote ends with a whole frame. */
  #sayGoaway(): void {
    if (this.#endCode === null || this.#endCode === this.#saidCode || this.#socket.writableEnded) return;
    this.#host.http2.goaway(this.#endCode);
    this.#saidCode = this.#endCode;
    this.#socket.write(goawayFrame(this.#lastStream, this.#endCode));
  }

  /** The same, from where frames are being written. */
  #shutSoon(code: number, error: WireError): void {
    setImmediate(() => this.#shut(code, error));
  }
}
