/** Names of HTML entities that stand for a character of some syntax (HTML, 13.5), in lower case. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
  ['tab', '\t'],
  ['newline', '\n'],
  ['nbsp', ' '],
  ['colon', ':'],
  ['semi', ';'],
  ['comma', ','],
  ['period', '.'],
  ['excl', '!'],
  ['quest', '?'],
  ['num', '#'],
  ['dollar', '$'],
  ['percnt', '%'],
  ['lpar', '('],
  ['rpar', ')'],
  ['ast', '*'],
  ['plus', '+'],
  ['sol', '/'],
  ['bsol', '\\'],
  ['equals', '='],
  ['commat', '@'],
  ['lsqb', '['],
  ['lbrack', '['],
  ['rsqb', ']'],
  ['rbrack', ']'],
  ['hat', '^'],
  ['lowbar', '_'],
  ['grave', '`'],
  ['lcub', '{'],
  ['lbrace', '{'],
  ['rcub', '}'],
  ['rbrace', '}'],
  ['verbar', '|'],
  ['vert', '|'],
  ['hyphen', '-'],
  ['zwnj', ''],
  ['zwj', ''],
  ['shy', ''],
]);

/** As many zeros may lead a number as anybody likes (XML 1.0, section 4.1; HTML, 13.2.5.80). */
const ENTITIES = /&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]{2,8}));?/gi;

/** Decodes entities as browsers do, with or without the semicolon. Names that stand for letters and signs of no syntax are left as they are. */
export function decodeEntities(text: string): string {
  return text.replace(ENTITIES, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) {
      const known = NAMED.get(name.toLowerCase());
      // Without its semicolon only the oldest names are one: `&order=` is a parameter of a URL.
      if (known === undefined || (!whole.endsWith(';') && !/^(?:lt|gt|quot|amp)$/i.test(name))) return whole;
      return known;
    }
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
