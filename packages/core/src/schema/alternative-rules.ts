import type { JsonObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { addMembers, type SchemaDraft } from './added-rules.ts';
import type { BranchesOf } from './discriminator-choice.ts';
import { shapeProblem } from './keyword-shapes.ts';
import type { NotePlace, Schema } from './normalized-graph.ts';
import { type Asking, bothWays, negationOf, type RequiredNames, withoutHidden } from './required-names.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { below, listedSchemas } from './schema-reference.ts';

/** Normalizes a schema that looks at the same value, `levels` schemas deeper. */
type Look = (schema: SchemaSource, asking: Asking, levels: number) => Schema;

/** Writes the rules in which one schema holds because another does not; what is hidden must not decide between them. */
export interface AlternativeRules {
  branches(source: SchemaSource, keyword: 'oneOf' | 'anyOf', asking: Asking, out: SchemaDraft, look: Look): void;
  negation(source: SchemaSource, negated: SchemaSource, asking: Asking, out: SchemaDraft, look: Look): void;
  /** `if`, `then` and `else`. */
  condition(source: SchemaSource, keywords: JsonObject, asking: Asking, out: SchemaDraft, look: Look): void;
}

export function createAlternativeRules(
  requiredNames: RequiredNames,
  branchesOf: BranchesOf,
  note: NotePlace,
): AlternativeRules {
  /** They hold for the value with what is hidden, or for the value without it. */
  function eitherWay(
    source: SchemaSource,
    keyword: string,
    ways: readonly Asking[],
    out: SchemaDraft,
    rules: (way: Asking, levels: number, hasHidden: boolean) => SchemaDraft,
  ): void {
    const anyOf = ways.map((way, i) => note(source, rules(way, 2, i === 0)));
    addMembers(out, [note(source, { anyOf }, `/${keyword}`)]);
  }

  /** Where what is hidden may decide between alternatives, each way in which it may. */
  function waysOf(source: SchemaSource, branches: readonly SchemaSource[], asking: Asking): readonly Asking[] {
    const isAround = requiredNames.dependsOnHidden(branches, asking);
    const isOwn = requiredNames.dependsOnOwnHidden(branches, asking);
    // Where a discriminator chooses, no other branch stands in the way.
    if ((!isAround && !isOwn) || branchesOf(source, 'oneOf', asking) !== null) return [];
    const [having, lacking] = bothWays(asking);
    return [having, ...(isAround ? [lacking] : []), ...(isOwn ? [withoutHidden(asking)] : [])];
  }

  return {
    branches(source, keyword, asking, out, look) {
      const branches = listedSchemas(source, keyword);
      const rules = (way: Asking, levels: number): SchemaDraft => ({
        [keyword]: branches.map((branch) => look(branch, way, levels)),
      });
      const ways = keyword === 'oneOf' ? waysOf(source, branches, asking) : [];
      if (ways.length > 1) eitherWay(source, keyword, ways, out, rules);
      else Object.assign(out, rules(asking, 1));
    },

    negation(source, negated, asking, out, look) {
      const rules = (way: Asking, levels: number): SchemaDraft => ({ not: look(negated, negationOf(way), levels) });
      if (requiredNames.isUnsure(negated, asking)) eitherWay(source, 'not', bothWays(asking), out, rules);
      else Object.assign(out, rules(asking, 1));
    },

    condition(source, keywords, asking, out, look) {
      const rules = (way: Asking, levels: number, hasHidden: boolean): SchemaDraft =>
        Object.fromEntries(
          ['if', 'then', 'else'].flatMap((keyword) => {
            const value = keywords[keyword];
            if (value === undefined) return [];
            const problem = shapeProblem(keyword, value);
            if (problem !== null) throw new SchemaCompileError(source, problem);
            const own = keyword === 'if' ? { ...way, hasHidden } : way;
            return [[keyword, look(below(source, value, keyword), own, levels)]];
          }),
        );
      if (requiredNames.isUnsure(below(source, keywords['if'] ?? true, 'if'), asking, true))
        eitherWay(source, 'if', bothWays(asking), out, rules);
      else Object.assign(out, rules(asking, 1, asking.hasHidden));
    },
  };
}
