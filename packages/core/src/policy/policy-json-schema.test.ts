import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import type { JsonValue } from '../json/json-value.ts';
import { arbitraryFile } from '../testing/arbitrary-policy.ts';
import { describePolicy } from './describe-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { parseYaml } from './parse-yaml.ts';
import { policyJsonSchema } from './policy-json-schema.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false }).compile(policyJsonSchema());
const FOLDER = resolve(import.meta.dirname, '../../../../conformance/policies');
const ENVIRONMENT = new Map([
  ['API_SECRET', 'x'],
  ['UPSTREAM_HOST', 'upstream.example'],
  ['PORT', '8443'],
  ['MODE', 'observe'],
]);

function parses(file: JsonValue): boolean {
  try {
    parsePolicy(
      { file: 'x', text: JSON.stringify(file) },
      { environment: (name) => ENVIRONMENT.get(name), readFile: () => 'text' },
    );
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

describe('policyJsonSchema', () => {
  it('takes every golden policy that parses', () => {
    let taken = 0;
    for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'))) {
      const parsed = parseYaml(readFileSync(resolve(FOLDER, name), 'utf8'));
      if (!parsed.ok || parsed.value === undefined || !parses(parsed.value)) continue;
      expect(validate(JSON.parse(JSON.stringify(parsed.value))), `${name}: ${JSON.stringify(validate.errors)}`).toBe(
        true,
      );
      taken++;
    }
    expect(taken).toBeGreaterThan(8);
  });

  it('refuses the golden policies of unknown keys, wrong types, wrong values and later settings', () => {
    for (const name of ['unknown-keys', 'wrong-types', 'wrong-values', 'units', 'not-yet', 'null-value']) {
      const parsed = parseYaml(readFileSync(resolve(FOLDER, `${name}.yaml`), 'utf8'));
      expect(parsed.ok && validate(JSON.parse(JSON.stringify(parsed.value))), name).toBe(false);
    }
  });

  it('the_schema_takes_what_the_reader_takes', () => {
    fc.assert(
      fc.property(arbitraryFile, (file) => {
        expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('its defaults are what the reader gives where nothing is written', () => {
    const file: Record<string, JsonValue> = {};
    for (const { path, default: value } of describePolicy()) {
      if (
        value === null ||
        value === 'required' ||
        /\[\]|[A-Z]{4,}|^cors|^authorization\.policies|^tokens|^admin\.(?:tokens|tls|certificates)|^limits|^listen\.tls|^listen\.forwarded|^data\.encrypt|^vault/.test(
          path,
        )
      )
        continue;
      const names = path.split('.');
      let at: Record<string, JsonValue> = file;
      for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, JsonValue>;
      at[names.at(-1) ?? ''] = JSON.parse(value) as JsonValue;
    }
    expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
    const context = { environment: () => undefined, readFile: () => '' };
    const { file: _, locate: __, ...written } = parsePolicy({ file: 'x', text: JSON.stringify(file) }, context);
    const { file: ___, locate: ____, ...unwritten } = parsePolicy(null, context);
    expect(written).toEqual(unwritten);
  });
});

describe('describePolicy', () => {
  it('has every setting once, each with a sentence', () => {
    const settings = describePolicy();
    expect(new Set(settings.map(({ path }) => path)).size).toBe(settings.length);
    for (const { path, description, type } of settings) {
      expect(description, path).toMatch(/\.$/);
      expect(type, path).not.toBe('');
    }
    expect(settings.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'requests.maxBodyBytes',
        'limits[].by.address.ipv6Prefix',
        'authentication.SCHEME.keys[].sha256',
        'operations.OPERATION.modes.body',
      ]),
    );
  });
});
