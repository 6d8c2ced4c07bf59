/** Labels of internationalized host names: RFC 5890 to 5893, Punycode (RFC 3492). Labels have at most 253 characters here, so quadratic steps are small. */

/** An A-label (RFC 5890, 2.3.2.1): `xn--` and the one encoding of a U-label. Expects a label of letters, digits and hyphens. */
export function isALabel(label: string): boolean {
  const encoded = label.slice(4).toLowerCase();
  const unicode = decodePunycode(encoded);
  if (unicode === null || !/[^\0-\u007f]/u.test(unicode) || encodePunycode([...unicode]) !== encoded) return false;
  return isULabel(unicode) && (!hasRightToLeft(unicode) || keepsBidiRule(unicode));
}

// RFC 5892, section 2.6: exceptions by name; the rest follows the general categories.
const EXCEPTIONS_VALID = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/u;
const EXCEPTIONS_DISALLOWED = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;
const PERMITTED = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}-]$/u;
const CONTEXTUAL = /[\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9\u200c\u200d]/u;

/** A U-label (RFC 5890, 2.3.2.1): characters that RFC 5892 permits, contextual rules kept, at most 63 octets when encoded. */
export function isULabel(label: string): boolean {
  if (label === '' || label !== label.normalize('NFC') || label.startsWith('-') || label.endsWith('-')) return false;
  if (label[2] === '-' && label[3] === '-') return false;
  if (/^\p{M}/u.test(label)) return false;
  const characters = [...label];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] ?? '';
    if (CONTEXTUAL.test(c)) {
      if (!contextHolds(characters, i)) return false;
    } else if (EXCEPTIONS_DISALLOWED.test(c) || (!PERMITTED.test(c) && !EXCEPTIONS_VALID.test(c))) return false;
  }
  return encodePunycode(characters).length + 4 <= 63;
}

/** RFC 5892, appendix A: characters that are only allowed beside others. */
function contextHolds(label: readonly string[], at: number): boolean {
  const before = label[at - 1] ?? '';
  const after = label[at + 1] ?? '';
  switch (label[at]) {
    case '\u00b7':
      return before === 'l' && after === 'l';
    case '\u0375':
      return /^\p{Script=Greek}$/u.test(after);
    case '\u05f3':
    case '\u05f4':
      return /^\p{Script=Hebrew}$/u.test(before);
    case '\u30fb':
      return label.some((c) => /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]$/u.test(c) && c !== '\u30fb');
    case '\u200c':
    case '\u200d':
      return VIRAMA.test(before) || (label[at] === '\u200c' && joins(label, at));
    default: {
      const text = label.join('');
      return !(/[\u0660-\u0669]/u.test(text) && /[\u06f0-\u06f9]/u.test(text));
    }
  }
}

/** Canonical combining class 9 (Unicode Character Database, DerivedCombiningClass). */
const VIRAMA =
  /^[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{11070}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}]$/u;

/** RFC 5892, A.1: a zero width non-joiner between letters of a cursive script that join. Joining types are approximated by script. */
function joins(label: readonly string[], at: number): boolean {
  const cursive = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Mandaic}]$/u;
  return cursive.test(label[at - 1] ?? '') && cursive.test(label[at + 1] ?? '');
}

/** RFC 3492, section 6.1. */
function adaptBias(delta: number, points: number, isFirst: boolean): number {
  let scaled = isFirst ? Math.floor(delta / 700) : delta >> 1;
  scaled += Math.floor(scaled / points);
  let k = 0;
  for (; scaled > 455; k += 36) scaled = Math.floor(scaled / 35);
  return k + Math.floor((36 * scaled) / (scaled + 38));
}

/** RFC 3492, section 6.2; null for what is no encoding. At most 59 characters come in. */
function decodePunycode(text: string): string | null {
  const output: number[] = [];
  const hyphen = text.lastIndexOf('-');
  for (let i = 0; i < hyphen; i++) output.push(text.charCodeAt(i));
  let n = 128;
  let i = 0;
  let bias = 72;
  for (let at = hyphen + 1; at < text.length; ) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      if (at >= text.length) return null;
      const digit = digitOf(text.charCodeAt(at++));
      if (digit < 0) return null;
      i += digit * weight;
      const threshold = k <= bias ? 1 : Math.min(k - bias, 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (!Number.isSafeInteger(weight)) return null;
    }
    bias = adaptBias(i - before, output.length + 1, before === 0);
    n += Math.floor(i / (output.length + 1));
    if (n > 0x10ffff) return null;
    i %= output.length + 1;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return -1;
}

/** RFC 3492, section 6.3, without `xn--`. */
function encodePunycode(characters: readonly string[]): string {
  const points = characters.map((c) => c.codePointAt(0) ?? 0);
  const basic = points.filter((point) => point < 128);
  let output = basic.length > 0 ? `${String.fromCodePoint(...basic)}-` : '';
  let n = 128;
  let delta = 0;
  let bias = 72;
  for (let handled = basic.length; handled < points.length; ) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      let q = delta;
      for (let k = 36; ; k += 36) {
        const threshold = k <= bias ? 1 : Math.min(k - bias, 26);
        if (q < threshold) break;
        output += DIGITS[threshold + ((q - threshold) % (36 - threshold))] ?? '';
        q = Math.floor((q - threshold) / (36 - threshold));
      }
      output += DIGITS[q] ?? '';
      bias = adaptBias(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return output;
}

const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

// Bidirectional classes (UAX 9), approximated by script: exact tables would be larger than everything else here.
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/u;
const ARABIC_NUMBER = /[\u0660-\u0669\u066b\u066c\u06dd]/u;
const EUROPEAN_NUMBER = /[0-9\u06f0-\u06f9]/u;
const MARK = /\p{Mn}/u;

export function hasRightToLeft(label: string): boolean {
  return RIGHT_TO_LEFT.test(label.replace(/[\p{Mn}\u06f0-\u06f9]/gu, '')) || ARABIC_NUMBER.test(label);
}

/** RFC 5893, section 2: labels of a domain in which some label is written from right to left. */
export function keepsBidiRule(label: string): boolean {
  const characters = [...label];
  const classes = characters.map((c) =>
    MARK.test(c)
      ? 'NSM'
      : ARABIC_NUMBER.test(c)
        ? 'AN'
        : EUROPEAN_NUMBER.test(c)
          ? 'EN'
          : RIGHT_TO_LEFT.test(c)
            ? 'R'
            : /\p{L}/u.test(c)
              ? 'L'
              : 'ON',
  );
  const last = classes.findLast((one) => one !== 'NSM');
  if (classes[0] === 'R')
    return (
      (last === 'R' || last === 'EN' || last === 'AN') &&
      !classes.includes('L') &&
      !(classes.includes('EN') && classes.includes('AN'))
    );
  return classes[0] === 'L' && (last === 'L' || last === 'EN') && !classes.includes('R') && !classes.includes('AN');
}
