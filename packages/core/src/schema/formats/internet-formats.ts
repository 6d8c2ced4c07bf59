/** RFC 1123 and 5890 host names, RFC 5321 mail addresses, IP addresses. */

/** Longer texts cannot be any of these; said before anything looks at them. */
const MAX_MAILBOX_CHARS = 320;
const MAX_HOST_CHARS = 253;

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** `hostname` (RFC 1123, section 2.1; A-labels of RFC 5890 must decode to what encodes to them). */
export function isHostname(text: string): boolean {
  if (text.length === 0 || text.length > MAX_HOST_CHARS) return false;
  return text.split('.').every((label) => {
    if (!LABEL.test(label)) return false;
    if (label[2] === '-' && label[3] === '-') return /^xn--/i.test(label) && isALabel(label);
    return true;
  });
}

function isALabel(label: string): boolean {
  const unicode = decodePunycode(label.slice(4).toLowerCase());
  return unicode !== null && /[^\0-\u007f]/u.test(unicode) && isULabel(unicode);
}

/** `idn-hostname` (RFC 5890 to 5892): labels of letters, digits and marks, contextual rules kept, each at most 63 octets when encoded. */
export function isIdnHostname(text: string): boolean {
  if (text.length === 0 || text.length > MAX_HOST_CHARS) return false;
  return text.split(/[.\u3002\uff0e\uff61]/).every((label) => {
    if (/^[\0-\u007f]*$/.test(label)) return LABEL.test(label) && isHostname(label);
    return isULabel(label);
  });
}

// RFC 5892, section 2.6: exceptions by name; the rest follows the general categories.
const EXCEPTIONS_VALID = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/u;
const EXCEPTIONS_DISALLOWED = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;
const PERMITTED = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}-]$/u;
const CONTEXTUAL = /[\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9\u200c\u200d]/u;

function isULabel(label: string): boolean {
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
  return punycodeLength(characters) + 4 <= 63;
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
  for (let at = hyphen > 0 ? hyphen + 1 : hyphen + 1; at < text.length; ) {
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

/** The length of the Punycode encoding (RFC 3492, section 6.3), without `xn--`. */
function punycodeLength(characters: readonly string[]): number {
  const points = characters.map((c) => c.codePointAt(0) ?? 0);
  const basic = points.filter((point) => point < 128).length;
  let length = basic > 0 ? basic + 1 : 0;
  let n = 128;
  let delta = 0;
  let bias = 72;
  for (let handled = basic; handled < points.length; ) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      let q = delta;
      for (let k = 36; ; k += 36) {
        const threshold = k <= bias ? 1 : Math.min(k - bias, 26);
        length++;
        if (q < threshold || threshold < 1) break;
        q = Math.floor((q - threshold) / (36 - threshold));
      }
      bias = adaptBias(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return length;
}

export function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** RFC 4291, section 2.2; no zone. */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (let h = 0; h < halves.length; h++) {
    const half = halves[h] ?? '';
    if (half === '') continue;
    const parts = half.split(':');
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] ?? '';
      const isLast = h === halves.length - 1 && i === parts.length - 1;
      if (isLast && part.includes('.')) {
        if (!isIpv4(part)) return false;
        groups += 2;
      } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
const UNICODE_ATOM = /^[^\0- "(),.:;<>@[\\\]\u007f-\u009f]+$/u;
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/;

function isMailbox(text: string, atom: RegExp, isHost: (text: string) => boolean): boolean {
  if (text.length > MAX_MAILBOX_CHARS) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = text.slice(at + 1);
  if (at < 1 || local.length > 64) return false;
  if (!QUOTED.test(local) && !local.split('.').every((part) => atom.test(part))) return false;
  if (!domain.startsWith('[')) return isHost(domain);
  if (!domain.endsWith(']')) return false;
  const literal = domain.slice(1, -1);
  return /^IPv6:/i.test(literal) ? isIpv6(literal.slice(5)) : isIpv4(literal);
}

/** `email`: a Mailbox of RFC 5321, section 4.1.2. */
export function isEmail(text: string): boolean {
  return isMailbox(text, ATOM, isHostname);
}

/** `idn-email`: a Mailbox of RFC 6531, section 3.3. */
export function isIdnEmail(text: string): boolean {
  return isMailbox(text, UNICODE_ATOM, (host) => isHostname(host) || isIdnHostname(host));
}
