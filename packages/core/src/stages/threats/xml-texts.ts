import { decodeEntities } from './decode-entities.ts';

/** What is no tag, whatever stands in it: a quote in an instruction opens nothing. */
const CDATA = { kind: 'cdata', open: '<![CDATA[', close: ']]>' } as const;
const COMMENT = { kind: 'comment', open: '<!--', close: '-->' } as const;
const INSTRUCTION = { kind: 'instruction', open: '<?', close: '?>' } as const;
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;

/**
 * Gives the texts, attribute values, comments and instructions of an XML text, references decoded, each for itself; declarations are left to the
 * shapes. A text with a comment, an instruction or a section within it is given piece by piece and as the one that readers make of it. One pass.
 */
export function visitXmlTexts(xml: string, visit: (text: string) => void): void {
  let pieces: string[] = [];
  const add = (piece: string): void => {
    if (piece.trim() !== '') pieces.push(piece);
  };
  const finish = (): void => {
    if (pieces.length === 0) return;
    for (const piece of pieces) visit(piece.trim());
    if (pieces.length > 1) visit(pieces.join('').trim());
    pieces = [];
  };
  let at = 0;
  while (at < xml.length) {
    const open = xml.indexOf('<', at);
    if (open !== at) add(decodeEntities(xml.slice(at, open < 0 ? xml.length : open)));
    if (open < 0) break;
    const section = sectionAt(xml, open);
    if (section === undefined) {
      finish();
      at = readTag(xml, open + 1, visit);
      continue;
    }
    const from = open + section.open.length;
    const found = xml.indexOf(section.close, from);
    const to = found < 0 ? xml.length : found;
    at = to + section.close.length;
    if (section.kind === 'cdata') add(xml.slice(from, to));
    // With its signs: `<?php` is one thing, and `php` another.
    else visit(section.kind === 'comment' ? xml.slice(from, to) : xml.slice(open, at));
  }
  finish();
}

function sectionAt(xml: string, open: number): typeof CDATA | typeof COMMENT | typeof INSTRUCTION | undefined {
  const sign = xml.charCodeAt(open + 1);
  if (sign === QUESTION) return INSTRUCTION;
  if (sign !== EXCLAMATION) return undefined;
  return xml.startsWith(COMMENT.open, open) ? COMMENT : xml.startsWith(CDATA.open, open) ? CDATA : undefined;
}

/** Reads the attribute values of one tag, and gives the offset behind it. */
function readTag(xml: string, from: number, visit: (text: string) => void): number {
  let at = from;
  while (at < xml.length) {
    const code = xml.charCodeAt(at);
    if (code === 62) return at + 1;
    if (code === 34 || code === 39) {
      const found = xml.indexOf(code === 34 ? '"' : "'", at + 1);
      // What nobody closes hides nothing behind it.
      const close = found < 0 ? xml.length : found;
      visit(decodeEntities(xml.slice(at + 1, close)));
      at = close;
    }
    at += 1;
  }
  return at;
}
