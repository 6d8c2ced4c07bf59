const ESCAPES: Readonly<Record<string, string>> = { '~0': '~', '~1': '/' };
/** A member that reads like a name, or an index. Keys of a map may be anything: addresses of people, ids, tokens. */
const NAME = /^(?:[A-Za-z_$][\w.$-]{0,63}|\d{1,6})$/;

/**
 * A JSON Pointer as it may be written down: names of members stay, whatever else is a key becomes `*`, and so does all that stands below
 * a member of a data class, indexes excepted. `classified` holds names in lower case.
 */
export function maskedPointer(pointer: string, classified: ReadonlySet<string>): string {
  if (pointer === '' || pointer[0] !== '/') return pointer;
  let below = false;
  let masked = '';
  for (const token of pointer.slice(1, 2_000).split('/')) {
    const isIndex = /^\d{1,6}$/.test(token);
    masked += (below && !isIndex) || !NAME.test(token) ? '/*' : `/${token}`;
    below ||= classified.has(token.replace(/~[01]/g, (escape) => ESCAPES[escape] ?? escape).toLowerCase());
  }
  return masked;
}
