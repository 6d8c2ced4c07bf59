/**
 * CPU per body of compiled walkers beside what they replace: decoding, `JSON.parse` and ajv, and re-serialising where members are dropped.
 * Run: `node --conditions=sallyport-source bench/json-walker.ts`. Ratios are what to read; microseconds depend on the machine.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BYTE_FORMATS } from '../packages/core/src/json/byte-formats.ts';
import { compileWalker } from '../packages/core/src/json/compile-walker.ts';
import { scanJson } from '../packages/core/src/json/scan-json.ts';
import { STRING_FORMATS } from '../packages/core/src/schema/formats/formats.ts';
import { compileBytePattern } from '../packages/core/src/schema/pattern/byte-pattern.ts';

const BOUNDS = { maxDepth: 32, maxKeys: 10_000 };
const ROUNDS = 7;
const CPU_MS_A_ROUND = 120;

const customer = {
  type: 'object',
  required: ['id', 'email', 'name'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    email: { type: 'string', maxLength: 200, pattern: '^[^@ ]+@[^@ ]+$' },
    name: { type: 'string', minLength: 1, maxLength: 100 },
    status: { enum: ['active', 'closed', 'suspended'] },
    createdAt: { type: 'string', format: 'date-time' },
    balance: { type: 'number', minimum: 0 },
    note: { type: ['string', 'null'] },
    tags: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 40 } },
    address: {
      type: 'object',
      required: ['city'],
      properties: {
        street: { type: 'string' },
        city: { type: 'string' },
        postcode: { type: 'string', maxLength: 12 },
        country: { type: 'string', minLength: 2, maxLength: 2 },
      },
    },
  },
};
const schema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: customer }, next: { type: ['string', 'null'] } },
};

function body(count: number, extra: object): Uint8Array {
  const items = Array.from({ length: count }, (_, index) => ({
    id: 1000 + index,
    email: `customer.${index}@example.com`,
    name: index % 5 === 0 ? `Zoë Müller ${index}` : `Customer Number ${index}`,
    status: ['active', 'closed', 'suspended'][index % 3],
    createdAt: '2026-03-04T05:06:07Z',
    balance: index * 12.25,
    note: index % 2 === 0 ? null : 'Called twice, prefers to be written to in the morning.',
    tags: ['retail', 'newsletter'],
    address: { street: `${index} Long Street`, city: 'Springfield', postcode: 'AB1 2CD', country: 'GB' },
    ...extra,
  }));
  return new TextEncoder().encode(JSON.stringify({ items, next: null }));
}

function cpuMicros(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  let batch = 50;
  for (let round = 0; round < ROUNDS; round++) {
    let calls = 0;
    let used = 0;
    const before = process.cpuUsage();
    while (used < CPU_MS_A_ROUND * 1000) {
      for (let call = 0; call < batch; call++) run();
      calls += batch;
      const { user, system } = process.cpuUsage(before);
      used = user + system;
    }
    best = Math.min(best, used / calls);
    batch = Math.max(1, Math.floor(1000 / best));
  }
  return best;
}

const pattern = (source: string) => {
  const compiled = new RegExp(source, 'u');
  return (text: string) => compiled.test(text);
};
const ajv = new Ajv2020({ strict: false });
for (const [name, validate] of STRING_FORMATS) ajv.addFormat(name, { type: 'string', validate });
const valid = ajv.compile(schema);
const removing = new Ajv2020({ strict: false, removeAdditional: 'all' });
for (const [name, validate] of STRING_FORMATS) removing.addFormat(name, { type: 'string', validate });
const validAndStripped = removing.compile(schema);
const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

const options = {
  bounds: BOUNDS,
  formats: STRING_FORMATS,
  pattern,
  byteFormats: BYTE_FORMATS,
  bytePattern: compileBytePattern,
};
const strip = compileWalker(schema, { ...options, undeclared: 'strip' });
const refuse = compileWalker(schema, { ...options, undeclared: 'refuse' });
const anything = compileWalker(true, { ...options, undeclared: 'as-declared' });
if (strip === null || refuse === null || anything === null) throw new Error('the schema is one that walkers do');

for (const [size, count] of [
  ['1 KB', 3],
  ['10 KB', 29],
] as const) {
  const clean = body(count, {});
  const dirty = body(count, { passwordHash: 'x'.repeat(20), internal: { flags: [1, 2] } });
  if (strip(clean) !== clean || refuse(clean) !== clean || (strip(dirty)?.length ?? 0) >= dirty.length)
    throw new Error('wrong answer');
  const parse = cpuMicros(() => JSON.parse(decoder.decode(clean)));
  const parseAjv = cpuMicros(() => valid(JSON.parse(decoder.decode(clean))));
  const parseStrip = cpuMicros(() => {
    const value: unknown = JSON.parse(decoder.decode(dirty));
    validAndStripped(value);
    return encoder.encode(JSON.stringify(value));
  });
  const rows: [string, number, number][] = [
    [`decode + JSON.parse, ${clean.length} bytes`, parse, parse],
    ['decode + JSON.parse + ajv', parseAjv, parseAjv],
    ['scanJson', cpuMicros(() => scanJson(clean, BOUNDS)), parse],
    ['walker, true schema', cpuMicros(() => anything(clean)), parse],
    ['walker, refuse', cpuMicros(() => refuse(clean)), parseAjv],
    ['walker, strip, nothing to drop', cpuMicros(() => strip(clean)), parseAjv],
    [`decode + JSON.parse + ajv + stringify, ${dirty.length} bytes`, parseStrip, parseStrip],
    ['walker, strip, 2 members an item dropped', cpuMicros(() => strip(dirty)), parseStrip],
  ];
  console.log(`\n${size}`);
  for (const [what, micros, base] of rows) {
    console.log(
      `${what.padEnd(60)} ${micros.toFixed(2).padStart(8)} µs ${((micros / clean.length) * 1024).toFixed(2).padStart(6)} µs/KB  ${(base / micros).toFixed(2)}x`,
    );
  }
}
