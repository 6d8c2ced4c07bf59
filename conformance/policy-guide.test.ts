import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePlan, createMemoryReader, loadDocument, parsePolicy } from '@sallyport/core';
import { cedarLanguage } from '@sallyport/gateway';

/** What the guide says about policies, held against the document of the example bank. */
const ROOT = resolve(import.meta.dirname, '..');
const GUIDE = readFileSync(resolve(ROOT, 'docs/guide/policies.md'), 'utf8');
const CEDAR = [...GUIDE.matchAll(/^```cedar\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

describe('docs/guide/policies.md', () => {
  it('shows policies that the bank takes, without a warning about them', () => {
    const yaml = readFileSync(resolve(ROOT, 'examples/bank/sallyport.yaml'), 'utf8');
    const document = loadDocument(
      createMemoryReader({ 'openapi.yaml': readFileSync(resolve(ROOT, 'examples/bank/openapi.yaml'), 'utf8') }),
      'openapi.yaml',
    );
    const policy = parsePolicy(
      {
        file: 'sallyport.yaml',
        text: `${yaml}\nauthorization: { policies: { files: policies/, claims: { tenant: String } } }\n`,
      },
      { environment: () => undefined, readFile: () => '' },
    );
    const files = CEDAR.map((text, index) => ({ file: `${index}.cedar`, text }));
    expect(files).toHaveLength(1);
    const plan = compilePlan(document, policy, { policies: { files, language: cedarLanguage() } });
    expect(plan.policySet?.policies.map(({ id }) => id)).toContain('large-transfers-by-day');
    expect(plan.warnings.filter(({ code }) => code !== 'CEDAR_OPERATION_CLOSED')).toEqual([]);
  });
});
