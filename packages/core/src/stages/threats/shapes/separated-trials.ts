import { SHELL_WORDS } from '../words/shell-words.ts';
import { SEPARATED_SHAPES } from './command-shapes.ts';
import { classOf, followRun, followText } from './shape-states.ts';
import { beginningOf, BEHIND_SIGN, Trials } from './trials.ts';

/** What may stand between a separator and a command: blanks, separators, quotes, brackets. */
const BEFORE = classes((code) => code <= 32 || '+&;|"\'('.includes(String.fromCharCode(code)));
const PATH = classes((code) => code === 47 || code === 95 || (code >= 97 && code <= 122));
/** By the program's name, behind a path or not. No more than there are names. */
const byName = new Map<string, Trials>();
const byPath = new Map<string, Trials>();
/** By the separator: the shapes that begin with it, as bits. */
const bySeparator = new Int32Array(128);
for (const separator of ';|&\n\r')
  for (const [index, shape] of SEPARATED_SHAPES.entries())
    if (followText(beginningOf(shape), separator).states.size > 0)
      bySeparator[separator.charCodeAt(0)] = (bySeparator[separator.charCodeAt(0)] as number) | (1 << index);

function classes(test: (code: number) => boolean): readonly number[] {
  return [...Array(128).keys()].filter(test).map(classOf);
}

export function isBeforeCommand(code: number): boolean {
  return (
    code <= 32 || code === 43 || code === 38 || code === 59 || code === 124 || code === 34 || code === 39 || code === 40
  );
}

/** Of the shapes those, as bits, that can begin with a separator. */
export function beginWith(separator: number): number {
  return bySeparator[separator] as number;
}

/** Which of the shapes, as bits, the program that stands there leaves, with its path or without; 0 where no program does. */
export function separatedAt(text: string, from: number): number {
  let at = from;
  let start = from;
  const last = Math.min(text.length, from + 48);
  while (at < last) {
    const code = text.charCodeAt(at);
    if (code === 47) start = at + 1;
    else if (!isNameCode(code)) break;
    at += 1;
  }
  if (at === start || at - start >= 20) return 0;
  const name = text.slice(start, at);
  return SHELL_WORDS.has(name) ? trialsOf(name, start > from).candidates(text, at) : 0;
}

function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 95 || code > 0xbf;
}

function trialsOf(name: string, hasPath: boolean): Trials {
  const made = hasPath ? byPath : byName;
  const known = made.get(name);
  if (known !== undefined) return known;
  const before = hasPath ? [...BEFORE, ...PATH] : BEFORE;
  const trials = new Trials(
    SEPARATED_SHAPES.map((shape) => ({
      shape,
      behind: () => followText(followRun(beginningOf(shape), before), name),
      seconds: '',
    })),
    BEHIND_SIGN,
  );
  made.set(name, trials);
  return trials;
}
