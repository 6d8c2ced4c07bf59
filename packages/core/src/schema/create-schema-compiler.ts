import { BYTE_FORMATS } from '../json/byte-formats.ts';
import type { ByteTest } from '../json/byte-test.ts';
import { compileWalker } from '../json/compile-walker.ts';
import { WalkFunctions } from '../json/walk-functions.ts';
import { type JsonParseResult, parseJson } from '../json/parse-json.ts';
import type { JsonScanProblem } from '../json/scan-json.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { createValidatorCompiler, type ValidatorCompiler } from './ajv-engine.ts';
import { createBodyCheck } from './body-check.ts';
import { type CaseVariantCheck, compileCaseVariants } from './case-variants.ts';
import { createContentCheck } from './check-content.ts';
import { compileErrorOf } from './compile-error-of.ts';
import { evaluateSchema } from './evaluate-schema.ts';
import { explain, withinBudget } from './explain.ts';
import { STRING_FORMATS } from './formats/formats.ts';
import { isTooLargeToGenerate } from './generated-size.ts';
import { hasTooManyWays } from './generated-ways.ts';
import { createSchemaNormalizer, type SchemaNormalizer } from './normalize-schema.ts';
import type { ContentCheck, NormalizedGraph, SchemaNode } from './normalized-graph.ts';
import { compileBytePattern } from './pattern/byte-pattern.ts';
import { compilePattern, type LinearPattern } from './pattern/linear-pattern.ts';
import type {
  Direction,
  JsonBodyCheck,
  JsonBodyResult,
  JsonBounds,
  SchemaCompiler,
  SchemaIssue,
  UndeclaredMembers,
  ValueCheck,
} from './schema-compiler.ts';
import { placeOf, type ReferenceResolver } from './schema-reference.ts';

export interface SchemaCompilerOptions {
  /** Whether requests may set `readOnly` properties; `ignore` checks them like any other. Default `refuse`. */
  readonly readOnlyProperties?: 'refuse' | 'ignore';
  /** Whether requests may have members that differ from declared ones in case only, where undeclared members are allowed. Default `pass`. */
  readonly caseVariants?: 'refuse' | 'pass';
  /** Within which bounds texts are held to be the JSON that `contentMediaType` and `contentSchema` say, by direction; absent: to them, they are annotations. */
  readonly contents?: { readonly request: JsonBounds | null; readonly response: JsonBounds | null };
  /** Issues told about one value. Default 20. */
  readonly maxIssues?: number;
  /** False leaves the fast path over bytes out: for tests that compare both. Default true. */
  readonly walkers?: boolean;
}

/** A pattern that is slow or bounded, and where it was found. */
export interface PatternWarning {
  readonly pattern: string;
  readonly engine: LinearPattern['engine'];
  readonly message: string;
}

/** `maxSteps` bounds an evaluation; generated code takes none. */
type Validator = (value: unknown, maxSteps?: number) => boolean;

/** A schema compiler that can also tell what an operator should know of what it compiled. */
export interface DocumentSchemaCompiler extends SchemaCompiler {
  /** Each pattern compiled so far that does not run at full speed, or on long texts not at all. */
  patternWarnings(): readonly PatternWarning[];
}

/**
 * Makes the schema compiler of one document. What it compiles is kept by place, direction and options for as long as it lives, so its
 * size is bounded by the document and never by traffic.
 */
export function createSchemaCompiler(
  document: ReferenceResolver,
  options: SchemaCompilerOptions = {},
): DocumentSchemaCompiler {
  const {
    readOnlyProperties = 'refuse',
    caseVariants = 'pass',
    contents = { request: null, response: null },
    maxIssues = 20,
    walkers = true,
  } = options;
  const contentChecks = { request: contentCheckOf('request'), response: contentCheckOf('response') };
  const normalizers = { request: normalizerOf('request'), response: normalizerOf('response') };
  const patterns = new Map<string, LinearPattern>();
  const pattern = (source: string): LinearPattern => {
    const known = patterns.get(source) ?? compilePattern(source);
    patterns.set(source, known);
    return known;
  };
  const byteTests = new Map<string, ByteTest | null>();
  const bytePattern = (source: string): ByteTest | null => {
    const known = byteTests.get(source);
    if (known !== undefined) return known;
    const test = compileBytePattern(source);
    byteTests.set(source, test);
    return test;
  };
  /** By what checks contents. */
  const validatorCompilers = new Map<ContentCheck | null, ValidatorCompiler>();
  const validators = new WeakMap<NormalizedGraph, Validator>();
  // Normalized schemas of one direction are none of the other, and their names lead to the same ones wherever they stand.
  const walkFunctions = new WalkFunctions();
  const values = new Map<string, ValueCheck>();
  const bodies = new Map<string, JsonBodyCheck>();

  function normalizerOf(direction: Direction): SchemaNormalizer {
    return createSchemaNormalizer(document, { direction, readOnlyProperties, contents: contentChecks[direction] });
  }

  function validatorCompilerOf({ contents: check }: NormalizedGraph): ValidatorCompiler {
    const known = validatorCompilers.get(check) ?? createValidatorCompiler(pattern, check);
    validatorCompilers.set(check, known);
    return known;
  }

  function contentCheckOf(direction: Direction): ContentCheck | null {
    const bounds = contents[direction];
    if (bounds === null) return null;
    const compile = (source: SchemaSource): JsonBodyCheck => json(source, direction, 'as-declared', bounds);
    return createContentCheck({ bounds, sourceOf: content, compile });
  }

  function content({ contentSchema }: SchemaNode): SchemaSource | null {
    const { $ref } = (contentSchema ?? {}) as SchemaNode;
    if (typeof $ref !== 'string') return null;
    return normalizers.request.contents.get($ref) ?? normalizers.response.contents.get($ref) ?? null;
  }

  /** Where compiling a schema throws anything, it is told which. */
  function about<T>(source: SchemaSource, compile: () => T): T {
    try {
      return compile();
    } catch (error) {
      throw compileErrorOf(error, source);
    }
  }

  function graphOf(source: SchemaSource, direction: Direction): NormalizedGraph {
    const { normalize, contents: schemas } = normalizers[direction];
    const graph = normalize(source);
    // Now, so that `patternWarnings` knows of them before any traffic. What is checked of contents as well, and so is whether it can be compiled.
    const graphs = new Set([graph]);
    for (const { patterns: expressions, contents: check, contentSchemas } of graphs) {
      for (const expression of expressions) pattern(expression);
      for (const place of check === null ? [] : contentSchemas) {
        const inner = schemas.get(place);
        if (inner !== undefined) graphs.add(normalize(inner));
      }
    }
    return graph;
  }

  function validatorOf(graph: NormalizedGraph): Validator {
    const known = validators.get(graph);
    if (known !== undefined) return known;
    const { schema, needsEvaluation } = graph;
    const validate =
      needsEvaluation || isTooLargeToGenerate(schema) || hasTooManyWays(schema) ? evaluated(graph) : generated(graph);
    validators.set(graph, validate);
    return validate;
  }

  /** The generator, and what it makes, go deeper than the call stack may be where schemas nest: the evaluation then says what they would have said. */
  function generated(graph: NormalizedGraph): Validator {
    const evaluate = evaluated(graph);
    let validate: Validator;
    try {
      validate = validatorCompilerOf(graph)(graph.schema);
    } catch {
      // Mostly it is a client's call that it is generated for, which has nothing to do with how the document is made.
      return evaluate;
    }
    return (value, maxSteps) => {
      try {
        return validate(value);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return evaluate(value, maxSteps);
      }
    };
  }

  function evaluated(graph: NormalizedGraph): Validator {
    return (value, maxSteps) =>
      evaluateSchema(value, {
        graph,
        pattern,
        maxIssues: 0,
        dropping: false,
        ...(maxSteps === undefined ? {} : { maxSteps }),
      }).valid;
  }

  /** The validator, generated when its first value comes; problems of the document were found before. */
  function lazily(graph: NormalizedGraph): Validator {
    let validate: Validator | null = null;
    return (value, maxSteps) => {
      validate ??= validatorOf(graph);
      return validate(value, maxSteps);
    };
  }

  function variantsOf(graph: NormalizedGraph, direction: Direction): CaseVariantCheck | null {
    return direction === 'request' && caseVariants === 'refuse'
      ? compileCaseVariants({ graph, pattern, maxIssues })
      : null;
  }

  function kept<T>(cache: Map<string, T>, source: SchemaSource, key: readonly unknown[], make: () => T): T {
    const name = JSON.stringify([placeOf(source), ...key]);
    const known = cache.get(name);
    if (known !== undefined) return known;
    const made = about(source, make);
    cache.set(name, made);
    return made;
  }

  function json(
    source: SchemaSource,
    direction: Direction,
    undeclared: UndeclaredMembers,
    bounds: JsonBounds,
  ): JsonBodyCheck {
    return kept(bodies, source, [direction, undeclared, bounds.maxDepth, bounds.maxKeys], () => {
      const graph = graphOf(source, direction);
      const variants = variantsOf(graph, direction);
      // Walkers do not look into texts.
      const walk =
        walkers && graph.contents === null
          ? walkerOf(graph, undeclared, bounds, pattern, bytePattern, variants !== null, walkFunctions)
          : null;
      // Behind a walker the slow path is rare, and generated code costs up to hundreds of milliseconds and a megabyte a schema.
      const validate = walk === null ? lazily(graph) : evaluated(graph);
      const checkValue = createBodyCheck({ graph, pattern, maxIssues, undeclared, validate, caseVariants: variants });
      const check = (bytes: Uint8Array, parsed: JsonParseResult): JsonBodyResult =>
        parsed.ok ? checkValue(bytes, parsed.value) : { ok: false, issues: [issueOfText(parsed.problem, graph)] };
      return (bytes) => {
        const walked = walk === null ? null : walk(bytes);
        if (walked === bytes) return { ok: true, bytes, dropped: [] };
        // What is left has to be valid as well: without a member, another branch may hold or too few members be left.
        if (walked !== null && walk?.(walked) === walked)
          return new StrippedBody(walked, () => check(bytes, parseJson(bytes, bounds)));
        return check(bytes, parseJson(bytes, bounds));
      };
    });
  }

  return {
    normalized: (source, direction) => about(source, () => graphOf(source, direction)),
    value: (source, direction) =>
      kept(values, source, [direction], () => {
        const graph = graphOf(source, direction);
        const validate = lazily(graph);
        const told = { graph, pattern, maxIssues };
        const variants = variantsOf(graph, direction);
        return (value) =>
          withinBudget(
            graph,
            () => (validate(value) ? (variants?.(value) ?? null) : explain(value, told)),
            (issues): readonly SchemaIssue[] | null => issues,
          );
      }),
    json,
    content,
    patternWarnings: () =>
      [...patterns.values()].flatMap(({ source, engine, warning }) =>
        warning === null ? [] : [{ pattern: source, engine, message: warning }],
      ),
  };
}

function walkerOf(
  graph: NormalizedGraph,
  undeclared: UndeclaredMembers,
  bounds: JsonBounds,
  pattern: (source: string) => LinearPattern,
  bytePattern: (source: string) => ByteTest | null,
  caseVariants: boolean,
  functions: WalkFunctions,
): ReturnType<typeof compileWalker> {
  const test = (source: string): ((text: string) => boolean) => {
    const compiled = pattern(source);
    return (text) => compiled.test(text);
  };
  return compileWalker(graph.schema, {
    undeclared,
    bounds,
    formats: STRING_FORMATS,
    pattern: test,
    byteFormats: BYTE_FORMATS,
    bytePattern,
    caseVariants,
    functions,
  });
}

function issueOfText(problem: JsonScanProblem, graph: NormalizedGraph): SchemaIssue {
  return { pointer: problem.pointer, schema: graph.place(''), keyword: problem.keyword, message: problem.message };
}

/** What the walker stripped. Which members those were is worked out only if somebody asks: the walker's speed is in not keeping account. */
class StrippedBody {
  readonly ok = true;
  readonly bytes: Uint8Array;
  readonly #thorough: () => JsonBodyResult;
  #dropped: readonly string[] | null = null;

  constructor(bytes: Uint8Array, thorough: () => JsonBodyResult) {
    this.bytes = bytes;
    this.#thorough = thorough;
  }

  get dropped(): readonly string[] {
    if (this.#dropped === null) {
      const result = this.#thorough();
      this.#dropped = result.ok ? result.dropped : [];
    }
    return this.#dropped;
  }
}
