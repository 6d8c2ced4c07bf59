import type { ThreatCategory } from '../../../policy/threat-policy.ts';

/** A piece of syntax that is looked for where a word or a sign stands that it begins with. */
export interface Shape {
  readonly category: ThreatCategory;
  /** Words of letters and `_`, or single signs. */
  readonly triggers: readonly string[];
  /** Sticky, over text in lower case, from the trigger's first character. Every repetition is bounded, so that a text costs linear time. */
  readonly pattern: RegExp;
  readonly score: number;
  readonly feature: string;
  /** True where the pattern cannot match in a text without an equals sign. */
  readonly assigns: boolean;
  /** True where it counts only inside of an expression of a template that was opened shortly before. */
  readonly inside: boolean;
}

/** Makes the shapes of a category: triggers, pattern, score, feature, and what else it needs: `=` where the pattern cannot do without that sign. `~` in a pattern is up to sixteen blanks, `~~` at least one. */
export function shapes(
  category: ThreatCategory,
  rows: readonly (readonly [string, string, number, string, ('=' | 'inside')?])[],
): readonly Shape[] {
  return rows.map(([triggers, source, score, feature, needs]) => ({
    category,
    triggers: triggers.split(' '),
    pattern: new RegExp(source.replaceAll('~~', '[\\s+]{1,16}').replaceAll('~', '[\\s+]{0,16}'), 'y'),
    score,
    feature,
    assigns: needs === '=',
    inside: needs === 'inside',
  }));
}
