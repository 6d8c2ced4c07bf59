import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

/**
 * Holds the house's direction of imports: core ← gateway, adapters, scanner ← cli; the core knows no Node; inside the core,
 * nothing below reaches up into the plan. Prints each violation and exits 1.
 */
const ROOT = resolve(import.meta.dirname, '..');

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  gateway: ['@sallyport/core'],
  cli: ['@sallyport/core', '@sallyport/gateway'],
};
/** Folders of the core from the ground up: a folder may import those listed before it, and itself. Types may point upwards. */
const CORE_LAYERS = ['json', 'openapi', 'verdict', 'schema', 'cedar', 'policy', 'stages', 'plan', 'record'];
const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

const problems: string[] = [];
for (const file of globSync('packages/*/src/**/*.ts', { cwd: ROOT })) {
  const [, packageName = '', , ...inner] = file.split('/');
  const isTest = file.endsWith('.test.ts') || file.includes('/testing/');
  const text = readFileSync(resolve(ROOT, file), 'utf8');
  for (const [, typeOnly, specifier = ''] of text.matchAll(IMPORT)) {
    if (specifier.startsWith('@sallyport/') || specifier === 'sallyport') {
      if (!(ALLOWED[packageName] ?? []).includes(specifier))
        problems.push(`${file}: ${packageName} may not import ${specifier}`);
    } else if (specifier.startsWith('.')) {
      const target = relative(resolve(ROOT, 'packages', packageName, 'src'), resolve(ROOT, dirname(file), specifier));
      if (target.startsWith('..') && !(isTest && specifier.endsWith('/core/src/testing/corpora.ts')))
        problems.push(`${file}: reaches out of its package to ${specifier}`);
      else if (packageName === 'core' && !isTest && typeOnly === undefined)
        checkLayer(file, inner[0] ?? '', target.split('/')[0] ?? '');
    } else if (
      packageName === 'core' &&
      !isTest &&
      (specifier.startsWith('node:') || builtinModules.includes(specifier))
    ) {
      problems.push(`${file}: the core is pure and may not import ${specifier}`);
    }
  }
  if (
    packageName === 'core' &&
    !isTest &&
    /\b(process\.|console\.|Date\.now\(|performance\.now\()/.test(
      text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'[^'\n]*'/gm, ''),
    )
  )
    problems.push(`${file}: the core has no process, console or clock; what it needs comes in through ports`);
}

function checkLayer(file: string, from: string, to: string): void {
  const fromLayer = CORE_LAYERS.indexOf(from);
  const toLayer = CORE_LAYERS.indexOf(to);
  if (fromLayer >= 0 && toLayer > fromLayer) problems.push(`${file}: ${from}/ is below ${to}/ and may not import it`);
}

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'boundaries: imports point one way' : `boundaries: ${problems.length} violations`);
process.exitCode = problems.length === 0 ? 0 : 1;
