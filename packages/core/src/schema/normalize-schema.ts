import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { acceptNull, addMembers, demandedRules, neverHolds, type SchemaDraft } from './added-rules.ts';
import { createAlternativeRules } from './alternative-rules.ts';
import { createDefinitionTable } from './definition-table.ts';
import { createDiscriminatorIndex, type KindChoice } from './discriminator-branches.ts';
import { type BranchesOf, chooseKind, createBranchesOf } from './discriminator-choice.ts';
import { createDynamicScopes, type DynamicScope } from './dynamic-scope.ts';
import { createOtherKinds } from './other-kinds.ts';
import { NUMBER_FORMATS, STRING_FORMATS } from './formats/formats.ts';
import { createHiddenProperties } from './hidden-properties.ts';
import { isRule, shapeProblem } from './keyword-shapes.ts';
import { surveyKeyword } from './keyword-survey.ts';
import {
  type ContentCheck,
  copyNotes,
  createGraph,
  createNotes,
  type HiddenMark,
  type NormalizedGraph,
  placeNoter,
  type Schema,
} from './normalized-graph.ts';
import {
  type Asking,
  ASKING_WHAT_IS_SHOWN,
  createAskingKeys,
  createRequiredNames,
  insideOf,
} from './required-names.ts';
import { type Direction, SchemaCompileError } from './schema-compiler.ts';
import { type Definition, refuseEndless } from './schema-definition.ts';
import { below, placeOf, type ReferenceResolver, referenceOf, unresolved } from './schema-reference.ts';
import { jsonEncodingOf } from './text-content.ts';
import { translateDialect } from './translate-dialect.ts';

export interface NormalizeOptions {
  readonly direction: Direction;
  /** `ignore`: a request may set `readOnly` properties, which are then checked like any other. */
  readonly readOnlyProperties: 'refuse' | 'ignore';
  /** Null where what is in a text is not checked. */
  readonly contents?: ContentCheck | null;
}

/** Turns schemas of one document, in one direction, into self-contained JSON Schema 2020-12. What several share is normalized once. */
export interface SchemaNormalizer {
  /** Throws `SchemaCompileError` on a broken reference, a keyword with a value it cannot have, or a schema that refers to itself without an end. */
  normalize(source: SchemaSource): NormalizedGraph;
  /** Each `contentSchema` met so far, by what the normalized schema calls it. They are normalized by whoever needs them: to all others they are annotations. */
  readonly contents: ReadonlyMap<string, SchemaSource>;
}

/** What a schema means depends on the way that led to it. */
interface Context {
  readonly asking: Asking;
  /** True where the schema around this one looks at the same value, and holds only if this one does. */
  readonly isMember: boolean;
  readonly scope: DynamicScope;
  /** True for a parent reached from one of its own kinds: which kind it is has been decided. */
  readonly decided: boolean;
  /** How many schemas apply to the value within each other, counted from the definition's root as `refuseEndless` does; null where the value is another. */
  readonly inPlace: number | null;
}

class DynamicScopeNeeded extends Error {}

export function createSchemaNormalizer(document: ReferenceResolver, options: NormalizeOptions): SchemaNormalizer {
  const notes = createNotes();
  const note = placeNoter(notes);
  const definitions = createDefinitionTable();
  const kinds = createDiscriminatorIndex(document);
  const hidden = createHiddenProperties(document, options.direction, kinds);
  const requiredNames = createRequiredNames(document, hidden);
  const ignoresHidden = options.direction === 'request' && options.readOnlyProperties === 'ignore';
  const branchesOf: BranchesOf = ignoresHidden ? kinds.branches : createBranchesOf(kinds, hidden);
  const alternatives = createAlternativeRules(requiredNames, branchesOf, note);
  const allowsOthers = createOtherKinds(document);
  const keyOfAsking = createAskingKeys();
  const scopes = createDynamicScopes(document);
  const roots = new Map<string, NormalizedGraph>();
  const contents = new Map<string, SchemaSource>();
  const contentCheck = options.contents ?? null;

  function normalize(source: SchemaSource): NormalizedGraph {
    const known = roots.get(placeOf(source));
    if (known !== undefined) return known;
    let root: Definition;
    try {
      root = attempt(source, null);
    } catch (error) {
      if (!(error instanceof DynamicScopeNeeded)) throw error;
      root = attempt(source, scopes.enter([], source));
    }
    const graph = assemble(root);
    roots.set(placeOf(source), graph);
    return graph;
  }

  function attempt(source: SchemaSource, scope: DynamicScope): Definition {
    const context = { asking: ASKING_WHAT_IS_SHOWN, isMember: false, scope, decided: false, inPlace: 0 };
    return definitions.begin(source, (root) => visit(source, context, root));
  }

  function assemble(root: Definition): NormalizedGraph {
    const reached = definitions.reachedFrom(root);
    refuseEndless(root, reached);
    const defs = Object.fromEntries([...reached].map(([name, definition]) => [name, definition.schema]));
    const place = placeOf(root.source);
    const surveys = [root, ...reached.values()].map((definition) => definition.survey);
    if (typeof root.schema === 'boolean' || reached.size === 0)
      return createGraph(root.schema, place, defs, notes, surveys, contentCheck);
    const schema = { ...root.schema, $defs: defs };
    copyNotes(notes, root.schema, schema);
    return createGraph(schema, place, defs, notes, surveys, contentCheck);
  }

  function visit(source: SchemaSource, context: Context, holder: Definition): Schema {
    const { node } = source;
    if (typeof node === 'boolean') {
      const rules = node ? demandedRules(context.asking.demands, notes) : [];
      return rules.length === 0 ? node : note(source, { allOf: rules });
    }
    if (!isObject(node)) throw new SchemaCompileError(source, 'a schema is an object, true or false');
    const reference = referenceOf(node);
    if (reference !== null && source.dialect !== 'json-schema-2020-12')
      return refer(source, reference, context, holder, source);
    return visitObject(source, node, { ...context, scope: scopes.within(context.scope, source, node) }, holder);
  }

  function visitObject(source: SchemaSource, node: JsonObject, context: Context, holder: Definition): Schema {
    const { keywords, nullable, discriminator } = translateDialect(node, source.dialect);
    const out: SchemaDraft = {};
    notes.places.set(out, placeOf(source));
    // What it leaves to be evaluated is known only when they have been.
    const waits = node['unevaluatedProperties'] !== undefined || node['unevaluatedItems'] !== undefined;
    // Two ways would each declare members for the other.
    const asking = waits ? { ...context.asking, isOpen: false } : context.asking;
    const asks = requiredNames.at({ ...source, decided: context.decided }, asking, context.isMember);
    const here: Context = { ...context, asking: asks.asking, isMember: false, decided: false };
    const { isOpen } = context.asking;
    const inside: Context = { ...here, asking: insideOf({ ...asks.asking, isOpen }), inPlace: null };
    const deeper = (levels: number): Context => ({
      ...here,
      inPlace: context.inPlace === null ? null : context.inPlace + levels,
    });
    const within = deeper(1);
    const look = (schema: SchemaSource, asking: Asking, levels: number): Schema =>
      visit(schema, { ...deeper(levels), asking }, holder);
    const member = (part: string): Context => ({ ...(waits ? within : here), asking: asks.of(part), isMember: true });
    // Alternatives that are no kinds of it still hold for each of its kinds.
    const isDecided = (choice: KindChoice): boolean => context.decided && kinds.offersKinds(source, choice);
    const list = (keyword: string, context: Context): Schema[] =>
      (keywords[keyword] as readonly JsonValue[]).map((item, i) =>
        visit(below(source, item, keyword, i), context, holder),
      );
    const map = (keyword: string, context: Context): Record<string, Schema> =>
      Object.fromEntries(
        Object.entries(keywords[keyword] as JsonObject).map(([name, item]) => [
          name,
          visit(below(source, item, keyword, name), context, holder),
        ]),
      );

    if (jsonEncodingOf(keywords) !== null) content(source, keywords['contentSchema'], holder, out);
    if (source.dialect === 'json-schema-2020-12') references(source, node, member('$ref'), holder, out);
    for (const [keyword, value] of Object.entries(keywords)) {
      // They assert nothing, and tell what a part of a multipart body is.
      if ((keyword === 'contentMediaType' || keyword === 'contentEncoding') && typeof value === 'string')
        out[keyword] = value;
      if (!isRule(keyword)) continue;
      const problem = shapeProblem(keyword, value);
      if (problem !== null) throw new SchemaCompileError(source, problem);
      surveyKeyword(holder.survey, keyword, value);
      switch (keyword) {
        case 'allOf':
          // Behind a `$dynamicRef` that stands beside a `$ref`, which is one as well.
          out[keyword] = ((out[keyword] ?? []) as unknown[]).concat(
            (value as readonly JsonValue[]).map((item, i) =>
              extended(source, below(source, item, keyword, i), member(`allOf/${i}`), holder, context.decided),
            ),
          );
          break;
        case 'oneOf':
        case 'anyOf':
          if (!isDecided(keyword)) alternatives.branches(source, keyword, asks.of(keyword), out, look);
          break;
        case 'prefixItems':
          out[keyword] = list(keyword, inside);
          break;
        case 'properties':
          if (Object.keys(value as JsonObject).length > 0) properties(source, value as JsonObject, inside, holder, out);
          break;
        case 'patternProperties':
          out[keyword] = map(keyword, inside);
          break;
        case 'dependentSchemas':
          out[keyword] = map(keyword, within);
          break;
        case 'not':
          alternatives.negation(source, below(source, value, keyword), asks.of('not'), out, look);
          break;
        case 'if':
          alternatives.condition(source, keywords, asks.of('condition'), out, look);
          break;
        case 'then':
        case 'else':
          // With the `if`; without one they say nothing, but what is broken in them is still told.
          if (keywords['if'] === undefined) out[keyword] = visit(below(source, value, keyword), within, holder);
          break;
        case 'items':
        case 'contains':
        case 'additionalProperties':
        case 'propertyNames':
        case 'unevaluatedItems':
        case 'unevaluatedProperties':
          out[keyword] = visit(below(source, value, keyword), inside, holder);
          break;
        case 'required': {
          const left = asks.left(value as readonly string[]);
          if (left.length > 0) out[keyword] = left;
          break;
        }
        case 'dependentRequired':
          out[keyword] = Object.fromEntries(
            Object.entries(value as JsonObject).map(([name, list]) => [name, asks.left(list as readonly string[])]),
          );
          break;
        case 'format':
          if (STRING_FORMATS.has(value as string) || NUMBER_FORMATS.has(value as string)) out[keyword] = value;
          break;
        default:
          out[keyword] = value;
      }
    }
    if (Array.isArray(out['enum']) && out['enum'].length === 0) neverHolds(out);
    addMembers(out, demandedRules(asks.demands, notes));
    if (discriminator !== null && !isDecided('discriminator'))
      select(source, discriminator.property, { ...within, asking: asks.of('discriminator') }, holder, out);
    return nullable ? acceptNull(source, out, note) : out;
  }

  function references(
    source: SchemaSource,
    node: JsonObject,
    here: Context,
    holder: Definition,
    out: SchemaDraft,
  ): void {
    const reference = referenceOf(node);
    if (reference !== null) Object.assign(out, refer(source, reference, here, holder, source));
    const dynamic = Object.hasOwn(node, '$dynamicRef') ? node['$dynamicRef'] : undefined;
    if (typeof dynamic !== 'string') return;
    if (here.scope === null) throw new DynamicScopeNeeded();
    const dynamicTarget = scopes.target(here.scope, dynamic, resolve(source, dynamic));
    const target = define(source, dynamicTarget, here, holder);
    if (out['$ref'] === undefined) out['$ref'] = target.$ref;
    else out['allOf'] = [target];
  }

  /** Beside a media type that is not JSON, or none, it says nothing (2020-12 validation, 8.5), and so it does where it is no schema. */
  function content(source: SchemaSource, value: JsonValue | undefined, holder: Definition, out: SchemaDraft): void {
    holder.survey.content = true;
    if (!isObject(value) && value !== false) return;
    const schema = below(source, value, 'contentSchema');
    contents.set(placeOf(schema), schema);
    holder.survey.contentSchemas.add(placeOf(schema));
    out['contentSchema'] = { $ref: placeOf(schema) };
  }

  /** A member of `allOf`: the parent of a kind, and what it is made of, is checked without choosing a kind again. */
  function extended(
    source: SchemaSource,
    member: SchemaSource,
    here: Context,
    holder: Definition,
    decided: boolean,
  ): Schema {
    const reference = referenceOf(member.node);
    if (
      reference === null ||
      (source.dialect === 'json-schema-2020-12' && Object.keys(member.node as JsonObject).length > 1)
    )
      return visit(member, { ...here, decided }, holder);
    return refer(member, reference, here, holder, source);
  }

  function refer(
    source: SchemaSource,
    reference: string,
    context: Context,
    holder: Definition,
    child: SchemaSource,
  ): { $ref: string } {
    const target = resolve(source, reference);
    return define(source, target, { ...context, decided: context.decided || kinds.isKindOf(child, target) }, holder);
  }

  function resolve(source: SchemaSource, reference: string): SchemaSource {
    const target = document.resolveSchema(source, reference);
    if (target === null) throw unresolved(document, source, reference);
    return target;
  }

  function define(source: SchemaSource, target: SchemaSource, context: Context, holder: Definition): { $ref: string } {
    const scope = context.scope === null ? null : scopes.enter(context.scope, target);
    const key = JSON.stringify([
      placeOf(target),
      keyOfAsking(context.asking),
      scope?.map(placeOf) ?? null,
      context.decided,
    ]);
    const definition = definitions.refer(key, source, target, (made) =>
      visit(target, { ...context, scope, inPlace: 0 }, made),
    );
    holder.references.add(definition.name);
    if (context.inPlace !== null)
      holder.inPlace.set(definition.name, Math.max(context.inPlace, holder.inPlace.get(definition.name) ?? 0));
    return note(source, { $ref: `#/$defs/${definition.name}` });
  }

  function properties(
    source: SchemaSource,
    value: JsonObject,
    inside: Context,
    holder: Definition,
    out: SchemaDraft,
  ): void {
    const mark: HiddenMark = options.direction === 'request' ? 'readOnly' : 'writeOnly';
    const marks = new Map<string, HiddenMark>();
    const entries = Object.entries(value).map(([name, item]): [string, Schema] => {
      const property = below(source, item, 'properties', name);
      if (ignoresHidden || !hidden.isHidden(property)) return [name, visit(property, inside, holder)];
      marks.set(name, mark);
      return [name, false];
    });
    out['properties'] = Object.fromEntries(entries);
    if (marks.size === 0) return;
    notes.hidden.set(out, marks);
  }

  function select(source: SchemaSource, property: string, here: Context, holder: Definition, out: SchemaDraft): void {
    chooseKind(source, property, out, {
      kinds,
      branches: (keyword) => branchesOf(source, keyword, here.asking),
      notes,
      define: (branch) => define(source, branch, here, holder),
      ownRules: demandedRules(here.asking.demands, notes),
      allowsOthers,
    });
  }

  return { normalize, contents };
}
