import type { SensitiveKind } from '../../../policy/data-policy.ts';
import { isCardNumber } from './card-number.ts';
import { ibanLength, isIban } from './iban.ts';
import {
  isBrazilianCpf,
  isCodiceFiscale,
  isDutchBsn,
  isFrenchNir,
  isGermanTaxId,
  isPersonnummer,
  isPesel,
  isSpanishId,
  isSwissAhv,
  isUkNino,
  isUsSsn,
} from './national-ids.ts';
import { isInternationalPhone, isNorthAmericanPhone } from './phone.ts';
import { PRIVATE_KEY, PRIVATE_KEY_END, secretAt } from './secrets.ts';

/** A place in a text. Never the value. */
export interface SensitiveSpan {
  readonly kind: SensitiveKind;
  /** More particularly: `us-ssn`, `jwt`; the kind itself where there is no more to say. */
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const OTHER = 0;
const DIGIT = 1;
const UPPER = 2;
const LOWER = 3;
/** By character code below 128. */
const CLASSES = new Uint8Array(128);
for (let code = 0x30; code <= 0x39; code++) CLASSES[code] = DIGIT;
for (let code = 0x41; code <= 0x5a; code++) CLASSES[code] = UPPER;
for (let code = 0x61; code <= 0x7a; code++) CLASSES[code] = LOWER;

/** How far before a number a word that says what it is may stand. */
const HINT_CHARS = 32;
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;

/**
 * Finds payment card numbers, IBANs, e-mail addresses, phone numbers, national ids, tokens and private keys by their form and check digits: at most
 * `limit` of them, in their order, none inside another. Time is linear in the text. What has weak checks (a Dutch BSN, a Polish PESEL, numbers without
 * separators) counts only where a word before it, or `name`, says what it is.
 */
export function findSensitive(text: string, limit: number, name = ''): readonly SensitiveSpan[] {
  return new Finder(text, limit, name).run();
}

const NOTHING: readonly SensitiveSpan[] = Object.freeze([]);

class Finder {
  readonly #text: string;
  readonly #limit: number;
  readonly #name: string;
  #found: SensitiveSpan[] | null = null;
  /** Where the last span ends. */
  #last = 0;

  constructor(text: string, limit: number, name: string) {
    this.#text = text;
    this.#limit = limit;
    this.#name = name;
  }

  run(): readonly SensitiveSpan[] {
    const text = this.#text;
    const { length } = text;
    for (let at = 0; at < length; ) {
      const code = text.charCodeAt(at);
      if (code > 127 || CLASSES[code] === OTHER) {
        if (code === 0x40) this.#email(at);
        else if (code === 0x2d && text.startsWith('-----BEGIN ', at)) at = this.#privateKey(at) - 1;
        at++;
        continue;
      }
      const start = at;
      let digits = 0;
      for (let kind: number = CLASSES[code] as number; kind !== OTHER; ) {
        if (kind === DIGIT) digits++;
        at++;
        if (at === length) break;
        const next = text.charCodeAt(at);
        kind = next > 127 ? OTHER : (CLASSES[next] as number);
      }
      // Most words of most texts end here: short, and without a digit or what may follow the prefix of a secret.
      at = this.#word(start, at, digits);
      if (this.#found !== null && this.#found.length >= this.#limit) break;
    }
    return this.#found ?? NOTHING;
  }

  /** Looks at one word of letters and digits; gives where to go on. */
  #word(start: number, end: number, digits: number): number {
    const text = this.#text;
    const length = end - start;
    if (digits === length) return this.#begins(start) ? this.#number(start, end) : end;
    if (this.#mayBeSecret(start, end, length)) {
      const secret = secretAt(text, start, end);
      if (secret !== null && this.#begins(start)) return this.#add('token', secret.type, start, secret.end);
    }
    if (digits < 2) return end;
    const first = CLASSES[text.charCodeAt(start)] as number;
    if (first === LOWER || length > 34 || !this.#begins(start)) return end;
    return this.#mixed(start, end, length, first);
  }

  #mayBeSecret(start: number, end: number, length: number): boolean {
    const next = end < this.#text.length ? this.#text.charCodeAt(end) : 0;
    // _ - .
    return next === 0x5f || next === 0x2d || next === 0x2e || (length >= 20 && this.#text.charCodeAt(start) === 0x41);
  }

  /** Words with letters and digits. */
  #mixed(start: number, end: number, length: number, first: number): number {
    const text = this.#text;
    if (first === DIGIT) {
      if (length === 9 && this.#ends(end) && isSpanishId(text.slice(start, end)))
        return this.#add('national-id', 'es-dni', start, end);
      if (length === 15 && this.#ends(end) && isFrenchNir(text.slice(start, end)))
        return this.#add('national-id', 'fr-nir', start, end);
      return end;
    }
    if (CLASSES[text.charCodeAt(start + 1)] === UPPER && CLASSES[text.charCodeAt(start + 2)] === DIGIT) {
      const iban = this.#iban(start);
      if (iban > 0) return this.#add('iban', 'iban', start, iban);
    }
    if (!this.#ends(end)) return end;
    const word = length === 9 || length === 16 ? text.slice(start, end) : '';
    if (length === 9 && isUkNino(word)) return this.#add('national-id', 'uk-nino', start, end);
    if (length === 9 && isSpanishId(word)) return this.#add('national-id', 'es-nie', start, end);
    if (length === 16 && isCodiceFiscale(word)) return this.#add('national-id', 'it-codice-fiscale', start, end);
    return end;
  }

  /** Where an IBAN that begins here ends, blanks between groups of four or none; 0 where there is none. */
  #iban(start: number): number {
    const text = this.#text;
    const wanted = ibanLength(text.slice(start, start + 2));
    if (wanted === null) return 0;
    let plain = '';
    let at = start;
    while (plain.length < wanted && at < text.length) {
      const code = text.charCodeAt(at);
      if (code === 0x20 && plain.length % 4 === 0) at++;
      const next = text.charCodeAt(at);
      if (!(next < 128) || (CLASSES[next] !== DIGIT && CLASSES[next] !== UPPER)) return 0;
      plain += text.charAt(at);
      at++;
    }
    return this.#ends(at) && isIban(plain) ? at : 0;
  }

  /** Digits, alone or in groups with one separator. */
  #number(start: number, end: number): number {
    const text = this.#text;
    const before = start === 0 ? 0 : text.charCodeAt(start - 1);
    if (before === 0x2b) return this.#phone(start, end);
    if (before === 0x28 && end - start === 3) {
      const local = /\) ?(\d{3})[-. ]?(\d{4})(?!\d)/y;
      local.lastIndex = end;
      const rest = local.exec(text);
      if (rest !== null && isNorthAmericanPhone(text.slice(start, end) + (rest[1] as string) + (rest[2] as string)))
        return this.#add('phone', 'phone', start - 1, local.lastIndex);
    }
    const found = this.#grouped(start, end);
    if (found > 0) return found;
    return end - start >= 8 ? this.#single(start, end) : end;
  }

  /** Where a number in groups that begins here ends; 0 where there is none. */
  #grouped(start: number, end: number): number {
    const text = this.#text;
    const separator = text.charCodeAt(end);
    // Blank, hyphen, full stop.
    if (separator !== 0x20 && separator !== 0x2d && separator !== 0x2e) return 0;
    const shapes = SHAPES[end - start];
    if (shapes === undefined) return 0;
    for (const { groups, type, separators, holds } of shapes) {
      if (!separators.includes(text.charAt(end))) continue;
      const stop = this.#endOfGroups(end, groups, type === 'br-cpf' ? 0x2d : separator);
      if (stop < 0 || !this.#ends(stop) || !holds(text.slice(start, stop).replaceAll(/\D/g, ''))) continue;
      return type === 'card-number' ? this.#add(type, type, start, stop) : this.#add('national-id', type, start, stop);
    }
    return 0;
  }

  /** After the groups that follow the first; the last of them may have a separator of its own. -1 where they do not stand there. */
  #endOfGroups(end: number, groups: readonly number[], lastSeparator: number): number {
    const text = this.#text;
    const separator = text.charCodeAt(end);
    let at = end;
    for (let i = 1; i < groups.length; i++) {
      const between = text.charCodeAt(at);
      if (between !== separator && (i !== groups.length - 1 || between !== lastSeparator)) return -1;
      at++;
      const stop = at + (groups[i] as number);
      while (at < stop) {
        if (!isDigitAt(text, at)) return -1;
        at++;
      }
      if (isDigitAt(text, at)) return -1;
    }
    return at;
  }

  #single(start: number, end: number): number {
    const length = end - start;
    if (length > 19 || !this.#ends(end)) return end;
    const digits = this.#text.slice(start, end);
    if (isCardNumber(digits)) return this.#add('card-number', 'card-number', start, end);
    if (length === 15 && isFrenchNir(digits)) return this.#add('national-id', 'fr-nir', start, end);
    if (length === 13 && isSwissAhv(digits)) return this.#add('national-id', 'ch-ahv', start, end);
    if (length < 8 || length > 15) return end;
    for (const { type, lengths, words, holds } of HINTED)
      if (lengths.includes(length) && holds(digits) && words.test(this.#hint(start)))
        return this.#add('national-id', type, start, end);
    if (length < 13 && PHONE_WORDS.test(this.#hint(start))) return this.#add('phone', 'phone', start, end);
    return end;
  }

  #phone(start: number, end: number): number {
    const text = this.#text;
    const beforePlus = start < 2 ? 0 : text.charCodeAt(start - 2);
    // In a sum or in base64 a plus is no sign of a phone number.
    if ((isWordCode(beforePlus) && !isEscape(text, start - 2)) || beforePlus === 0x2f) return end;
    const international = /\d(?:[ ().-]{0,2}\d){7,14}(?![\dA-Za-z])/y;
    international.lastIndex = start;
    const match = international.exec(text);
    if (match === null || !isInternationalPhone(match[0].replaceAll(/\D/g, ''))) return end;
    return this.#add('phone', 'phone', start - 1, international.lastIndex);
  }

  #email(at: number): void {
    const text = this.#text;
    let start = at;
    while (start > this.#last && at - start < MAX_LOCAL && isLocalCode(text.charCodeAt(start - 1))) start--;
    while (start < at && text.charCodeAt(start) === 0x2e) start++;
    // `"a\nb@…"` in raw JSON: the n belongs to the escape.
    if (start > 0 && start < at && text.charCodeAt(start - 1) === 0x5c) start++;
    if (start === at || text.charCodeAt(at - 1) === 0x2e) return;
    let end = at + 1;
    let dot = -1;
    while (end < text.length && end - at <= MAX_DOMAIN) {
      const code = text.charCodeAt(end);
      if (code === 0x2e) {
        if (end === at + 1 || text.charCodeAt(end - 1) === 0x2e) break;
        dot = end;
      } else if (!(code < 128 && (CLASSES[code] !== OTHER || code === 0x2d))) break;
      end++;
    }
    if (dot === end - 1) {
      end = dot;
      dot = text.lastIndexOf('.', end - 1);
    }
    if (dot <= at + 1 || end - dot < 3 || !/^[A-Za-z]{2,24}$/.test(text.slice(dot + 1, end))) return;
    this.#add('email', 'email', start, end);
  }

  #privateKey(at: number): number {
    PRIVATE_KEY.lastIndex = at;
    if (!PRIVATE_KEY.test(this.#text)) return at + 1;
    const closing = this.#text.indexOf(PRIVATE_KEY_END, PRIVATE_KEY.lastIndex);
    const end = closing < 0 ? this.#text.length : this.#text.indexOf('-----', closing + 5) + 5 || this.#text.length;
    return this.#add('private-key', 'private-key', at, Math.max(end, PRIVATE_KEY.lastIndex));
  }

  /** Whether a word can begin here: nothing that belongs to a longer one stands before it. */
  #begins(start: number): boolean {
    if (start === 0) return true;
    const text = this.#text;
    const before = text.charCodeAt(start - 1);
    // _ and %: of a name, of percent-encoding.
    if (isWordCode(before) || before === 0x5f || before === 0x25)
      return before !== 0x5f && before !== 0x25 && isEscape(text, start - 1);
    // - . / = of an id, a version, a number, a path.
    return (
      !(before === 0x2d || before === 0x2e || before === 0x2f) ||
      start < 2 ||
      !isWordCode(text.charCodeAt(start - 2)) ||
      isEscape(text, start - 2)
    );
  }

  #ends(end: number): boolean {
    const text = this.#text;
    if (end >= text.length) return true;
    const code = text.charCodeAt(end);
    if (isWordCode(code) || code === 0x5f || code === 0x40) return false;
    return (
      !(code === 0x2d || code === 0x2e || code === 0x2f) ||
      end + 1 >= text.length ||
      !isWordCode(text.charCodeAt(end + 1))
    );
  }

  /** The name, and what stands right before. */
  #hint(start: number): string {
    return `${this.#name} ${this.#text.slice(Math.max(this.#last, start - HINT_CHARS), start)}`;
  }

  #add(kind: SensitiveKind, type: string, start: number, end: number): number {
    this.#found ??= [];
    this.#found.push({ kind, type, start, end });
    this.#last = end;
    return end;
  }
}

interface GroupedShape {
  readonly groups: readonly number[];
  readonly type: string;
  readonly separators: string;
  readonly holds: (digits: string) => boolean;
}

/** How numbers are written in groups, by the length of the first. */
const SHAPES: readonly (readonly GroupedShape[] | undefined)[] = [
  { groups: [4, 4, 4, 4, 3], type: 'card-number', separators: ' -', holds: isCardNumber },
  { groups: [4, 4, 4, 4], type: 'card-number', separators: ' -', holds: isCardNumber },
  { groups: [4, 6, 5], type: 'card-number', separators: ' -', holds: isCardNumber },
  { groups: [4, 6, 4], type: 'card-number', separators: ' -', holds: isCardNumber },
  { groups: [3, 2, 4], type: 'us-ssn', separators: '-', holds: isUsSsn },
  { groups: [2, 3, 3, 3], type: 'de-tax-id', separators: ' ', holds: isGermanTaxId },
  { groups: [1, 2, 2, 2, 3, 3, 2], type: 'fr-nir', separators: ' ', holds: isFrenchNir },
  { groups: [3, 4, 4, 2], type: 'ch-ahv', separators: '.', holds: isSwissAhv },
  { groups: [3, 3, 3, 2], type: 'br-cpf', separators: '.', holds: isBrazilianCpf },
  { groups: [8, 4], type: 'se-personnummer', separators: '-', holds: isPersonnummer },
  { groups: [6, 4], type: 'se-personnummer', separators: '-', holds: isPersonnummer },
].reduce<GroupedShape[][]>((byLength, shape) => {
  const first = shape.groups[0] as number;
  byLength[first] = [...(byLength[first] ?? []), shape];
  return byLength;
}, []);

/** Numbers whose check alone holds for too many others. */
const HINTED: readonly {
  readonly type: string;
  readonly lengths: readonly number[];
  readonly words: RegExp;
  readonly holds: (digits: string) => boolean;
}[] = [
  { type: 'us-ssn', lengths: [9], words: /ssn|social.?sec/i, holds: isUsSsn },
  { type: 'nl-bsn', lengths: [9], words: /bsn|burgerservice|sofi/i, holds: isDutchBsn },
  { type: 'pl-pesel', lengths: [11], words: /pesel/i, holds: isPesel },
  { type: 'de-tax-id', lengths: [11], words: /steuer|tax.?id|idnr|tin\b/i, holds: isGermanTaxId },
  { type: 'br-cpf', lengths: [11], words: /cpf/i, holds: isBrazilianCpf },
  { type: 'se-personnummer', lengths: [10, 12], words: /personn|personal.?num/i, holds: isPersonnummer },
];
const PHONE_WORDS = /phone|mobile|msisdn|telefon|\btel\b|"tel|handy/i;

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function isWordCode(code: number): boolean {
  return code < 128 && CLASSES[code] !== OTHER;
}

/** Whether the letter at `at` is that of an escape: `\n` in raw JSON. */
function isEscape(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  // b f n r t
  const letter = code === 0x62 || code === 0x66 || code === 0x6e || code === 0x72 || code === 0x74;
  return letter && at > 0 && text.charCodeAt(at - 1) === 0x5c;
}

/** RFC 5322, section 3.2.3, without what hardly any address has and many texts do: quotes, slashes, braces. */
function isLocalCode(code: number): boolean {
  if (code < 128 && CLASSES[code] !== OTHER) return true;
  // . _ % + - ' &
  return (
    code === 0x2e || code === 0x5f || code === 0x25 || code === 0x2b || code === 0x2d || code === 0x27 || code === 0x26
  );
}
