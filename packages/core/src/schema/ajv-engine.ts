import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { NUMBER_FORMATS, STRING_FORMATS } from './formats/formats.ts';
import { createMultipleOf } from '../json/multiple-of.ts';
import type { ContentCheck, Schema, SchemaNode } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import { oneOfValues } from './allowed-values.ts';
import { hasUniqueItems } from './unique-items.ts';

/** Compiles a normalized schema to a function that says whether a value is valid, and at the first thing wrong that it is not. */
export type ValidatorCompiler = (schema: Schema) => (value: unknown) => boolean;

/** Makes the compiler, for one direction where contents are checked. One of them keeps everything that it has compiled: it lives as long as its document. */
export function createValidatorCompiler(
  pattern: (source: string) => LinearPattern,
  contents: ContentCheck | null,
): ValidatorCompiler {
  const patterns = new Map<string, { test(text: string): boolean; toString(): string }>();
  // The compiler takes patterns that print the same for the same one.
  const engine = (source: string): { test(text: string): boolean; toString(): string } => {
    let known = patterns.get(source);
    if (known === undefined) {
      const compiled = pattern(source);
      known = { test: (text) => compiled.test(text), toString: () => source };
      patterns.set(source, known);
    }
    return known;
  };
  const ajv = new Ajv2020({
    strict: false,
    strictNumbers: true,
    // Otherwise a document's property "constructor" is always there.
    ownProperties: true,
    allErrors: false,
    messages: false,
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
    unicodeRegExp: true,
    code: { regExp: Object.assign(engine, { code: 'linearPattern' }) },
  });
  // Its account of evaluated members throws on some schemas with `if`; schemas that need one are evaluated, see `needsEvaluation`.
  ajv.opts.unevaluated = false;
  for (const [name, validate] of STRING_FORMATS) ajv.addFormat(name, { type: 'string', validate });
  for (const [name, validate] of NUMBER_FORMATS) ajv.addFormat(name, { type: 'number', validate });
  // Binary division refuses 19.99 as a multiple of 0.01.
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (divisor: number) => createMultipleOf(divisor),
  });
  // Comparing every item with every other lets a client choose a quadratic cost.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (isUnique: boolean) => (items: unknown[]) => !isUnique || hasUniqueItems(items),
  });
  // The comparison that comes with ajv calls the members `toString` and `valueOf` of what a client sent.
  ajv.removeKeyword('enum');
  ajv.addKeyword({ keyword: 'enum', schemaType: 'array', compile: oneOfValues });
  ajv.removeKeyword('const');
  ajv.addKeyword({ keyword: 'const', compile: (value: unknown) => oneOfValues([value]) });
  if (contents !== null) {
    ajv.removeKeyword('contentMediaType');
    ajv.addKeyword({
      keyword: 'contentMediaType',
      type: 'string',
      compile: (_type: unknown, schema: object) => {
        const check = contents(schema as SchemaNode);
        return (text: string) => check === null || check(text) === null;
      },
    });
  }
  return (schema) => {
    if (typeof schema === 'boolean') return () => schema;
    const validate: ValidateFunction = ajv.compile(schema as Record<string, unknown>);
    return (value) => validate(value) === true;
  };
}
