import { decodeEntities } from './decode-entities.ts';

/** Gives the text and the attribute values of an XML text, references decoded, each for itself; declarations are left to the shapes. One pass. */
export function visitXmlTexts(xml: string, visit: (text: string) => void): void {
  let at = 0;
  while (at < xml.length) {
    const open = xml.indexOf('<', at);
    const text = xml.slice(at, open < 0 ? xml.length : open).trim();
    if (text !== '') visit(decodeEntities(text));
    if (open < 0) return;
    if (xml.startsWith('<![CDATA[', open)) {
      const close = xml.indexOf(']]>', open + 9);
      visit(xml.slice(open + 9, close < 0 ? xml.length : close));
      if (close < 0) return;
      at = close + 3;
    } else if (xml.startsWith('<!--', open)) {
      const close = xml.indexOf('-->', open + 4);
      if (close < 0) return;
      at = close + 3;
    } else at = readTag(xml, open + 1, visit);
  }
}

/** Reads the attribute values of one tag, and gives the offset behind it. */
function readTag(xml: string, from: number, visit: (text: string) => void): number {
  let at = from;
  while (at < xml.length) {
    const character = xml.charAt(at);
    if (character === '>') return at + 1;
    if (character === '"' || character === "'") {
      const close = xml.indexOf(character, at + 1);
      if (close < 0) return xml.length;
      visit(decodeEntities(xml.slice(at + 1, close)));
      at = close;
    }
    at += 1;
  }
  return at;
}
