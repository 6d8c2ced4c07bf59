import { DROPPED_WHOLE, ELEMENTS, SCHEMES, VOID } from './html-elements.ts';

/** Elements open at once; tags beyond are left out. */
const MAX_DEPTH = 64;
/** Attributes looked at of one tag. */
const MAX_ATTRIBUTES = 64;

/**
 * HTML with nothing in it but the elements, attributes and addresses of an allow list: what is not understood is not repaired but left out, and everything
 * that stays is written anew, so that the result does not depend on how the text was read. Texts stay; what scripts, styles, frames and drawings hold
 * goes with them. Cleaning twice changes nothing. Time is linear in the text. The same text where it holds neither `<` nor `&`.
 */
export function cleanHtml(html: string): string {
  return /[<&\0]/.test(html) ? new Cleaner(html).run() : html;
}

class Cleaner {
  readonly #html: string;
  #at = 0;
  #out = '';
  readonly #open: string[] = [];

  constructor(html: string) {
    this.#html = html;
  }

  run(): string {
    const html = this.#html;
    while (this.#at < html.length) {
      const tag = html.indexOf('<', this.#at);
      if (tag !== this.#at) {
        const end = tag < 0 ? html.length : tag;
        this.#out += cleanText(html.slice(this.#at, end));
        this.#at = end;
        continue;
      }
      this.#tag();
    }
    for (let name = this.#open.pop(); name !== undefined; name = this.#open.pop()) this.#out += `</${name}>`;
    return this.#out;
  }

  /** At a `<` (HTML standard, 13.2.5.6). */
  #tag(): void {
    const html = this.#html;
    const next = html.charAt(this.#at + 1);
    if (next === '!') {
      if (html.startsWith('<!--', this.#at)) this.#comment();
      else this.#skipTo('>');
    } else if (next === '?') this.#skipTo('>');
    else if (isLetter(next)) this.#startTag();
    else if (next === '/' && isLetter(html.charAt(this.#at + 2))) this.#endTag();
    else if (next === '/' && this.#at + 2 < html.length) this.#skipTo('>');
    else {
      this.#out += '&lt;';
      this.#at++;
    }
  }

  /** Ends where the first reader would end it: whatever another takes for a part of it is read as text and tags here, and cleaned. */
  #comment(): void {
    const start = this.#at + 4;
    const ends = /^-?>|--!?>/g;
    ends.lastIndex = 0;
    const rest = this.#html.slice(start);
    const found = ends.exec(rest);
    this.#at = found === null ? this.#html.length : start + found.index + found[0].length;
  }

  #skipTo(character: string): void {
    const found = this.#html.indexOf(character, this.#at);
    this.#at = found < 0 ? this.#html.length : found + 1;
  }

  #startTag(): void {
    const start = this.#at + 1;
    const end = this.#nameEnd(start);
    const name = this.#html.slice(start, end).toLowerCase();
    this.#at = end;
    const allowed = ELEMENTS.get(name) ?? null;
    const attributes = this.#attributes(allowed);
    if (attributes === null) return;
    if (DROPPED_WHOLE.has(name)) this.#skipElement(name);
    else if (allowed !== null && (VOID.has(name) || this.#open.length < MAX_DEPTH)) {
      this.#out += `<${name}${attributes}>`;
      if (!VOID.has(name)) this.#open.push(name);
    }
  }

  #endTag(): void {
    const start = this.#at + 2;
    const end = this.#nameEnd(start);
    const name = this.#html.slice(start, end).toLowerCase();
    this.#at = end;
    if (this.#attributes(null) === null || !this.#open.includes(name)) return;
    for (let open = this.#open.pop(); open !== undefined; open = this.#open.pop()) {
      this.#out += `</${open}>`;
      if (open === name) return;
    }
  }

  #nameEnd(start: number): number {
    const html = this.#html;
    let at = start;
    while (at < html.length && !isTagSpace(html.charCodeAt(at)) && html[at] !== '/' && html[at] !== '>') at++;
    return at;
  }

  /** Goes past the attributes and the `>`, and gives those that may stay, written anew; null where the text ends before (then it is no tag). */
  #attributes(allowed: ReadonlySet<string> | null): string | null {
    const html = this.#html;
    let kept = '';
    const seen = new Set<string>();
    for (;;) {
      while (this.#at < html.length && (isTagSpace(html.charCodeAt(this.#at)) || html[this.#at] === '/')) this.#at++;
      if (this.#at >= html.length) return null;
      if (html[this.#at] === '>') {
        this.#at++;
        return kept;
      }
      const name = this.#attributeName();
      const value = this.#attributeValue();
      if (value === null) return null;
      if (allowed === null || seen.size >= MAX_ATTRIBUTES || seen.has(name)) continue;
      seen.add(name);
      if (allowed.has(name)) kept += renderAttribute(name, value);
    }
  }

  #attributeName(): string {
    const html = this.#html;
    const start = this.#at;
    // A `=` at the beginning is a part of the name (13.2.5.32).
    this.#at++;
    while (this.#at < html.length && !isTagSpace(html.charCodeAt(this.#at)) && !'/>='.includes(html.charAt(this.#at)))
      this.#at++;
    return html.slice(start, this.#at).toLowerCase();
  }

  #attributeValue(): string | null {
    const html = this.#html;
    let at = this.#at;
    while (at < html.length && isTagSpace(html.charCodeAt(at))) at++;
    if (html[at] !== '=') return '';
    at++;
    while (at < html.length && isTagSpace(html.charCodeAt(at))) at++;
    const quote = html[at];
    if (quote === '"' || quote === "'") {
      const end = html.indexOf(quote, at + 1);
      this.#at = end < 0 ? html.length : end + 1;
      return end < 0 ? null : html.slice(at + 1, end);
    }
    const start = at;
    while (at < html.length && !isTagSpace(html.charCodeAt(at)) && html[at] !== '>') at++;
    this.#at = at;
    return html.slice(start, at);
  }

  /** Leaves out an element with what it holds; the rest of the text where it does not end. */
  #skipElement(name: string): void {
    const end = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
    end.lastIndex = this.#at;
    const found = end.exec(this.#html);
    this.#at = found === null ? this.#html.length : end.lastIndex;
    this.#attributes(null);
  }
}

function isLetter(text: string): boolean {
  return /^[A-Za-z]$/.test(text);
}

function isTagSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}

const REFERENCE = /&(?!(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)/g;

/** Character references stay, any other `&` becomes one: so cleaning twice changes nothing. */
function cleanText(text: string): string {
  return text.replaceAll('\0', '').replaceAll(REFERENCE, '&amp;');
}

function renderAttribute(name: string, value: string): string {
  const schemes = SCHEMES.get(name);
  if (schemes !== undefined) {
    const address = safeAddress(value, schemes);
    return address === null ? '' : ` ${name}="${escapeValue(address)}"`;
  }
  if (name === 'dir' && !/^(?:ltr|rtl|auto)$/i.test(value)) return '';
  if ((name === 'width' || name === 'height' || name === 'start') && !/^\d{1,4}$/.test(value)) return '';
  if (name === 'lang' && !/^[A-Za-z0-9-]{1,35}$/.test(value)) return '';
  return ` ${name}="${escapeValue(value)}"`;
}

function escapeValue(value: string): string {
  return cleanText(value).replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  AMP: '&',
  colon: ':',
  sol: '/',
  quest: '?',
  num: '#',
  period: '.',
  commat: '@',
  equals: '=',
  lowbar: '_',
  Tab: '\t',
  NewLine: '\n',
};

/**
 * An address with an allowed scheme or none; null for any other. Before the first `/`, `?` or `#` a scheme could stand: whatever of it is not plain once
 * references are decoded and what browsers leave out is left out, is not taken.
 */
function safeAddress(value: string, schemes: ReadonlySet<string>): string | null {
  const decoded = decodeReferences(value).replaceAll(/[\x00-\x20\x7f-\xa0]+/g, '');
  const head = /^[^/?#\\]*/.exec(decoded)?.[0] ?? '';
  if (head.includes('&')) return null;
  const colon = head.indexOf(':');
  if (colon >= 0 && !schemes.has(head.slice(0, colon).toLowerCase())) return null;
  // As text of an attribute: a reference in it is a reference to nobody.
  return decoded.replaceAll('&', '&amp;');
}

function decodeReferences(text: string): string {
  return text.replaceAll(
    /&(?:#[xX]([0-9A-Fa-f]{1,8});?|#(\d{1,9});?|([A-Za-z]{2,10});)/g,
    (whole: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] as string) : whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
    },
  );
}
