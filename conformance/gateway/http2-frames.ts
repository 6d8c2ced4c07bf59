import { connect, type TLSSocket } from 'node:tls';

/** Raw HTTP/2, for what no client would send: frames are written by hand, and headers as literals that no table and no Huffman code touches. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const ENDS = END_STREAM | END_HEADERS;

export type Field = readonly [string, string];

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

export function block(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));
}

export function headers(stream: number, fields: readonly Field[], flags: number = ENDS): Buffer {
  return frame(FRAME.HEADERS, flags, stream, block(fields));
}

export function code(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function get(path: string, authority = 'a'): Field[] {
  return [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', path],
    [':authority', authority],
  ];
}

export interface GotFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection on which frames are sent as they are. */
export interface RawSession {
  readonly socket: TLSSocket;
  readonly got: () => readonly GotFrame[];
  readonly closed: Promise<void>;
  send(...frames: readonly Buffer[]): void;
}

/** Connects with ALPN h2; the preface and empty settings are sent first unless `greets` is false. */
export function openRaw(port: number, ca: string, greets = true): Promise<RawSession> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca,
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    });
    let bytes = Buffer.alloc(0);
    const closed = new Promise<void>((done) => socket.on('close', () => done()));
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    socket.on('error', (error: Error & { code?: string }) => {
      // The door ends a connection while the rest of a flood is still on its way.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('secureConnect', () => {
      if (greets) socket.write(Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0)]));
      resolve({
        socket,
        closed,
        got: () => readFrames(bytes),
        send: (...frames) => void socket.write(Buffer.concat([...frames])),
      });
    });
  });
}

function readFrames(bytes: Buffer): readonly GotFrame[] {
  const frames: GotFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

/** Error codes of the frames of one type. */
export function codesOf(frames: readonly GotFrame[], type: number): readonly number[] {
  return frames
    .filter((one) => one.type === type)
    .map(({ payload }) => payload.readUInt32BE(type === FRAME.GOAWAY ? 4 : 0));
}
