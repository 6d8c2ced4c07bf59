/**
 * A Cookie value (RFC 6265, section 4.2.1) without the cookies of these names, every one of them where a name is repeated; the
 * rest as it was. `''` where nothing is left. Names are compared exactly: they are case-sensitive.
 */
export function removeCookies(value: string, names: readonly string[]): string {
  if (names.length === 0) return value;
  return value
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => {
      const equals = pair.indexOf('=');
      const name = (equals < 0 ? pair : pair.slice(0, equals)).trimEnd();
      return pair !== '' && !names.includes(name);
    })
    .join('; ');
}
