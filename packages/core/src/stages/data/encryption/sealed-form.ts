import { normalForm } from '../../../json/normal-form.ts';

/** Format of a sealed value, whatever its key. */
const PREFIX = 'sp1.';
const WHOLE = /sp1\.[a-z0-9]{1,32}\.[0-9]{1,9}\.[A-Za-z0-9_-]{60}/;
const MIN_LENGTH = 'sp1.k.1.'.length + 60;

/** True of a text that is taken for a sealed value: it opens, or what holds it is refused. */
export function isSealed(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** True of a name with a sealed value in it. Names are never opened: one that but begins like it, `sp1.example.com`, is a name. */
export function namesSealed(name: string): boolean {
  return name.length >= MIN_LENGTH && WHOLE.test(plainText(name));
}

/**
 * True where something could become a sealed value behind the door: one in the midst of a text, or one that trimming or Unicode normalisation
 * would bring to light. Somebody who has got hold of a sealed value could otherwise store it where it is opened for them.
 */
export function holdsSealed(text: string): boolean {
  if (text.length === 0) return false;
  if (text.length < MIN_LENGTH) return text.trimStart().startsWith(PREFIX);
  const plain = plainText(text);
  return plain.startsWith(PREFIX) || WHOLE.test(plain);
}

function plainText(text: string): string {
  return normalForm(text, 'NFKC').replaceAll(/[\s\p{Cf}\p{Cc}]/gu, '');
}
