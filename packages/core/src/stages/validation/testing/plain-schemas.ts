import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseJson } from '../../../json/parse-json.ts';
import type { SchemaSource } from '../../../openapi/model.ts';
import type { SchemaCompiler, SchemaIssue, ValueCheck } from '../../../schema/schema-compiler.ts';

/**
 * A schema compiler for tests of what stands around it: self-contained schemas in 2020-12, straight into ajv. `seen` is told every value
 * that was found valid. Stripping goes by `properties` alone.
 */
export function createPlainSchemas(seen: (value: unknown) => void = () => undefined): SchemaCompiler {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const value = (source: SchemaSource): ValueCheck => {
    const validate = ajv.compile(source.node as object);
    return (one) => {
      if (validate(one)) {
        seen(one);
        return null;
      }
      return (validate.errors ?? []).map(
        (error): SchemaIssue => ({
          pointer: error.instancePath,
          schema: `${source.file}#${source.pointer}${error.schemaPath.slice(1)}`,
          keyword: error.keyword,
          message: error.message ?? '',
        }),
      );
    };
  };
  return {
    value,
    json(source, _direction, undeclared, bounds) {
      const check = value(source);
      return (bytes) => {
        const parsed = parseJson(bytes, bounds);
        if (!parsed.ok)
          return {
            ok: false,
            issues: [{ pointer: '', schema: '', keyword: parsed.problem.keyword, message: parsed.problem.message }],
          };
        const issues = check(parsed.value);
        if (issues !== null) return { ok: false, issues };
        const dropped: string[] = [];
        if (undeclared !== 'as-declared') dropUndeclared(parsed.value, source.node, '', dropped);
        if (dropped.length === 0) return { ok: true, bytes, dropped };
        if (undeclared === 'refuse')
          return {
            ok: false,
            issues: [{ pointer: '', schema: '', keyword: 'additionalProperties', message: 'undeclared' }],
          };
        return { ok: true, bytes: new TextEncoder().encode(JSON.stringify(parsed.value)), dropped };
      };
    },
    normalized(source) {
      return {
        schema: source.node as boolean | { readonly [keyword: string]: unknown },
        hasContent: false,
        place: (pointer) => `${source.file}#${source.pointer}${pointer}`,
      };
    },
    content: () => null,
  };
}

function dropUndeclared(value: unknown, schema: unknown, pointer: string, dropped: string[]): void {
  const properties = (schema as { readonly properties?: Record<string, unknown> } | null)?.properties;
  if (properties === undefined || typeof value !== 'object' || value === null) return;
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    if (Object.hasOwn(properties, name)) dropUndeclared(members[name], properties[name], `${pointer}/${name}`, dropped);
    else {
      dropped.push(`${pointer}/${name}`);
      delete members[name];
    }
  }
}
