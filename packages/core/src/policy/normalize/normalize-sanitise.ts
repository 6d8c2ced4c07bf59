import type { Selectors } from '../data-selectors.ts';
import { normalizeSelectors } from './normalize-data.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { SanitisePolicy } from '../sanitise-policy.ts';
import type { sanitiseShape } from '../schema/schema-sanitise.ts';
import type { Read } from '../shape.ts';

/** Turns what is said of texts into the canonical form. */
export function normalizeSanitise(authored: Read<typeof sanitiseShape>, problems: PolicyProblems): SanitisePolicy {
  const texts = new Map<'html' | 'plain' | 'escaped', Selectors>();
  for (const kind of ['html', 'plain', 'escaped'] as const) {
    const selectors = authored.text[kind];
    if (selectors !== undefined) texts.set(kind, normalizeSelectors(selectors, `/sanitise/text/${kind}`, problems));
  }
  const { plain, answers, csv } = authored;
  const forbiddenSchemes = new Set(authored.forbiddenSchemes.map((scheme) => scheme.toLowerCase()));
  return { texts, plain, answers, forbiddenSchemes, csv };
}
