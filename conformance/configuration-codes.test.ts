import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, CEDAR_CODES, DOCUMENT_CODES, PLAN_CODES, POLICY_CODES } from '@sallyport/core';
import { START_CODES } from '@sallyport/gateway';

const ROOT = resolve(import.meta.dirname, '..');
const TABLES = [DOCUMENT_CODES, POLICY_CODES, CEDAR_CODES, PLAN_CODES, START_CODES];
const LISTED = new Set(TABLES.flatMap((table) => Object.keys(table)));
/** Texts of the same form that are no codes of ours: cipher suites, and what a denial begins with. */
const OTHERS = /^TLS_(?:AES|CHACHA20)_|^AUTHN_DPOP_PROOF$/;

/** Where each text stands that has the form of a code, in the sources of the product. */
function codesInSources(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.test\.ts$|\/testing\/|-codes\.ts$/.test(file),
  );
  for (const file of files)
    for (const [, code = ''] of readFileSync(resolve(ROOT, file), 'utf8').matchAll(/'([A-Z]+(?:_[A-Z0-9]+)+)'/g))
      found.set(code, [...(found.get(code) ?? []), file]);
  return found;
}

describe('codes of problems of configuration', () => {
  const used = codesInSources();

  it('every one that can be reported is in the reference', () => {
    const areas = new Set([...LISTED].map((code) => code.split('_')[0]));
    const unknown = [...used]
      .filter(([code]) => areas.has(code.split('_')[0]) && !LISTED.has(code) && !Object.hasOwn(CATALOGUE, code))
      .filter(([code]) => !OTHERS.test(code));
    expect(unknown).toEqual([]);
  });

  it('none stands in the reference that is never reported', () => {
    expect([...LISTED].filter((code) => !used.has(code))).toEqual([]);
  });

  it('none stands in two tables, or means a denial as well', () => {
    const all = TABLES.flatMap((table) => Object.keys(table));
    expect(all.filter((code, index) => all.indexOf(code) !== index || Object.hasOwn(CATALOGUE, code))).toEqual([]);
  });
});
