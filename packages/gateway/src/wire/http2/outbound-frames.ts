import { Buffer } from 'node:buffer';
import { DATA, GOAWAY, RST_STREAM, type FrameSink } from './frame-reader.ts';

/** What is told of what the door sends. */
export interface OutboundEvents {
  onData(stream: number, length: number): void;
  onReset(stream: number, code: number): void;
  onGoaway(code: number): void;
}

/** Says that the connection ends, that no stream above `lastStream` was looked at, and why (RFC 9113, section 6.8). */
export function goawayFrame(lastStream: number, code: number): Buffer {
  const frame = Buffer.alloc(17);
  frame[2] = 8;
  frame[3] = GOAWAY;
  frame.writeUInt32BE(lastStream, 9);
  frame.writeUInt32BE(code, 13);
  return frame;
}

/** Looks at what goes to a client: nghttp2 resets streams and ends connections on its own, and tells nobody. */
export class OutboundFrames implements FrameSink {
  readonly #events: OutboundEvents;
  #type = 0;
  #stream = 0;
  #length = 0;
  /** Where the error code stands in the payload; bytes to pass over. */
  #skip = 0;
  #code = 0;
  #codeBytes = 0;

  constructor(events: OutboundEvents) {
    this.#events = events;
  }

  onFrame(type: number, _flags: number, stream: number, length: number): void {
    this.#type = type;
    this.#stream = stream;
    this.#length = length;
    this.#skip = type === GOAWAY ? 4 : 0;
    this.#code = 0;
    this.#codeBytes = 0;
  }

  onPayload(bytes: Uint8Array, at: number, end: number): void {
    if (this.#type !== RST_STREAM && this.#type !== GOAWAY) return;
    for (; at < end && this.#codeBytes < 4; at++) {
      if (this.#skip > 0) this.#skip -= 1;
      else {
        this.#code = this.#code * 0x100 + (bytes[at] as number);
        this.#codeBytes += 1;
      }
    }
  }

  onFrameEnd(): void {
    if (this.#type === DATA) this.#events.onData(this.#stream, this.#length);
    else if (this.#type === RST_STREAM) this.#events.onReset(this.#stream, this.#code);
    else if (this.#type === GOAWAY) this.#events.onGoaway(this.#code);
  }
}
