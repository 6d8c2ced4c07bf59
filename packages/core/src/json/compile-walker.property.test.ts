import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutMembers, cutTreeOf } from '../schema/cut-members.ts';
import { STRING_FORMATS } from '../schema/formats/formats.ts';
import { compileBytePattern } from '../schema/pattern/byte-pattern.ts';
import { BYTE_FORMATS } from './byte-formats.ts';
import { createMultipleOf } from './multiple-of.ts';
import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import { compileWalker } from './compile-walker.ts';
import { joinPointer } from './json-pointer.ts';
import { isObject } from './json-value.ts';
import { parseJson } from './parse-json.ts';

type SchemaObject = { [keyword: string]: unknown };
type Schema = boolean | SchemaObject;

const BOUNDS = { maxDepth: 12, maxKeys: 60 };
const RUNS = Number(process.env['SALLYPORT_WALKER_RUNS'] ?? 2000);
const FORMATS = new Map<string, (text: string) => boolean>([
  ...STRING_FORMATS,
  ['short', (text) => [...text].length < 3],
]);
const pattern = (source: string) => {
  const compiled = new RegExp(source, 'u');
  return (text: string) => compiled.test(text);
};

// ---- the reference: JSON.parse, ajv, and the rule for undeclared members on values ----

/** `additionalProperties: false` as a note: while stripping, members are dropped instead of refused. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'additionalProperties' && value === false) return ['x-closed', true];
      return [keyword, keyword === 'enum' || keyword === 'const' ? value : opened(value)];
    }),
  );
}

class Reference {
  readonly #root: Schema;
  readonly #ajv = new Ajv2020({
    strict: false,
    ownProperties: true,
    logger: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    code: { optimize: false },
  });
  readonly #valid = new Map<Schema, ValidateFunction>();

  constructor(root: Schema) {
    this.#root = root;
    for (const [name, validate] of FORMATS) this.#ajv.addFormat(name, { type: 'string', validate });
    this.#ajv.removeKeyword('multipleOf');
    this.#ajv.addKeyword({
      keyword: 'multipleOf',
      type: 'number',
      compile: (divisor: number) => createMultipleOf(divisor),
    });
    // What comes with ajv does not miss a required member with the empty name.
    this.#ajv.removeKeyword('required');
    this.#ajv.addKeyword({
      keyword: 'required',
      type: 'object',
      validate: (names: readonly string[], value: object) => names.every((name) => Object.hasOwn(value, name)),
    });
    this.#ajv.addFormat('int32', {
      type: 'number',
      validate: (value: number) => Number.isInteger(value) && Math.abs(value) <= 2 ** 31 - 1,
    });
  }

  isValid(value: unknown, schema: Schema = this.#root): boolean {
    let validate = this.#valid.get(schema);
    if (validate === undefined) {
      const defs = isObject(this.#root) ? this.#root['$defs'] : undefined;
      const whole =
        typeof schema === 'boolean' || schema === this.#root
          ? schema
          : { ...schema, ...(defs === undefined ? {} : { $defs: defs }) };
      validate = this.#ajv.compile(whole as SchemaObject);
      this.#valid.set(schema, validate);
    }
    return validate(value) === true;
  }

  /** Every schema that applies to the value itself. */
  #applicable(value: unknown, schemas: readonly Schema[]): SchemaObject[] {
    const found = new Set<SchemaObject>();
    const visit = (schema: Schema): void => {
      if (typeof schema === 'boolean' || found.has(schema)) return;
      found.add(schema);
      const ref = schema['$ref'];
      if (typeof ref === 'string') {
        const root = this.#root as { readonly $defs?: { readonly [name: string]: Schema } };
        visit(ref === '#' ? this.#root : (root.$defs?.[ref.slice('#/$defs/'.length)] ?? true));
      }
      for (const part of (schema['allOf'] ?? []) as Schema[]) visit(part);
      for (const part of [...((schema['anyOf'] ?? []) as Schema[]), ...((schema['oneOf'] ?? []) as Schema[])]) {
        if (this.isValid(value, part)) visit(part);
      }
    };
    for (const schema of schemas) visit(schema);
    return [...found];
  }

  /** The value without undeclared members, whose pointers are added to `dropped`. */
  declared(value: unknown, dropped: string[], schemas: readonly Schema[] = [this.#root], pointer = ''): unknown {
    const applicable = this.#applicable(value, schemas);
    if (Array.isArray(value)) {
      return value.map((item, index) =>
        this.declared(
          item,
          dropped,
          applicable.flatMap((schema) => elementSchema(schema, index)),
          joinPointer(pointer, index),
        ),
      );
    }
    if (!isObject(value)) return value;
    const freeForm = applicable.every((schema) =>
      ['properties', 'additionalProperties', 'x-closed'].every((keyword) => schema[keyword] === undefined),
    );
    const isClosed = applicable.some((schema) => schema['x-closed'] !== undefined);
    const asked = applicable.flatMap((schema) => (schema['required'] ?? []) as string[]);
    const kept: [string, unknown][] = [];
    for (const [name, member] of Object.entries(value)) {
      let isDeclared = freeForm || (!isClosed && asked.includes(name));
      const inner: Schema[] = [];
      for (const schema of applicable) {
        const properties = schema['properties'] as { readonly [name: string]: Schema } | undefined;
        const rest = schema['additionalProperties'] as Schema | undefined;
        if (properties !== undefined && Object.hasOwn(properties, name)) {
          isDeclared = true;
          inner.push(properties[name] as Schema);
        } else if (rest !== undefined && rest !== false) {
          isDeclared = true;
          inner.push(rest);
        }
      }
      if (isDeclared) kept.push([name, this.declared(member, dropped, inner, joinPointer(pointer, name))]);
      else dropped.push(joinPointer(pointer, name));
    }
    return Object.fromEntries(kept);
  }
}

function elementSchema(schema: SchemaObject, index: number): Schema[] {
  const prefix = (schema['prefixItems'] ?? []) as Schema[];
  const chosen = index < prefix.length ? prefix[index] : (schema['items'] as Schema | undefined);
  return chosen === undefined ? [] : [chosen];
}

/** What the walker should say: the value left, or null for a refusal. */
function expected(
  text: Uint8Array,
  reference: Reference,
  undeclared: UndeclaredMembers,
): { readonly value: unknown; readonly dropped: readonly string[] } | null {
  const parsed = parseJson(text, BOUNDS);
  if (!parsed.ok) return null;
  if (!reference.isValid(parsed.value)) return null;
  if (undeclared === 'as-declared') return { value: parsed.value, dropped: [] };
  const dropped: string[] = [];
  const value = reference.declared(parsed.value, dropped);
  return undeclared === 'refuse' && dropped.length > 0 ? null : { value, dropped };
}

// ---- random schemas of the grammar that walkers do ----

const NAMES = ['a', 'b', 'ab', 'abc', 'é', 'constructor', '', 'a b', 'id', 'idx', '😀', 'q"'];
const name = fc.constantFrom(...NAMES);
const few = fc.nat(4);
const scalar = fc.constantFrom<unknown>(
  'a',
  'ab',
  'abc',
  'é',
  '',
  '😀',
  'q"',
  '2024-01-01',
  0,
  1,
  -1,
  1.5,
  3,
  10,
  1e3,
  -0.25,
  true,
  false,
  null,
  2 ** 53,
);

function maybe(entries: { readonly [keyword: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<SchemaObject> {
  return fc.record(entries, { requiredKeys: [] }) as fc.Arbitrary<SchemaObject>;
}

const stringSchema = maybe({
  minLength: few,
  maxLength: few,
  pattern: fc.constantFrom('^a', 'b$', '^.{2}$', 'é', '^[a-c]+$', '^[^b]*$'),
  format: fc.constantFrom('date', 'hostname', 'short', 'unheard-of'),
}).map((rules) => ({ type: 'string', ...rules }));
const numberSchema = fc
  .tuple(
    fc.constantFrom('integer', 'number'),
    maybe({
      minimum: fc.constantFrom(0, -1, 1.5),
      maximum: fc.constantFrom(3, 10, 1000),
      exclusiveMinimum: fc.constantFrom(0, -1),
      exclusiveMaximum: fc.constantFrom(3, 10),
      multipleOf: fc.constantFrom(1, 2, 5, 0.5),
      format: fc.constantFrom('int32', 'double'),
    }),
  )
  .map(([type, rules]) => ({ type, ...rules }));
const enumSchema = fc.oneof(
  fc.uniqueArray(scalar, { minLength: 1, maxLength: 5 }).map((list) => ({ enum: list })),
  scalar.map((value) => ({ const: value })),
);
const typeSchema = fc.oneof(
  fc.constantFrom('null', 'boolean', 'string', 'object', 'array', 'number', 'integer').map((type) => ({ type })),
  fc
    .uniqueArray(fc.constantFrom('null', 'boolean', 'string', 'integer', 'object'), { minLength: 1, maxLength: 3 })
    .map((type) => ({ type })),
);

const { schema: anySchema, object: objectSchema } = fc.letrec<{ schema: Schema; object: SchemaObject; branch: Schema }>(
  (tie) => ({
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom<Schema>(true, {}, { type: 'string' }, { $ref: '#/$defs/A' }, { $ref: '#/$defs/B' }),
      stringSchema,
      numberSchema,
      enumSchema,
      typeSchema,
      { arbitrary: tie('object'), weight: 4 },
      maybe({
        items: tie('schema'),
        minItems: few,
        maxItems: few,
        uniqueItems: fc.boolean(),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
      }).map((rules) => ({ type: 'array', ...rules })),
      fc
        .tuple(fc.constantFrom('anyOf', 'oneOf'), tie('schema'))
        .map(([keyword, inner]) => ({ [keyword]: [inner, { type: 'null' }] })),
      fc
        .tuple(
          fc.constantFrom('anyOf', 'oneOf'),
          fc.array(tie('branch'), { minLength: 1, maxLength: 3 }),
          tie('object'),
          fc.boolean(),
        )
        .map(([keyword, branches, base, bare]) => ({ ...(bare ? {} : base), [keyword]: branches })),
      fc
        .tuple(
          fc.constantFrom('anyOf', 'oneOf'),
          fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'ab', 'abc', 'é'), tie('object')), {
            minLength: 1,
            maxLength: 3,
            selector: ([text]) => text,
          }),
          tie('object'),
          fc.boolean(),
        )
        .map(([keyword, branches, base, bare]) => ({
          ...(bare ? {} : base),
          [keyword]: branches.map(([text, branch]) => ({
            type: 'object',
            required: ['id'],
            properties: { id: { enum: [text, `${text}x`] } },
            allOf: [branch],
          })),
        })),
      fc
        .tuple(fc.array(tie('branch'), { minLength: 1, maxLength: 3 }), tie('object'), fc.boolean())
        .map(([parts, base, bare]) => ({ ...(bare ? {} : base), allOf: parts })),
    ),
    branch: fc.oneof(
      { arbitrary: tie('object'), weight: 3 },
      { arbitrary: tie('schema'), weight: 1 },
      fc.constantFrom<Schema>({ $ref: '#/$defs/A' }, { $ref: '#/$defs/B' }),
    ),
    object: fc
      .tuple(
        fc.dictionary(name, tie('schema'), { maxKeys: 4, noNullPrototype: true }),
        maybe({
          required: fc.uniqueArray(name, { maxLength: 2 }),
          minProperties: few,
          maxProperties: few,
          additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([properties, rules, typed, plain, named]) => {
        const sane = plain ? {} : rules;
        return {
          ...(typed ? { type: 'object' } : {}),
          ...(named || typed ? { properties, required: Object.keys(properties).slice(0, 1) } : {}),
          ...sane,
        };
      }),
  }),
);

const rootSchema = fc
  .tuple(
    fc.oneof(anySchema, objectSchema, objectSchema),
    fc.oneof(anySchema, objectSchema),
    fc.oneof(anySchema, objectSchema),
  )
  .map(([root, a, b]): Schema => (typeof root === 'boolean' ? root : { ...root, $defs: { A: a, B: b } }));

// ---- random texts near what a schema asks for ----

type Random = () => number;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

const SCALARS: readonly unknown[] = [
  'a',
  'ab',
  'abc',
  'é',
  '',
  '😀',
  'q"',
  '2024-01-01',
  0,
  1,
  -1,
  1.5,
  3,
  10,
  1000,
  true,
  false,
  null,
  2 ** 53,
];

/** A value that mostly follows the schema. */
function sample(random: Random, root: Schema, schema: Schema, depth: number): unknown {
  if (random() < 0.04 || depth > 6) return pick(random, SCALARS);
  if (typeof schema === 'boolean') return random() < 0.7 ? pick(random, SCALARS) : { a: [{ b: 1 }], id: {} };
  const parts: Schema[] = [];
  const ref = schema['$ref'];
  if (typeof ref === 'string')
    parts.push(((root as SchemaObject)['$defs'] as { [name: string]: Schema })[ref.slice(8)] ?? true);
  parts.push(...((schema['allOf'] ?? []) as Schema[]));
  for (const keyword of ['anyOf', 'oneOf'])
    if (schema[keyword] !== undefined) parts.push(pick(random, schema[keyword] as Schema[]));
  if (Array.isArray(schema['enum'])) return pick(random, schema['enum'] as unknown[]);
  if ('const' in schema) return schema['const'];
  const type = Array.isArray(schema['type']) ? pick(random, schema['type'] as string[]) : schema['type'];
  if (type === 'string') return pick(random, SCALARS.slice(0, 8));
  if (type === 'integer' || type === 'number') return pick(random, [0, 1, 2, 3, 5, 10, -1, 1.5, 100]);
  if (type === 'null') return null;
  if (type === 'boolean') return random() < 0.5;
  if (type === 'array') {
    const count = Math.floor(random() * 4);
    return Array.from({ length: count }, (_, index) =>
      sample(random, root, elementSchema(schema, index)[0] ?? true, depth + 1),
    );
  }
  const fromParts = parts.map((part) => sample(random, root, part, depth + 1));
  if (
    type === undefined &&
    schema['properties'] === undefined &&
    schema['required'] === undefined &&
    fromParts.length > 0
  ) {
    return fromParts.every(isObject) ? (Object.assign({}, ...fromParts) as unknown) : fromParts[0];
  }
  const value: { [name: string]: unknown } = Object.assign({}, ...fromParts.filter(isObject)) as {
    [name: string]: unknown;
  };
  const rest = (schema['additionalProperties'] ?? true) as Schema;
  for (const [key, inner] of Object.entries((schema['properties'] ?? {}) as { [name: string]: Schema })) {
    if (random() < 0.85) value[key] = sample(random, root, inner, depth + 1);
  }
  for (const key of (schema['required'] ?? []) as string[])
    if (!Object.hasOwn(value, key)) value[key] = sample(random, root, rest, depth + 1);
  while (random() < 0.35) value[pick(random, NAMES)] = sample(random, root, rest, depth + 1);
  return value;
}

/** Writes a value with white space, escapes, number forms, names that stand twice and shuffled members here and there. */
function write(random: Random, value: unknown): string {
  const space = () => (random() < 0.08 ? pick(random, [' ', '\n', '\t ', ' \r\n']) : '');
  const text = (raw: string, rate: number): string =>
    random() < rate && raw.length > 0
      ? `"\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(raw.slice(1)).slice(1)}`
      : JSON.stringify(raw);
  const inner = (): string => {
    if (Array.isArray(value)) return `[${space()}${value.map((item) => write(random, item)).join(',')}]`;
    if (isObject(value)) {
      const members = Object.entries(value).map(
        ([key, member]) => `${space()}${text(key, 0.01)}${space()}:${write(random, member)}`,
      );
      if (members.length > 1 && random() < 0.3) members.unshift(members.pop() as string);
      if (members.length > 0 && random() < 0.01) members.push(members[0] as string);
      return `{${members.join(',')}${space()}}`;
    }
    if (typeof value === 'number') {
      if (Number.isInteger(value) && random() < 0.1)
        return pick(random, [`${value}.0`, `${value}e0`, `${value * 10}E-1`]);
      return String(value);
    }
    return typeof value === 'string' ? text(value, 0.05) : JSON.stringify(value);
  };
  return `${space()}${inner()}${space()}`;
}

function damage(random: Random, text: string): string {
  if (random() < 0.93) return text;
  const at = Math.floor(random() * (text.length + 1));
  return (
    text.slice(0, at) +
    pick(random, ['', '', ',', '"', '}', ']', '\\', '0', ' ', 'x', '\u0000', '\ufeff', ':']) +
    text.slice(at + Math.floor(random() * 2))
  );
}

function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe('compileWalker', () => {
  it(
    'walker_agrees_with_reference: never accepts what the reference refuses, never leaves another value, and cuts whole bytes',
    () => {
      const counts = { cases: 0, compiled: 0, accepted: 0, dropped: 0, refused: 0, undecided: 0 };
      const mode = fc.constantFrom<UndeclaredMembers>('as-declared', 'refuse', 'strip');
      fc.assert(
        fc.property(rootSchema, mode, fc.integer(), (schema, undeclared, seed) => {
          const walker = compileWalker(schema, {
            undeclared,
            bounds: BOUNDS,
            formats: FORMATS,
            pattern,
            byteFormats: BYTE_FORMATS,
            bytePattern: compileBytePattern,
          });
          counts.cases++;
          if (walker === null) return;
          counts.compiled++;
          const random = randomFrom(seed);
          const reference = new Reference(undeclared === 'strip' ? (opened(schema) as Schema) : schema);
          for (let round = 0; round < 6; round++) {
            const text = damage(random, write(random, sample(random, schema, schema, 0)));
            const bytes = new TextEncoder().encode(text);
            const given = Uint8Array.from(bytes);
            const result = walker(given);
            expect(given).toEqual(bytes);
            let wanted: ReturnType<typeof expected>;
            try {
              wanted = expected(bytes, reference, undeclared);
            } catch (error) {
              // References that only lead to each other have no meaning; ajv runs out of stack.
              if (!(error instanceof RangeError)) throw error;
              return;
            }
            if (result === null) {
              if (wanted === null) counts.refused++;
              else counts.undecided++;
              continue;
            }
            counts.accepted++;
            expect(wanted, `accepted ${text}`).not.toBeNull();
            if (wanted === null) return;
            if (wanted.dropped.length > 0) {
              counts.dropped++;
              const left = parseJson(result, BOUNDS);
              expect(left.ok && left.value, text).toEqual(wanted.value);
              expect(left.ok && JSON.stringify(left.value), text).toBe(JSON.stringify(wanted.value));
              expect(Buffer.from(result).toString(), 'cuts what the slow path cuts').toBe(
                Buffer.from(cutMembers(bytes, cutTreeOf(wanted.dropped))).toString(),
              );
            } else {
              expect(result, text).toBe(given);
            }
          }
        }),
        { numRuns: RUNS },
      );
      if (process.env['SALLYPORT_WALKER_RUNS'] !== undefined) process.stdout.write(`${JSON.stringify(counts)}\n`);
      // The comparison means something only when walkers are made and do decide.
      expect(counts.compiled / counts.cases).toBeGreaterThan(0.5);
      expect(counts.accepted).toBeGreaterThan(RUNS);
      expect(counts.dropped).toBeGreaterThan(RUNS / 100);
      expect(counts.undecided / (counts.accepted + counts.undecided)).toBeLessThan(0.1);
    },
    30_000 + RUNS * 20,
  );
});
