/** Lays out one line of a table: each cell as wide as its column says, two spaces between, and the last ones as long as they are. */
export function tableRow(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd();
}
