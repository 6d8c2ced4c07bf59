const ALTERED = new Set(['accept-encoding']);
const ALTERED_OR_PARTIAL = new Set(['accept-encoding', 'range', 'if-range']);

/**
 * Asks the upstream for an answer in which encrypted values can be seen: not compressed and, where some are to be opened (`whole`), no part of it either,
 * which could begin in the midst of one.
 */
export function askForReadable(headers: string[], whole: boolean): void {
  const dropped = whole ? ALTERED_OR_PARTIAL : ALTERED;
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (dropped.has((headers[i] as string).toLowerCase())) headers.splice(i, 2);
  headers.push('Accept-Encoding', 'identity');
}
