import { foldCase } from '../../json/fold-case.ts';
import type { Selectors } from '../../policy/data-selectors.ts';
import type { Label } from './marks.ts';

/** Labels that the policy gives by name, and by place in a body. */
export interface NameRules {
  /** Labels of a property of this name, upper and lower case the same. The same object for names with the same labels, as far as `MAX_LISTS` goes. */
  ofName(name: string): readonly Label[];
  /** Labels that any name could have. */
  readonly named: readonly Label[];
  readonly pointers: readonly { readonly tokens: readonly string[]; readonly label: Label }[];
}

/** Lists of labels that are kept: more come up only where dozens of globs match in every combination. */
const MAX_LISTS = 1_000;
const NONE: readonly Label[] = Object.freeze([]);

export function createNameRules(rules: readonly { readonly label: Label; readonly selectors: Selectors }[]): NameRules {
  const exact = new Map<string, Label[]>();
  const globs: { readonly matches: (folded: string) => boolean; readonly label: Label }[] = [];
  const pointers: { tokens: readonly string[]; label: Label }[] = [];
  const named = new Set<Label>();
  /** By what is found of a name and the numbers of the globs that match it. */
  const lists = new Map<readonly Label[], Map<string, readonly Label[]>>();
  const together = (found: readonly Label[], matching: string, more: readonly Label[]): readonly Label[] => {
    const kept = lists.get(found) ?? new Map<string, readonly Label[]>();
    const known = kept.get(matching);
    if (known !== undefined) return known;
    const made = [...new Set([...found, ...more])];
    if (kept.size < MAX_LISTS) lists.set(found, kept.set(matching, made));
    return made;
  };
  for (const { label, selectors } of rules) {
    for (const name of selectors.names) {
      const labels = exact.get(name);
      if (labels === undefined) exact.set(name, [label]);
      else labels.push(label);
      named.add(label);
    }
    for (const glob of selectors.globs) {
      globs.push({ matches: compileGlob(glob), label });
      named.add(label);
    }
    for (const tokens of selectors.pointers) pointers.push({ tokens, label });
  }
  return {
    ofName(name) {
      if (named.size === 0) return NONE;
      const folded = foldCase(name);
      const found = exact.get(folded) ?? NONE;
      if (globs.length === 0) return found;
      let matching = '';
      for (const [i, { matches }] of globs.entries()) if (matches(folded)) matching += `${i},`;
      if (matching === '') return found;
      return together(
        found,
        matching,
        globs.filter(({ matches }) => matches(folded)).map(({ label }) => label),
      );
    },
    named: [...named],
    pointers,
  };
}

/** `*` stands for any characters, none too. Takes time linear in the name for each piece between stars: no regular expression, no backtracking. */
export function compileGlob(glob: string): (text: string) => boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}
