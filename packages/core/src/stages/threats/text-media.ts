import { bodyFormat, type BodyFormat } from '../validation/body-format.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';

/** Texts that call themselves applications, and that no check reads. */
const TEXTS = /^application\/(?:(?:[^/]+\+|x-)?yaml|graphql)$/;

/** As what the texts of a body are found: as its check reads it, but for texts that have no check. */
export function textFormat(type: ParsedMediaType): BodyFormat {
  const format = bodyFormat(type);
  return format === 'binary' && TEXTS.test(type.essence) ? 'text' : format;
}

/** Whether a text is YAML, in which each line has a value of its own. */
export function isYaml({ subtype }: ParsedMediaType): boolean {
  return /(?:^|[+-])yaml$/.test(subtype);
}

/** A list's dash, a name and a tag, as they stand before the value of a line. */
const BEFORE = /^[ \t]*(?:- +)*(?:(?:[^\s"'#:][^:#]*|"[^"]*"|'[^']*'):[ \t]+)?(?:[!&]\S*[ \t]+)?/;

/** Gives the value of each line of a YAML text, without its name and its quotes. */
export function visitYamlValues(text: string, visit: (value: string) => void): void {
  for (const line of text.split('\n')) {
    const value = line.slice(BEFORE.exec(line)?.[0].length ?? 0).trimEnd();
    const quote = value.charAt(0);
    const inner = (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value;
    if (inner !== '') visit(quote === "'" ? inner.replaceAll("''", "'") : inner);
  }
}
