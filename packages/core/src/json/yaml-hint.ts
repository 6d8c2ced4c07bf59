/** What to do about text that is not YAML, by the parser's reason and where it stopped; null where the reason says it all. Quotes nothing of the text. */
export function yamlHint(reason: string, text: string, offset: number): string | null {
  const line = lineAt(text, offset);
  if (reason.startsWith('tab characters') || /^ *\t/.test(line))
    return 'Indent with spaces: the line begins with a tab.';
  if (reason.includes('flow collection') && line.includes('${')) return 'Within { } and [ ], put ${…} into quotes.';
  if (reason.startsWith('bad indentation'))
    return 'Begin the line in the same column as those that it belongs with; a text with a colon and a blank in it needs quotes.';
  if (reason.startsWith('missed comma'))
    return 'Put a comma between entries, and a text with { } [ ] or , in it into quotes.';
  if (reason.startsWith('unexpected end of the stream within a flow')) return 'A { or [ before it is not closed.';
  // A { at the end of a file is found here as well: the line behind the last line end is empty.
  if (reason.startsWith('deficient indentation'))
    return 'A quote, { or [ before it is not closed, or the line does not stand far enough to the right.';
  if (/^unexpected end of .* quoted scalar/.test(reason))
    return 'A quote before it is not closed, or the line does not stand far enough to the right.';
  return null;
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return text.slice(start, end < 0 ? text.length : end);
}
