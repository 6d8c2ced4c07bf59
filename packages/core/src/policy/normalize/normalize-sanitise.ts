import { joinPointer } from '../../json/json-pointer.ts';
import type { Selectors } from '../data-selectors.ts';
import { normalizeSelectors } from './normalize-data.ts';
import type { Place } from '../place.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { SanitisePolicy } from '../sanitise-policy.ts';
import type { sanitiseShape } from '../schema/schema-sanitise.ts';
import type { Read } from '../shape.ts';

/** Turns what is said of texts into the canonical form. */
export function normalizeSanitise(
  authored: Read<typeof sanitiseShape>,
  source: PolicySource,
  problems: PolicyProblems,
): SanitisePolicy {
  const fields: { text: string; place: Place }[] = [];
  const texts = new Map<'html' | 'plain' | 'escaped', Selectors>();
  for (const kind of ['html', 'plain', 'escaped'] as const) {
    const selectors = authored.text[kind];
    if (selectors === undefined) continue;
    const pointer = `/sanitise/text/${kind}`;
    texts.set(kind, normalizeSelectors(selectors, pointer, problems));
    selectors.forEach((text, index) => void fields.push({ text, place: source.place(joinPointer(pointer, index)) }));
  }
  const { plain, answers, csv } = authored;
  const forbiddenSchemes = new Set(authored.forbiddenSchemes.map((scheme) => scheme.toLowerCase()));
  return { texts, fields, plain, answers, forbiddenSchemes, csv };
}
