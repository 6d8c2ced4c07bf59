/** Texts for people. They hold what the document says and never what a client sent. */

const MAX_LISTED = 12;
const MAX_TEXT_CHARS = 120;

/** `"a", "b" or 3`, shortened; for values and names of the document. */
export function listOf(values: readonly unknown[]): string {
  const texts = values.slice(0, MAX_LISTED).map((value) => shorten(JSON.stringify(value) ?? 'null'));
  if (values.length > MAX_LISTED) return `${texts.join(', ')} or ${values.length - MAX_LISTED} more`;
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

export function typesOf(types: readonly string[]): string {
  const last = types.at(-1) ?? '';
  const article = (type: string): string =>
    type === 'null' ? type : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
  return types.length < 2 ? article(last) : `${types.slice(0, -1).map(article).join(', ')} or ${article(last)}`;
}

export function shorten(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS).toWellFormed()}…`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
