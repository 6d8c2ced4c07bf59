import { parsePointer, type ConfigurationProblem } from '@sallyport/core';

/** Warnings of one cause: their code, message and hint are the same, and they are of one file. */
export type AlikeWarnings = readonly [ConfigurationProblem, ...ConfigurationProblem[]];

/** Places called by name where many have the same cause. */
const MAX_NAMED = 3;
const MAX_NAME_LENGTH = 80;

/** The warnings by their causes, in the order of the first of each: what holds of hundreds of paths is one thing to a person. */
export function groupAlike(warnings: readonly ConfigurationProblem[]): readonly AlikeWarnings[] {
  const groups = new Map<string, [ConfigurationProblem, ...ConfigurationProblem[]]>();
  for (const warning of warnings) {
    const { file, code, message, hint } = warning;
    const key = JSON.stringify([file, code, message, hint]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [warning]);
    else group.push(warning);
  }
  return [...groups.values()];
}

/** How many places warnings of one cause are about, and the first of them with their lines; null where there is but one. */
export function placesInWords(group: AlikeWarnings): string | null {
  if (group.length === 1) return null;
  const named = group
    .slice(0, MAX_NAMED)
    .map(({ path, line }) => `${nameOf(path)}${line === 0 ? '' : ` (line ${line})`}`);
  const more = group.length - named.length;
  return `This holds of ${group.length} places: ${named.join(', ')}${more === 0 ? '' : ` and ${more} more; \`sallyport check --json\` lists every one`}.`;
}

/** A path of the document as it is written, of anything else the pointer. Control characters, which a terminal would heed, are left out. */
function nameOf(pointer: string): string {
  const [first, path, ...below] = parsePointer(pointer);
  const name = (first === 'paths' && path !== undefined && below.length < 2 ? path : pointer).replaceAll(
    /\p{Cc}/gu,
    '',
  );
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
}
