import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../testing/corpora.ts';
import type { Parameter, ParameterLocation, ParameterStyle } from '../../openapi/model.ts';
import type { JsonValue } from '../../json/json-value.ts';
import { parameters } from './parameters.ts';
import { contextOf, exchangeOf, operationOf, parameterOf } from './testing/fixtures.ts';
import { createPlainSchemas } from './testing/plain-schemas.ts';

interface Case {
  readonly group: string;
  readonly name: string;
  readonly param: {
    readonly name: string;
    readonly in: ParameterLocation;
    readonly style?: ParameterStyle;
    readonly explode?: boolean;
    readonly schema: JsonValue;
  };
  readonly path: string | null;
  readonly query: string | null;
  readonly header: string | null;
  readonly cookie: string | null;
  readonly want: unknown;
  readonly error: boolean;
}

/** Where we decide otherwise than the corpus, what we decide, and why. `null` stands for a refusal. */
const DIFFERENCES: Readonly<Record<string, { readonly got: unknown; readonly why: string }>> = JSON.parse(
  readFileSync(new URL('golden/parameter-styles-differences.json', import.meta.url), 'utf8'),
);

const path = corpusPath('parameter-styles.jsonl');
const cases: Case[] =
  path === null
    ? []
    : readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Case);

describe.skipIf(path === null)(
  'parameters decides the public cases of parameter styles (left out where shared/corpora is absent)',
  () => {
    for (const one of cases) {
      const key = `${one.group}: ${one.name}`;
      const difference = Object.hasOwn(DIFFERENCES, key) ? DIFFERENCES[key] : undefined;
      it(`${key}${difference === undefined ? '' : ` (otherwise: ${difference.why})`}`, () => {
        const got = decide(one);
        if (difference !== undefined) expect(got).toEqual(difference.got);
        else if (one.error) expect(got).toBeNull();
        else expect(got).toEqual({ value: one.want ?? undefined });
      });
    }

    it('has no difference that is none', () => {
      expect(
        Object.keys(DIFFERENCES).filter((key) => !cases.some((one) => `${one.group}: ${one.name}` === key)),
      ).toEqual([]);
    });
  },
);

/** `{ value }` as it was read, undefined where the parameter is absent; null where it was refused. */
function decide(one: Case): { readonly value: unknown } | null {
  let value: unknown;
  const schemas = createPlainSchemas((seen) => {
    value = seen;
  });
  const more: Partial<Parameter> = {
    ...(one.param.style && { style: one.param.style }),
    ...(one.param.explode !== undefined && { explode: one.param.explode }),
  };
  const parameter = parameterOf(one.param.in, one.param.name, one.param.schema, more);
  const operation = operationOf({ path: '/{param}', parameters: [parameter] });
  const rule = parameters.compile(operation, contextOf({ schemas }));
  const exchange = exchangeOf({
    pathValues: one.path === null ? ['x'] : [one.path.slice(1)],
    query: one.query,
    headers: one.header === null ? [] : splitOnce(one.header),
    cookie: one.cookie === null ? null : splitOnce(one.cookie).join('='),
  });
  const denial = rule === null ? null : parameters.decide(rule, exchange);
  if (denial === null) return { value };
  expect(denial.code).toBe('PARAMETERS_INVALID');
  return null;
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}
