import { hasRightToLeft, isALabel, isULabel, keepsBidiRule } from './idna-labels.ts';

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

/** `idn-hostname` (RFC 5890 to 5892): labels of letters, digits and marks, contextual rules kept, each at most 63 octets when encoded. */
export function isIdnHostname(text: string): boolean {
  if (text.length === 0 || text.length > MAX_HOST_CHARS) return false;
  const labels = text.split(/[.\u3002\uff0e\uff61]/);
  const isRightToLeft = labels.some(hasRightToLeft);
  return labels.every((label) => {
    if (isRightToLeft && !keepsBidiRule(label)) return false;
    if (/^[\0-\u007f]*$/.test(label)) return LABEL.test(label) && isHostname(label);
    return isULabel(label);
  });
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
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/;
/** RFC 6531, section 3.3: what is not ASCII may stand wherever an atom's or a quoted string's characters may. */
const UNICODE_ATOM = /^[^\0- "(),.:;<>@[\\\]\u007f]+$/u;
const UNICODE_QUOTED = /^"(?:[ !#-[\]-~\u{80}-\u{10ffff}]|\\[ -~])*"$/u;

function isMailbox(text: string, atom: RegExp, quoted: RegExp, isHost: (text: string) => boolean): boolean {
  if (text.length > MAX_MAILBOX_CHARS) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = text.slice(at + 1);
  if (at < 1 || local.length > 64) return false;
  if (!quoted.test(local) && !local.split('.').every((part) => atom.test(part))) return false;
  if (!domain.startsWith('[')) return isHost(domain);
  if (!domain.endsWith(']')) return false;
  const literal = domain.slice(1, -1);
  return /^IPv6:/i.test(literal) ? isIpv6(literal.slice(5)) : isIpv4(literal);
}

/** `email`: a Mailbox of RFC 5321, section 4.1.2. */
export function isEmail(text: string): boolean {
  return isMailbox(text, ATOM, QUOTED, isHostname);
}

/** `idn-email`: a Mailbox of RFC 6531, section 3.3. */
export function isIdnEmail(text: string): boolean {
  return isMailbox(
    text,
    UNICODE_ATOM,
    UNICODE_QUOTED,
    (host) => isHostname(host) || isIdnHostname(host.normalize('NFC')),
  );
}
