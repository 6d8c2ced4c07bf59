import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { BodyReader, CHUNKED } from './body-reader.ts';
import { ClientDeadlines } from './client-deadlines.ts';
import { Http1Request } from './http1-request.ts';
import { lendReads } from './lend-reads.ts';
import { Lingering } from './lingering.ts';
import { ReceivedBytes } from './received-bytes.ts';
import { ReplyWriter } from './reply-writer.ts';
import { processThisTurn, type TurnTask } from '../turn.ts';
import { wireError, type RequestHead } from './request-line.ts';
import type { BodySink, ClientExchange, ClientPeer, WireError } from '../client-request.ts';
import type { ConnectionHost, HostedConnection } from '../connection-host.ts';

/** A refused request's unread body up to this size is read and dropped, so that the connection can be kept. */
const DRAIN_BYTES = 64 * 1024;
/** What is kept of bytes that nobody reads yet: a body before its turn, or pipelined requests. */
const HELD_BYTES = 64 * 1024;

const DISCARD: BodySink = { onChunk: () => undefined, onEnd: () => undefined, onAborted: () => undefined };

/**
 * One connection of a client: reads one request after the other, by the strict letter of RFC 9112, and writes one reply to each. A pipelined
 * request waits until the reply to the one before it has gone out, so replies cannot be taken for each other's and one client works on one
 * request at a time.
 */
export class ClientConnection implements TurnTask, HostedConnection {
  readonly peer: ClientPeer;
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #body = new BodyReader(false);
  readonly #writer: ReplyWriter;
  readonly #received = new ReceivedBytes();
  #request: Http1Request | null = null;
  #exchange: ClientExchange | null = null;
  #sink: BodySink | null = null;
  #advancing = false;
  #toProcess = false;
  /** A part of a head has come, and the rest is awaited. */
  #inHead = false;
  #readPaused = false;
  /** Whoever reads the body has asked to wait. */
  #bodyPaused = false;
  #awaitsDrain = false;
  #keep = false;
  #ending = false;
  #lastReply = false;
  #gone = false;
  readonly #deadlines: ClientDeadlines;
  readonly #lingering: Lingering;

  constructor(host: ConnectionHost, accepted: Socket, tls: TLSSocket | null) {
    this.#host = host;
    const lent = tls === null ? lendReads(accepted, (bytes, length) => this.#onLent(bytes, length)) : null;
    const socket = lent ?? accepted;
    this.#socket = socket;
    this.#writer = new ReplyWriter(host, socket, tls !== null, this);
    this.peer = { address: socket.remoteAddress ?? '', tls };
    this.#deadlines = new ClientDeadlines(host);
    this.#lingering = new Lingering(socket, this.#writer, this.#deadlines);
    if (lent === null) socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#onClose());
    socket.resume();
  }

  /** No request is under way, and nothing of one has come. */
  get idle(): boolean {
    return this.#request === null && this.#received.empty && !this.#lingering.active;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  endSoon(): void {
    this.#lastReply = true;
  }

  /** Ends an idle connection; a reply that is still on its way out goes out whole. Who has just connected has a request on its way. */
  endIdle(): void {
    if (!this.idle || this.#deadlines.hurryFirst()) return;
    this.flush();
    if (this.#writer.taken) this.#socket.destroy();
    else this.#linger();
  }

  /** Looks for what is too late. */
  tick(nowMs: number): void {
    const stall = this.#writer.look(nowMs);
    // What is told to nobody would be on record as told.
    if (stall === 'over') return void this.#socket.destroy();
    if (stall === 'done') this.#lingering.onTaken(nowMs);
    if (!this.#deadlines.isOver(nowMs)) return;
    if (this.#exchange !== null && !this.#body.done)
      this.#breakRequest(wireError('BODY_TIMEOUT', 'the body took too long'));
    else if (this.#request === null && this.#received.headBegun && !this.#lingering.active)
      this.#host.onMalformed(wireError('HEAD_TIMEOUT', 'the head took too long'), this);
    else this.#socket.destroy();
  }

  // ---- what comes ----

  #onData(chunk: Buffer): void {
    if (this.#passesOver(chunk.length)) return;
    this.#received.take(chunk);
    this.#onReceived();
  }

  /** Bytes that are only lent. */
  #onLent(bytes: Buffer, length: number): void {
    if (this.#passesOver(length)) return;
    this.#received.takeLent(bytes, length, this.#request === null ? this.#host.maxHeadBytes : 0);
    this.#onReceived();
  }

  #passesOver(length: number): boolean {
    if (!this.#lingering.active && !this.#ending) return false;
    this.#lingering.passOver(length);
    return true;
  }

  #onReceived(): void {
    // A system may have megabytes ready in one turn: no more of them is read than somebody takes.
    if (this.#received.held >= HELD_BYTES) this.#advance();
    if (this.#toProcess) return;
    this.#toProcess = true;
    processThisTurn(this, 'client');
  }

  process(): void {
    this.#toProcess = false;
    if (!this.#gone) this.#advance();
  }

  flush(): void {
    if (!this.#writer.flush() || this.#request !== null || this.#lingering.active) return;
    if (this.#writer.waits) {
      this.#awaitsDrain = true;
      this.#awaitNext();
    } else this.#onTaken();
  }

  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    while (!this.#gone && !this.#ending && !this.#lingering.active && this.#step());
    this.#advancing = false;
    this.#received.settle();
    const { held } = this.#received;
    this.#pauseReading(this.#bodyPaused || (this.#request !== null && held >= HELD_BYTES) || this.#awaitsDrain);
  }

  #pauseReading(pause: boolean): void {
    if (pause === this.#readPaused || this.#gone) return;
    this.#readPaused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Reads the next thing. False where there is nothing to read, or nobody to read it. */
  #step(): boolean {
    if (this.#request === null) return !this.#awaitsDrain && this.#readHead();
    const sink = this.#sink;
    if (sink === null || this.#bodyPaused || this.#body.done) return false;
    if (this.#received.held === 0) return false;
    const chunk = this.#received.readBody(this.#body);
    const { problem } = this.#body;
    if (chunk !== null && sink !== DISCARD) sink.onChunk(chunk, this.#body.done);
    // The sink may have been changed meanwhile, or the request be over.
    if (problem !== null) {
      if (!this.#lingering.active) this.#breakRequest(wireError('BODY', problem));
    } else if (this.#body.done && this.#sink !== null) this.#endBody(this.#sink);
    return problem === null;
  }

  #endBody(sink: BodySink): void {
    this.#deadlines.none();
    sink.onEnd();
    if (sink === DISCARD) this.#next();
  }

  #readHead(): boolean {
    const head = this.#received.readHead(this.#host.maxHeadBytes);
    if (head === null) {
      // Empty lines before a head are no beginning of one: they put nothing off, nor cut short what was promised.
      if (!this.#inHead && this.#received.headBegun) {
        this.#inHead = true;
        this.#deadlines.forHead();
      }
      return false;
    }
    this.#inHead = false;
    if ('code' in head) return this.#malformed(head);
    this.#begin(head);
    return true;
  }

  #malformed(error: WireError): false {
    this.#deadlines.none();
    this.#host.onMalformed(error, this);
    return false;
  }

  #begin(head: RequestHead): void {
    const { framing } = head;
    this.#body.begin(framing.chunked ? CHUNKED : framing.length < 0 ? 0 : framing.length);
    if (this.#body.done) this.#deadlines.none();
    else this.#deadlines.forBody();
    this.#keep = head.httpVersion === '1.1' ? !framing.close : framing.keepAlive && !framing.close;
    const request = new Http1Request(this, head, !this.#body.done);
    this.#request = request;
    const exchange = this.#host.open(request);
    this.#exchange = exchange;
    exchange.run();
  }

  #breakRequest(error: WireError): void {
    const sink = this.#sink;
    this.#ending = true;
    this.#deadlines.forHead();
    if (sink === DISCARD) this.#linger();
    else this.#exchange?.onBroken(error);
  }

  #onEnd(): void {
    if (this.#lingering.active || this.#gone) return;
    // A client that closes its side in the middle of a request is one that goes away.
    if (this.#request !== null) this.#socket.destroy();
    else if (!this.#received.empty && !this.#ending)
      this.#malformed(wireError('EOF', 'the connection was closed in the middle of a head'));
    else this.#socket.end();
  }

  #onClose(): void {
    if (this.#gone) return;
    this.#gone = true;
    const exchange = this.#exchange;
    const sink = this.#sink;
    this.#request = null;
    this.#exchange = null;
    this.#sink = null;
    this.#received.clear();
    sink?.onAborted();
    exchange?.onGone();
    this.#host.onClosed(this);
  }

  // ---- what a request asks for; `Http1Request` lets only the one under way ask ----

  isCurrent(request: Http1Request): boolean {
    return this.#request === request;
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    this.#deadlines.readBody();
    if (this.#body.done) sink.onEnd();
    else this.#advance();
  }

  pauseBody(): void {
    // Nothing is left to hold back, and nobody would ask to go on: the client would not be heard again, not even going away.
    if (this.#body.done) return;
    this.#bodyPaused = true;
    this.#deadlines.holdBody();
    this.#advance();
  }

  resumeBody(): void {
    this.#bodyPaused = false;
    this.#deadlines.readBody();
    this.#advance();
  }

  stopBody(): void {
    this.#sink = null;
    this.#keep = false;
  }

  endConnection(): void {
    this.#keep = false;
  }

  sendContinue(): void {
    this.#writer.askForBody();
  }

  reply(
    request: Http1Request,
    status: number,
    headers: readonly string[],
    body: Uint8Array | null,
    length: number | undefined,
  ): void {
    const keep = this.#keeps(request);
    this.#writer.reply(request, status, headers, body, length, keep);
    this.#keep = keep;
    request.replied = true;
    this.#endReply();
  }

  begin(request: Http1Request, status: number, headers: readonly string[]): void {
    this.#keep = this.#writer.begin(request, status, headers, this.#keeps(request));
    request.replied = true;
  }

  write(bytes: Uint8Array): boolean {
    return this.#writer.write(bytes);
  }

  end(): void {
    this.#writer.end();
    this.#endReply();
  }

  breakOff(): void {
    this.#exchange = null;
    // Replies before it may still be on their way.
    if (this.#writer.breakOff(this.peer.tls === null)) this.#linger();
  }

  /** Answers bytes that are no request, and ends. */
  refuse(status: number, headers: readonly string[], body: Uint8Array): number | null {
    if (this.#gone || !this.#socket.writable) {
      this.#socket.destroy();
      return null;
    }
    this.#writer.refuse(status, headers, body);
    this.#linger();
    return body.length;
  }

  /** Whether the connection outlives this reply. */
  #keeps(request: Http1Request): boolean {
    if (!this.#keep || this.#lastReply || this.#host.draining || this.#ending) return false;
    // A body that nobody reads would be taken for the next request: a small one is drained, else the connection ends with the reply.
    return this.#body.done || (!request.awaitsContinue && this.#body.left <= DRAIN_BYTES);
  }

  #endReply(): void {
    this.#exchange = null;
    if (!this.#keep) return this.#linger();
    if (this.#body.done) return this.#next();
    this.#sink?.onAborted();
    this.#sink = DISCARD;
    this.#bodyPaused = false;
    this.#deadlines.forHead();
    this.#advance();
  }

  /** The connection is free for the next request. */
  #next(): void {
    this.#request = null;
    this.#sink = null;
    this.#bodyPaused = false;
    this.#awaitsDrain = this.#writer.waits;
    this.#received.passEmptyLines();
    this.#awaitNext();
    // No pause outlives its request.
    if (!this.#advancing && (this.#readPaused || !this.#received.empty)) this.#advance();
    if (this.#host.draining) this.endIdle();
  }

  /** What is not read while a reply is on its way out is not late: how long that may take has its own bound. */
  #awaitNext(): void {
    if (this.#awaitsDrain) this.#deadlines.none();
    else if (this.#received.headBegun) this.#deadlines.forHead();
    else this.#deadlines.forNext();
  }

  /** The replies have gone out, and what came meanwhile is read. */
  #onTaken(): void {
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    this.#awaitNext();
    this.#advance();
  }

  #linger(): void {
    const sink = this.#sink;
    this.#request = null;
    this.#exchange = null;
    this.#sink = null;
    this.#received.clear();
    if (!this.#body.done) sink?.onAborted();
    if (this.#lingering.active || this.#gone) return;
    this.#awaitsDrain = false;
    this.#lingering.begin(this.#host.clockMs);
    if (this.#readPaused) this.#socket.resume();
  }

  #onDrain(): void {
    this.#writer.onDrain();
    this.#lingering.onTaken(this.#host.clockMs);
    this.#onTaken();
    this.#exchange?.onDrain();
  }
}
