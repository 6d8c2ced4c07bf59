/** Frame types that matter here (RFC 9113, section 6). */
export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const GOAWAY = 7;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

const HEAD_BYTES = 9;

/** What is told of one direction of a connection. */
export interface FrameSink {
  onFrame(type: number, flags: number, stream: number, length: number): void;
  /** Bytes of the payload of the frame that began last, in pieces as they come; `bytes` from `at` to `end`. */
  onPayload(bytes: Uint8Array, at: number, end: number): void;
  /** The frame that began last is whole. */
  onFrameEnd(): void;
}

/** Reads frames as they pass, in pieces of any size, and changes nothing. Holds no more than the head of a frame. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  #left = 0;
  /** Bytes before the first frame. */
  #skip: number;

  constructor(sink: FrameSink, skip: number) {
    this.#sink = sink;
    this.#skip = skip;
  }

  read(bytes: Uint8Array): void {
    const { length } = bytes;
    let at = Math.min(this.#skip, length);
    this.#skip -= at;
    while (at < length) {
      if (this.#headBytes < HEAD_BYTES) {
        this.#head[this.#headBytes++] = bytes[at++] as number;
        if (this.#headBytes === HEAD_BYTES) this.#begin();
      } else {
        const end = Math.min(length, at + this.#left);
        this.#sink.onPayload(bytes, at, end);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#end();
      }
    }
  }

  #begin(): void {
    const head = this.#head as Uint8Array & Record<number, number>;
    const length = ((head[0] ?? 0) << 16) | ((head[1] ?? 0) << 8) | (head[2] ?? 0);
    const stream = (((head[5] ?? 0) & 0x7f) << 24) | ((head[6] ?? 0) << 16) | ((head[7] ?? 0) << 8) | (head[8] ?? 0);
    this.#left = length;
    this.#sink.onFrame(head[3] ?? 0, head[4] ?? 0, stream, length);
    if (length === 0) this.#end();
  }

  #end(): void {
    this.#headBytes = 0;
    this.#sink.onFrameEnd();
  }
}
