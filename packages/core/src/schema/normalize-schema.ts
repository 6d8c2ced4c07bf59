import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { createDiscriminatorIndex } from './discriminator-branches.ts';
import { chooseKind } from './discriminator-choice.ts';
import { createDynamicScopes, type DynamicScope } from './dynamic-scope.ts';
import { NUMBER_FORMATS, STRING_FORMATS } from './formats/formats.ts';
import { createHiddenProperties } from './hidden-properties.ts';
import { isRule, shapeProblem } from './keyword-shapes.ts';
import { surveyKeyword } from './keyword-survey.ts';
import {
  copyNotes,
  createGraph,
  createNotes,
  type HiddenMark,
  type NormalizedGraph,
  placeNoter,
  type Schema,
} from './normalized-graph.ts';
import { type Direction, SchemaCompileError } from './schema-compiler.ts';
import { createDefinition, type Definition, refuseEndless } from './schema-definition.ts';
import { below, placeOf, type ReferenceResolver, referenceOf, whyUnresolved } from './schema-reference.ts';
import { translateDialect } from './translate-dialect.ts';

export interface NormalizeOptions {
  readonly direction: Direction;
  /** `ignore`: a request may set `readOnly` properties, which are then checked like any other. */
  readonly readOnlyProperties: 'refuse' | 'ignore';
}

/** Turns schemas of one document, in one direction, into self-contained JSON Schema 2020-12. What several share is normalized once. */
export interface SchemaNormalizer {
  /** Throws `SchemaCompileError` on a broken reference, a keyword with a value it cannot have, or a schema that refers to itself without an end. */
  normalize(source: SchemaSource): NormalizedGraph;
}

/** More schemas than this behind one reference come from a document that multiplies itself. */
const MAX_DEFINITIONS = 50_000;

/** What a schema means depends on the way that led to it. */
interface Context {
  /** Names that are not required, because they are hidden by a schema around this one. Sorted. */
  readonly omit: readonly string[];
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
  const definitions = new Map<string, Definition>();
  const byName = new Map<string, Definition>();
  const hidden = createHiddenProperties(document, options.direction);
  let kinds = createDiscriminatorIndex(document);
  const scopes = createDynamicScopes(document);
  const roots = new Map<string, NormalizedGraph>();
  let added: string[] = [];
  /** Definitions that are referred to and not yet normalized. A list, and not the call stack: a chain of references may be longer than that is deep. */
  let waiting: (() => void)[] = [];
  let count = 0;

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

  /** All or nothing: what was begun when a schema turns out to be broken is forgotten, so that the next one meets the same error. */
  function attempt(source: SchemaSource, scope: DynamicScope): Definition {
    added = [];
    waiting = [];
    const root = createDefinition('', source);
    try {
      root.schema = visit(source, { omit: [], scope, decided: false, inPlace: 0 }, root);
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
      return root;
    } catch (error) {
      for (const key of added) {
        byName.delete(definitions.get(key)?.name ?? '');
        definitions.delete(key);
      }
      // It may have stopped in the middle, and hold what was to be corrected.
      if (!(error instanceof DynamicScopeNeeded)) kinds = createDiscriminatorIndex(document);
      throw error;
    }
  }

  function assemble(root: Definition): NormalizedGraph {
    const reached = new Map<string, Definition>();
    const open = [...root.references];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const definition = byName.get(name);
      if (definition === undefined || reached.has(name)) continue;
      reached.set(name, definition);
      open.push(...definition.references);
    }
    refuseEndless(root, reached);
    const names = [...reached.keys()].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    const defs = Object.fromEntries(names.map((name) => [name, reached.get(name)?.schema ?? false]));
    const place = placeOf(root.source);
    const surveys = [root, ...reached.values()].map((definition) => definition.survey);
    if (typeof root.schema === 'boolean' || names.length === 0)
      return createGraph(root.schema, place, defs, notes, surveys);
    const schema = { ...root.schema, $defs: defs };
    copyNotes(notes, root.schema, schema);
    return createGraph(schema, place, defs, notes, surveys);
  }

  function visit(source: SchemaSource, context: Context, holder: Definition): Schema {
    const { node } = source;
    if (typeof node === 'boolean') return node;
    if (!isObject(node)) throw new SchemaCompileError(source, 'a schema is an object, true or false');
    const reference = referenceOf(node);
    if (reference !== null && source.dialect !== 'json-schema-2020-12')
      return refer(source, reference, context, holder, source);
    return visitObject(source, node, { ...context, scope: scopes.within(context.scope, source, node) }, holder);
  }

  function visitObject(source: SchemaSource, node: JsonObject, context: Context, holder: Definition): Schema {
    const { keywords, nullable, discriminator } = translateDialect(node, source.dialect);
    const out: Record<string, unknown> = {};
    notes.places.set(out, placeOf(source));
    const always = hidden.always(source);
    const omit = always.size === 0 ? context.omit : [...new Set([...context.omit, ...always])].sort();
    const here: Context = { omit, scope: context.scope, decided: false, inPlace: context.inPlace };
    const inside: Context = { omit: [], scope: context.scope, decided: false, inPlace: null };
    const within: Context = { ...here, inPlace: context.inPlace === null ? null : context.inPlace + 1 };
    // What it leaves to be evaluated is known only when they have been.
    const waits = node['unevaluatedProperties'] !== undefined || node['unevaluatedItems'] !== undefined;
    const beside = waits ? within : here;
    const list = (keyword: string, member: Context): Schema[] =>
      (keywords[keyword] as readonly JsonValue[]).map((item, i) =>
        visit(below(source, item, keyword, i), member, holder),
      );
    const map = (keyword: string, member: Context): Record<string, Schema> =>
      Object.fromEntries(
        Object.entries(keywords[keyword] as JsonObject).map(([name, item]) => [
          name,
          visit(below(source, item, keyword, name), member, holder),
        ]),
      );

    if (source.dialect === 'json-schema-2020-12') references(source, node, beside, holder, out);
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
              extended(source, below(source, item, keyword, i), beside, holder),
            ),
          );
          break;
        case 'oneOf':
        case 'anyOf':
          if (!context.decided) out[keyword] = list(keyword, within);
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
        case 'if':
        case 'then':
        case 'else':
          out[keyword] = visit(below(source, value, keyword), within, holder);
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
          const left = new Set(value as readonly string[]);
          for (const name of [...omit, ...hidden.anywhere(source)]) left.delete(name);
          if (left.size > 0) out[keyword] = [...left];
          break;
        }
        case 'format':
          if (STRING_FORMATS.has(value as string) || NUMBER_FORMATS.has(value as string)) out[keyword] = value;
          break;
        default:
          out[keyword] = value;
      }
    }
    if (Array.isArray(out['enum']) && out['enum'].length === 0) neverHolds(out);
    if (discriminator !== null && !context.decided) select(source, discriminator.property, within, holder, out);
    return nullable ? acceptNull(source, out) : out;
  }

  function references(
    source: SchemaSource,
    node: JsonObject,
    here: Context,
    holder: Definition,
    out: Record<string, unknown>,
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

  /** A member of `allOf`: the parent of a kind is checked without choosing a kind again. */
  function extended(source: SchemaSource, member: SchemaSource, here: Context, holder: Definition): Schema {
    const reference = referenceOf(member.node);
    if (
      reference === null ||
      (source.dialect === 'json-schema-2020-12' && Object.keys(member.node as JsonObject).length > 1)
    )
      return visit(member, here, holder);
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
    if (target === null)
      throw new SchemaCompileError(source, `"${reference}" ${whyUnresolved(document, source, reference)}`);
    return target;
  }

  function define(source: SchemaSource, target: SchemaSource, context: Context, holder: Definition): { $ref: string } {
    const scope = context.scope === null ? null : scopes.enter(context.scope, target);
    const key = JSON.stringify([placeOf(target), context.omit, scope?.map(placeOf) ?? null, context.decided]);
    let definition = definitions.get(key);
    if (definition === undefined) {
      if (definitions.size >= MAX_DEFINITIONS)
        throw new SchemaCompileError(source, 'the document has too many schemas');
      const made = createDefinition(`d${count++}`, target);
      // First, so that whatever happens from here on, it is forgotten with the others.
      added.push(key);
      definitions.set(key, made);
      byName.set(made.name, made);
      waiting.push(() => {
        made.schema = visit(target, { ...context, scope, inPlace: 0 }, made);
      });
      definition = made;
    }
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
    out: Record<string, unknown>,
  ): void {
    const mark: HiddenMark = options.direction === 'request' ? 'readOnly' : 'writeOnly';
    const ignore = mark === 'readOnly' && options.readOnlyProperties === 'ignore';
    const marks = new Map<string, HiddenMark>();
    const entries = Object.entries(value).map(([name, item]): [string, Schema] => {
      const property = below(source, item, 'properties', name);
      if (ignore || !hidden.isHidden(property)) return [name, visit(property, inside, holder)];
      marks.set(name, mark);
      return [name, false];
    });
    out['properties'] = Object.fromEntries(entries);
    if (marks.size === 0) return;
    notes.hidden.set(out, marks);
  }

  function select(
    source: SchemaSource,
    property: string,
    here: Context,
    holder: Definition,
    out: Record<string, unknown>,
  ): void {
    chooseKind(source, property, out, {
      kinds,
      notes,
      define: (branch) => define(source, branch, { ...here, decided: false }, holder),
    });
  }

  /** OpenAPI 3.0 `nullable`: see the decision note on why it also holds beside `allOf` and without `type`. */
  function acceptNull(source: SchemaSource, out: Record<string, unknown>): Schema {
    const { type, enum: values } = out;
    const isPlain = ['allOf', 'anyOf', 'oneOf', 'not'].every((keyword) => out[keyword] === undefined);
    if (!isPlain) return note(source, { anyOf: [note(source, { type: 'null' }, '/nullable'), out] });
    if (type !== undefined) out['type'] = [...new Set([...(Array.isArray(type) ? type : [type]), 'null'])];
    if (Array.isArray(values) && !values.includes(null)) out['enum'] = [...values, null];
    return out;
  }

  return { normalize };
}

/** An empty `enum` allows nothing; validators refuse to compile it. */
function neverHolds(out: Record<string, unknown>): void {
  delete out['enum'];
  out['allOf'] = [...((out['allOf'] as readonly Schema[] | undefined) ?? []), false];
}
