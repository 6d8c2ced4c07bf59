import type { Shape } from './shape.ts';
import { followText } from './shape-states.ts';
import { BEHIND_SIGN, BEHIND_WORD, beginningOf, type Trial, Trials } from './trials.ts';

const SLOT_COUNT = 1 << 16;
/** What the hash of a word begins with. */
export const SEED = 7;

/** Shapes by what their patterns begin with. */
export class ShapeIndex {
  /** By a sign, or a letter that stands alone. */
  readonly bySign: readonly (Trials | null)[];
  readonly byWord: ReadonlyMap<string, Trials>;
  /** Where a slot is 0, no word has the hash: most are told apart by that, without making a text of them. */
  readonly slots = new Uint8Array(SLOT_COUNT);

  constructor(shapes: readonly Shape[]) {
    const words = new Map<string, Trial[]>();
    const pairs = new Map<string, Trial[]>();
    const signs = new Map<string, Trial[]>();
    for (const shape of shapes) {
      const put = (into: Map<string, Trial[]>, trigger: string, seconds = ''): void => {
        const trial = { shape, behind: () => followText(beginningOf(shape), trigger), seconds };
        const trials = into.get(trigger);
        if (trials === undefined) into.set(trigger, [trial]);
        else trials.push(trial);
      };
      const seconds = new Map<string, string>();
      for (const trigger of shape.triggers)
        if (/^[a-z_]{2,}$/.test(trigger)) put(words, trigger);
        else if (trigger.length === 1) put(signs, trigger);
        else seconds.set(trigger.charAt(0), (seconds.get(trigger.charAt(0)) ?? '') + trigger.charAt(1));
      for (const [sign, all] of seconds) put(pairs, sign, all);
    }
    this.byWord = new Map([...words].map(([word, trials]) => [word, new Trials(trials, BEHIND_WORD)]));
    for (const word of words.keys()) {
      let hash = SEED;
      for (let index = 0; index < word.length; index += 1) hash = mix(hash, word.charCodeAt(index));
      this.slots[slotOf(hash)] = 1;
    }
    const bySign: (Trials | null)[] = Array.from({ length: 256 }, () => null);
    for (const sign of new Set([...pairs.keys(), ...signs.keys()]))
      bySign[sign.charCodeAt(0)] = new Trials([...(pairs.get(sign) ?? []), ...(signs.get(sign) ?? [])], BEHIND_SIGN);
    this.bySign = bySign;
  }
}

export function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOT_COUNT - 1);
}

export function mix(hash: number, code: number): number {
  return (Math.imul(hash, 33) ^ code) | 0;
}
