import type { ThreatCollector } from './threat.ts';
import { SHELL_ONLY } from './words/shell-words.ts';

/** The first word, as a shell divides words. */
const FIRST = /^[\s;|&(]{0,4}([\w/'"\\$@*(){}`-]{3,80})(?=$|[\s;|&)<>])/;
/** What a shell drops, between letters: it hides nothing at either end, where it only quotes. */
const WITHIN = /[a-z/](?:['"\\]|\$[@*]|\$\{[@*]\}|\$\(\)|``)+[a-z'"/\\]/;
const DROPPED = /['"\\`]|\$[@*]|\$\{[@*]\}|\$\(\)/g;

/**
 * `w'h'o'am'i`, `i""d`, `/\b\i\n/\l\s`: a text that begins with a program's name put into pieces that a shell joins again. Nobody writes a word so but to
 * hide it. `text` is in lower case. Looks at no more than the first 84 characters.
 */
export function detectDisguise(text: string, threats: ThreatCollector): void {
  const word = FIRST.exec(text)?.[1];
  if (word === undefined || !WITHIN.test(word) || !isBalanced(word)) return;
  const plain = word.replace(DROPPED, '');
  const name = plain.slice(plain.lastIndexOf('/') + 1);
  if (name.length > 1 && SHELL_ONLY.has(name)) threats.add('command', 6, 'command in disguise');
}

/** An apostrophe alone is one of language: `I'd` is no `id`. */
function isBalanced(word: string): boolean {
  let single = 0;
  let double = 0;
  for (let index = 0; index < word.length; index += 1) {
    const code = word.charCodeAt(index);
    if (code === 39) single += 1;
    else if (code === 34) double += 1;
  }
  return single % 2 === 0 && double % 2 === 0;
}
