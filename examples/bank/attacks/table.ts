import type { Row } from './compare.ts';

export interface Totals {
  readonly attacks: number;
  readonly gotThroughBare: number;
  readonly gotThroughDoor: number;
  readonly refused: number;
  readonly contained: number;
  readonly controls: number;
  readonly controlsPassedBare: number;
  readonly controlsPassedDoor: number;
  readonly unexpected: number;
}

/** Counts attacks and harmless requests apart: a door that refuses everything stops every attack. */
export function totalsOf(rows: readonly Row[]): Totals {
  const attacks = rows.filter((row) => row.risk !== 'control');
  const controls = rows.filter((row) => row.risk === 'control');
  const atDoor = (of: readonly Row[], verdict: string): number =>
    of.filter((row) => row.door?.verdict === verdict).length;
  return {
    attacks: attacks.length,
    gotThroughBare: attacks.filter((row) => row.bare.verdict === 'got through').length,
    gotThroughDoor: atDoor(attacks, 'got through'),
    refused: atDoor(attacks, 'refused'),
    contained: atDoor(attacks, 'contained'),
    controls: controls.length,
    controlsPassedBare: controls.filter((row) => row.bare.verdict === 'passed').length,
    controlsPassedDoor: atDoor(controls, 'passed'),
    unexpected: rows.filter((row) => !row.asExpected).length,
  };
}

/** The comparison as text for people. */
export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.risk,
    row.id,
    row.title,
    row.bare.verdict,
    doorCell(row),
    row.asExpected ? '' : `unexpected (${row.expected})`,
  ]);
  const head = ['risk', 'id', 'what is tried', 'bare', 'through the door', ''];
  const widths = head.map((name, at) => Math.max(name.length, ...cells.map((cell) => cell[at]?.length ?? 0)));
  const line = (cell: readonly string[]): string =>
    cell
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...cells.map(line), '', ...summary(rows)].join('\n');
}

function doorCell({ door }: Row): string {
  if (door === null) return '-';
  const by =
    door.outcome.code === null
      ? door.outcome.status === 0
        ? 'connection closed'
        : ''
      : `${door.stage ?? '?'} ${door.outcome.code}`;
  const tail = door.verdict === 'broken' ? `${door.outcome.status} ${by}` : by;
  return tail === '' ? door.verdict : `${door.verdict}: ${tail}`;
}

function summary(rows: readonly Row[]): readonly string[] {
  const totals = totalsOf(rows);
  const guarded = rows.some((row) => row.door !== null);
  const lines = [
    `Bare: ${totals.gotThroughBare} of ${totals.attacks} attacks got through; ${totals.controlsPassedBare} of ${totals.controls} harmless requests passed.`,
  ];
  if (guarded) {
    lines.push(
      `Through the door: ${totals.gotThroughDoor} of ${totals.attacks} attacks got through, ${totals.refused} were refused, ${totals.contained} contained; ` +
        `${totals.controlsPassedDoor} of ${totals.controls} harmless requests passed.`,
    );
    const open = rows.filter((row) => row.door?.verdict === 'got through');
    if (open.length > 0) lines.push('', 'What still gets through:', ...open.map((row) => `  ${row.id}`));
  }
  if (totals.unexpected > 0) lines.push('', `${totals.unexpected} did not turn out as expected.`);
  return lines;
}
