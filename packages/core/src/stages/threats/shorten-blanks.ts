const LONG = /\s{5,}/g;
/** As many blanks as any detector goes past; of line breaks and what stands behind the last of them, half each. */
const KEPT = 4;

/**
 * The text with no more than four blanks in a row, line breaks among them. Nobody reads more of them as anything else, and what detectors go past is
 * bounded: `; cat`, twenty blanks and a path are the same command. The same object where there are none. Linear.
 */
export function shortenBlanks(text: string): string {
  if (!mayHaveRun(text)) return text;
  return text.replace(LONG, (run) => {
    const last = Math.max(run.lastIndexOf('\n'), run.lastIndexOf('\r'));
    if (last < 0) return run.slice(0, KEPT);
    const breaks = run.slice(0, last + 1).replace(/[^\r\n]/g, '');
    return breaks.slice(-KEPT / 2) + run.slice(last + 1, last + 1 + KEPT / 2);
  });
}

/** Whether five blanks may follow each other: of every five signs one is looked at, which costs a short text less than the expression. */
function mayHaveRun(text: string): boolean {
  for (let at = KEPT; at < text.length; at += KEPT + 1) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code >= 128) return true;
  }
  return false;
}
