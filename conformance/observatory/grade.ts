import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Grades a site on this machine with MDN's HTTP Observatory, and prints the grade, the score and what each check found as JSON. A process of
 * its own: the authority of the site is one that Node trusts from its start only. `node grade.ts HTTP-PORT HTTPS-PORT`.
 */
const SOURCES = join(import.meta.dirname, 'node_modules/@mdn/mdn-http-observatory/src');

interface Finding {
  readonly pass: boolean;
  readonly result: string;
}

interface Observatory {
  retrieve(host: string, ports: { readonly httpPort: number; readonly httpsPort: number }): Promise<unknown>;
  readonly ALL_TESTS: readonly ((retrieved: unknown) => Finding)[];
  getScoreModifier(result: string): number;
  getGradeForScore(score: number): { readonly score: number; readonly grade: string };
  readonly MINIMUM_SCORE_FOR_EXTRA_CREDIT: number;
}

async function load(): Promise<Observatory> {
  const parts = await Promise.all(
    ['retriever/retriever.js', 'constants.js', 'grader/grader.js', 'grader/charts.js'].map(
      (file) => import(pathToFileURL(join(SOURCES, file)).href) as Promise<object>,
    ),
  );
  return Object.assign({}, ...parts) as Observatory;
}

const [httpPort = 0, httpsPort = 0] = process.argv.slice(2).map(Number);
const observatory = await load();
const retrieved = await observatory.retrieve('localhost', { httpPort, httpsPort });
const findings = observatory.ALL_TESTS.map((check) => check(retrieved));
const modifiers = findings.map(({ result }) => observatory.getScoreModifier(result));
const plain = 100 + modifiers.filter((modifier) => modifier < 0).reduce((sum, modifier) => sum + modifier, 0);
const all = 100 + modifiers.reduce((sum, modifier) => sum + modifier, 0);
const final = observatory.getGradeForScore(plain >= observatory.MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : plain);
process.stdout.write(
  JSON.stringify({ ...final, findings: findings.map(({ pass, result }) => ({ pass, result })) }),
  () => process.exit(0),
);
