import { describe, expect, it } from 'vitest';
import { HeldReplies, type HeldReply } from './held-replies.ts';

const MIB = 1024 * 1024;

/** Replies of so many MiB, of which `takenMib` go out in each of three times of 30 s: those that are given up, by their size, after each. */
function giveUps(mib: readonly number[], takenMib: number): number[][] {
  const held = new HeldReplies();
  const open = new Set<HeldReply>();
  let gone: number[] = [];
  for (const size of mib) {
    const reply: HeldReply = {
      heldBytes: size * MIB,
      giveUp: () => {
        open.delete(reply);
        gone.push(size);
      },
    };
    open.add(reply);
  }
  held.tick(0, 30_000, open);
  return [30_000, 60_000, 90_000].map((nowMs) => {
    gone = [];
    held.onSent(takenMib * MIB);
    held.tick(nowMs - 1, 30_000, open);
    expect(gone).toEqual([]);
    held.tick(nowMs, 30_000, open);
    return gone;
  });
}

describe('replies that wait on one session', () => {
  it('are kept up to 32 MiB, however slowly they are taken', () => {
    expect(giveUps([10, 10, 10], 0)).toEqual([[], [], []]);
    expect(giveUps([16, 16], 0)).toEqual([[], [], []]);
  });

  it('beyond that are given up where a sixtieth of them was not taken, the largest first and no more than it needs', () => {
    expect(giveUps([10, 1, 30, 20, 10], 71 / 60 - 0.001)).toEqual([[30, 20], [], []]);
  });

  it('are kept where that was taken', () => {
    expect(giveUps([10, 1, 30, 20, 10], 71 / 60)).toEqual([[], [], []]);
  });
});
