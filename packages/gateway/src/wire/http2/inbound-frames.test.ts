import { describe, expect, it } from 'vitest';
import { Http2Metrics } from '../../metrics/http2-metrics.ts';
import { FrameReader, CONTINUATION, END_HEADERS, END_STREAM, HEADERS, PADDED, PRIORITY } from './frame-reader.ts';
import { InboundFrames, type StreamNote } from './inbound-frames.ts';
import { SessionBudget } from './session-budget.ts';

/** Literal fields that no table touches. */
const field = (name: string, value: string): number[] => [0, ...text(name), ...text(value)];
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const FIELDS = [...field('a', 'b'), ...field('c', 'd'), ...field('e', '')];

function frame(type: number, flags: number, stream: number, payload: readonly number[]): number[] {
  return [0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream, ...payload];
}

function open(maxHeadBytes = 1024): {
  readonly frames: InboundFrames;
  readonly notes: Map<number, StreamNote>;
  read(bytes: readonly number[], pieces?: number): void;
} {
  const notes = new Map<number, StreamNote>();
  const limits = { maxHeadBytes, headTimeoutMs: 500, clockMs: 1000, http2: new Http2Metrics() };
  const frames = new InboundFrames(limits, new SessionBudget(0), notes, () => undefined);
  const reader = new FrameReader(frames, 0);
  return {
    frames,
    notes,
    read(bytes, piece = bytes.length) {
      for (let at = 0; at < bytes.length; at += piece) reader.read(Uint8Array.from(bytes.slice(at, at + piece)));
    },
  };
}

const PADDING = [0, 1, 1, 1, 1, 1];
const URGENCY = [0, 0, 0, 0, 16];
const HEADS: readonly (readonly [string, readonly number[]])[] = [
  ['as it is', frame(HEADERS, END_HEADERS, 1, FIELDS)],
  ['with padding', frame(HEADERS, END_HEADERS | PADDED, 1, [PADDING.length, ...FIELDS, ...PADDING])],
  ['with how urgent it is', frame(HEADERS, END_HEADERS | PRIORITY, 1, [...URGENCY, ...FIELDS])],
  [
    'with both',
    frame(HEADERS, END_HEADERS | PADDED | PRIORITY, 1, [PADDING.length, ...URGENCY, ...FIELDS, ...PADDING]),
  ],
  [
    'in two frames, the first with both',
    [
      ...frame(HEADERS, PADDED | PRIORITY, 1, [PADDING.length, ...URGENCY, ...FIELDS.slice(0, 4), ...PADDING]),
      ...frame(CONTINUATION, END_HEADERS, 1, FIELDS.slice(4)),
    ],
  ],
];

describe('InboundFrames', () => {
  it.each(HEADS)('counts the fields of a head %s, in pieces of any size', (_, bytes) => {
    for (let piece = 1; piece <= bytes.length; piece += 1) {
      const { frames, notes, read } = open();
      read(bytes, piece);
      expect([piece, notes.get(1)?.fields, frames.problem]).toEqual([piece, 3, null]);
      // The next head is counted by itself.
      read(frame(HEADERS, END_HEADERS, 3, field('a', 'b')), piece);
      expect(notes.get(3)?.fields).toBe(1);
    }
  });

  it('gives a head its time from its first frame until it is whole', () => {
    const { frames, read } = open();
    expect(frames.headDeadlineMs).toBe(Infinity);
    read(frame(HEADERS, 0, 1, FIELDS));
    expect(frames.headDeadlineMs).toBe(1500);
    read(frame(CONTINUATION, END_HEADERS, 1, []));
    expect(frames.headDeadlineMs).toBe(Infinity);
  });

  it('ends a stream with a head that says so once it is whole', () => {
    const { notes, read } = open();
    read(frame(HEADERS, END_STREAM, 1, FIELDS));
    expect(notes.get(1)?.ended).toBe(false);
    read(frame(CONTINUATION, END_HEADERS, 1, []));
    expect(notes.get(1)?.ended).toBe(true);
  });

  it('reads twice maxHeadBytes of a head, over all its frames, and no more', () => {
    const { frames, read } = open(50);
    read(frame(HEADERS, 0, 1, field('a', 'b'.repeat(92))));
    read(frame(CONTINUATION, 0, 1, field('a', '')));
    expect(frames.problem).toBeNull();
    read(frame(CONTINUATION, END_HEADERS, 1, [0]));
    expect(frames.problem?.code).toContain('HEAD_SIZE');
  });

  it('takes eight CONTINUATION frames of a head, and no ninth', () => {
    const { frames, read } = open();
    read(frame(HEADERS, 0, 1, FIELDS));
    for (let i = 0; i < 8; i += 1) read(frame(CONTINUATION, 0, 1, field('a', '')));
    expect(frames.problem).toBeNull();
    read(frame(CONTINUATION, END_HEADERS, 1, field('a', '')));
    expect(frames.problem?.code).toContain('FLOOD');
  });
});
