/**
 * Signs that stand for one of ASCII, or for several: by compatibility (Unicode, NFKC), or where a database or a system writes them in a code page
 * that has them not and takes the one that looks alike (Windows' best fit). No mark that combines with others is among them: those are put in order
 * with quadratic work.
 */
const FORM =
  /^[\u00aa\u00b2\u00b3\u00b9\u00ba\u017f\u02b0-\u02bc\u02c8\u02cb\u02e0-\u02e4\u037e\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u1fef\u2000-\u200a\u2010\u2011\u2024-\u2026\u202f\u2032-\u2037\u203c\u2044\u2047-\u2049\u205f\u2070-\u209c\u2100-\u217f\u2212\u2215-\u2217\u2223\u2236\u223c\u2329\u232a\u2460-\u24ff\u2a74-\u2a76\u2c7c\u2c7d\u3000\u3008\u3009\u301a\u301b\u301d-\u301f\ufb00-\ufb06\ufb29\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff5e\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f14f}]$/u;
/** What NFKC leaves, by what it looks like. */
const ALIKE: ReadonlyMap<string, string> = new Map(
  [
    ["'", '\u02b9\u02bb\u02bc\u02c8\u2032'],
    ['"', '\u02ba\u2033\u301d\u301e\u301f'],
    ['`', '\u02cb\u2035'],
    ['-', '\u2010\u2011\u2212'],
    ['/', '\u2044\u2215'],
    ['\\', '\u2216'],
    ['*', '\u2217'],
    ['|', '\u2223'],
    [':', '\u2236'],
    ['~', '\u223c'],
    ['<', '\u2329\u3008'],
    ['>', '\u232a\u3009'],
    ['[', '\u301a'],
    [']', '\u301b'],
  ].flatMap(([sign = '', forms = '']) => Array.from(forms, (form) => [form, sign] as const)),
);

/** What has been folded, by code point; empty where it is no such form. No more than `mayFold` lets through. */
const folded = new Map<number, string>();

/** Letters and signs in other forms (full-width, enclosed, raised, mathematical, alike) as the ASCII that is made of them. */
export function foldForms(text: string): string {
  let result = '';
  let copied = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 128 || !mayFold(unit)) continue;
    const code = text.codePointAt(at) as number;
    const length = code > 0xffff ? 2 : 1;
    const form = folded.get(code) ?? remember(code);
    if (form !== '') {
      result += text.slice(copied, at) + form;
      copied = at + length;
    }
    at += length - 1;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** Characters are folded one by one: none of what these leave joins what another leaves. */
function remember(code: number): string {
  const character = String.fromCodePoint(code);
  const form = FORM.test(character)
    ? Array.from(character.normalize('NFKC'), (one) => ALIKE.get(one) ?? one).join('')
    : '';
  folded.set(code, form);
  return form;
}

/** Whether a code unit beyond ASCII may begin such a form. */
export function mayFold(code: number): boolean {
  if (code < 0x2000)
    return code < 0x2b0
      ? code === 0xaa || code === 0xb2 || code === 0xb3 || code === 0xb9 || code === 0xba || code === 0x17f
      : code < 0x2e5 || code === 0x37e || (code >= 0x1d2c && code < 0x1dc0) || code === 0x1fef;
  return (
    code >= 0xfb00 ||
    code < 0x2600 ||
    (code < 0x3020 && (code < 0x3001 ? code >= 0x2a74 : code > 0x3002)) ||
    code === 0xd835 ||
    code === 0xd83c
  );
}
