import { parseArgs } from 'node:util';
import type { Row } from './attacks/compare.ts';
import { compare } from './attacks/compare.ts';
import { renderTable, totalsOf } from './attacks/table.ts';
import { NO_LOG, openDoor } from './door.ts';

const HELP = `Attacks the example's bank twice, bare and through the door, and shows what became of each attack.

  npm run attack              the table
  npm run attack -- --bare    without the door
  npm run --silent attack -- --json
                              the same as JSON, and nothing else

Exit code: 0 all as expected, 1 something else happened, 2 could not run.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, bare: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const rows: readonly Row[] = await compare(
    values.bare === true ? null : (options) => openDoor({ ...options, ...NO_LOG }),
  );
  const totals = totalsOf(rows);
  console.log(values.json === true ? JSON.stringify({ totals, rows }, null, 2) : renderTable(rows));
  return totals.unexpected === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`The attacks could not run: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
