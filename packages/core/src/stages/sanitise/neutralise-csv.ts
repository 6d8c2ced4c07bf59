/** A cell that a spreadsheet would calculate: it begins with one of these, blanks before them aside. */
const FORMULA = /^[ \u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** Numbers, amounts and phone numbers begin with a sign and calculate nothing. */
const NUMBER = /^[ \u00a0]*[+-]? ?(?:[$€£¥] ?)?\d[\d.,' ()/-]*(?:[eE][+-]?\d+)? ?%?$/;
/** A lone sign is what many tables write for nothing. */
const SIGN = /^[+-]?$/;

/** Whether a spreadsheet would calculate the text of a cell ("CSV injection"). */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !NUMBER.test(cell) && !SIGN.test(cell.trim());
}

/**
 * Calls `visit` with the text of each cell and where it begins and ends, quotes aside. Cells end at commas, semicolons and tabs, whichever the table uses: what
 * a spreadsheet takes for the separator depends on its reader's country.
 */
function visitCells(table: string, visit: (cell: string, start: number) => void): void {
  for (let at = 0; at <= table.length; ) {
    let start = at;
    while (table[start] === ' ') start++;
    if (table[start] === '"') {
      let end = start + 1;
      for (;;) {
        end = table.indexOf('"', end);
        if (end < 0) end = table.length;
        if (table[end + 1] !== '"') break;
        end += 2;
      }
      visit(table.slice(start + 1, end).replaceAll('""', '"'), start + 1);
      at = endOfCell(table, Math.min(end + 1, table.length)) + 1;
    } else {
      const end = endOfCell(table, at);
      visit(table.slice(at, end), at);
      at = end + 1;
    }
  }
}

function endOfCell(table: string, from: number): number {
  let at = from;
  while (at < table.length && !',;\t\n\r'.includes(table.charAt(at))) at++;
  return at;
}

/** The place (`/line/cell`, from 0) of the first cell that a spreadsheet would calculate; null where there is none. */
export function hasFormula(table: string): boolean {
  let found = false;
  visitCells(table, (cell) => {
    found ||= isFormula(cell);
  });
  return found;
}

/** Puts an apostrophe before what a spreadsheet would calculate, so that it shows it instead. The same text where there is nothing. */
export function neutraliseCsv(table: string): string {
  let out = '';
  let from = 0;
  visitCells(table, (cell, start) => {
    if (!isFormula(cell)) return;
    out += `${table.slice(from, start)}'`;
    from = start;
  });
  return from === 0 && out === '' ? table : out + table.slice(from);
}
