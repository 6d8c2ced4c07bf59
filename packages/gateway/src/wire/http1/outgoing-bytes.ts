import { Buffer } from 'node:buffer';

/** Nearly everything that one turn writes to one connection. */
const ROOM_BYTES = 32 * 1024;
const MAX_FREE = 64;
/** Rooms that nobody reads any more, of all connections. */
const FREE: Buffer[] = [];
const NO_ROOM = Buffer.alloc(0);
/** To begin a copy costs as much as to copy so many characters one by one. */
const FEW = 12;

/**
 * What is put together for one connection, to be written in one piece. A text made of pieces would be copied into one by the engine, then to where
 * the system reads it, and be garbage: here each piece is copied once, into room that the next write uses again.
 */
export class OutgoingBytes {
  #room: Buffer = NO_ROOM;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Characters are bytes (latin1); of those beyond it, the lower eight bits. */
  addText(text: string): void {
    const { length } = text;
    const room = this.#roomFor(length);
    const at = this.#length;
    if (length > FEW) room.write(text, at, length, 'latin1');
    else for (let i = 0; i < length; i++) room[at + i] = text.charCodeAt(i);
    this.#length = at + length;
  }

  addBytes(bytes: Uint8Array): void {
    const room = this.#roomFor(bytes.length);
    room.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Takes back what was added since there were `length` bytes. */
  rewind(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** What was added, where it stands: whoever reads it after `clear` must have kept the room from being used again. */
  view(): Uint8Array {
    return new Uint8Array(this.#room.buffer, 0, this.#length);
  }

  /** Lets go of what was added. `read`: nobody reads `view` any more, so that the room is free for the next. */
  clear(read: boolean): void {
    const room = this.#room;
    this.#room = NO_ROOM;
    this.#length = 0;
    if (read && room.length === ROOM_BYTES && FREE.length < MAX_FREE) FREE.push(room);
  }

  #roomFor(more: number): Buffer {
    const room = this.#room;
    const needed = this.#length + more;
    if (needed <= room.length) return room;
    if (room === NO_ROOM && needed <= ROOM_BYTES) this.#room = FREE.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES);
    else this.#grow(needed);
    return this.#room;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * ROOM_BYTES, 2 * this.#length));
    const before = this.#length;
    larger.set(this.view());
    this.clear(true);
    this.#room = larger;
    this.#length = before;
  }
}
