import { UnsupportedShape } from './walker-root.ts';

interface Candidate {
  readonly bytes: readonly number[];
  readonly found: string;
}

/**
 * Source that compares the string whose first byte is `b[i]` with known texts, byte by byte up to and with the closing quote, and runs the
 * statement of the one that it is. Only numbers made here get into the source, never a text of the document.
 *
 * Texts that JSON must escape never stand in a string as they are and are left out: the caller leaves strings with escapes to the slow path.
 */
export function textMatchSource(texts: Iterable<readonly [text: string, found: (length: number) => string]>): string {
  const candidates: Candidate[] = [];
  for (const [text, found] of texts) {
    // The encoder would write U+FFFD for half a surrogate pair, and another text would match.
    if (!text.isWellFormed()) throw new UnsupportedShape('a text that UTF-8 cannot hold');
    const bytes = [...new TextEncoder().encode(text)];
    if (bytes.some((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c)) continue;
    candidates.push({ bytes: [...bytes, 0x22], found: found(bytes.length) });
  }
  return candidates.length === 0 ? '' : branch(candidates, 0);
}

function branch(candidates: readonly Candidate[], from: number): string {
  const first = candidates[0] as Candidate;
  let to = from;
  if (candidates.length === 1) to = first.bytes.length;
  else while (candidates.every((candidate) => candidate.bytes[to] === first.bytes[to])) to++;
  const common = first.bytes.slice(from, to).map((byte, index) => `b[i+${from + index}]===${byte}`);
  const inner = candidates.length === 1 ? first.found : choice(candidates, to);
  return common.length === 0 ? inner : `if(${common.join('&&')}){${inner}}`;
}

function choice(candidates: readonly Candidate[], at: number): string {
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const byte = candidate.bytes[at] as number;
    const group = groups.get(byte);
    if (group === undefined) groups.set(byte, [candidate]);
    else group.push(candidate);
  }
  const cases = [...groups].map(([byte, group]) => `case ${byte}:${branch(group, at + 1)}break;`);
  return `switch(b[i+${at}]){${cases.join('')}}`;
}
