import type { Exchange } from '../exchange.ts';
import type { Ports } from '../ports.ts';

/**
 * Works on one item after the other, and lets whatever else waits have its turn after each `piece` of them: a client decides how many there are, and
 * nobody else's request waits for all of them. Undefined where it was done at once, which is always so without `nextTurn`. Rejects where the exchange ends
 * meanwhile: a client that has left makes nobody work.
 */
export function inTurns<Item>(
  items: readonly Item[],
  piece: number,
  work: (item: Item) => void,
  nextTurn: Ports['nextTurn'],
  exchange: Pick<Exchange, 'ended'>,
): Promise<void> | undefined {
  const workUntil = (from: number): number => {
    const until = nextTurn === undefined ? items.length : Math.min(from + piece, items.length);
    for (let i = from; i < until; i++) work(items[i] as Item);
    return until;
  };
  const done = workUntil(0);
  if (done === items.length || nextTurn === undefined) return undefined;
  return (async () => {
    for (let at = done; at < items.length; ) {
      await nextTurn();
      if (exchange.ended) throw new Error('nobody waits for the rest');
      at = workUntil(at);
    }
  })();
}
