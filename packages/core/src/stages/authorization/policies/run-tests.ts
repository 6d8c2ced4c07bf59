import { authorize } from '../../../cedar/authorize.ts';
import type { ParameterPlace } from '../../../cedar/api-model.ts';
import type { CedarType } from '../../../cedar/cedar-type.ts';
import type { CompiledPolicy } from '../../../cedar/compile-policy.ts';
import { DateTime } from '../../../cedar/date-time.ts';
import { hourOf, weekdayOf } from '../../../cedar/calendar.ts';
import type { RequestFacts } from '../../../cedar/policy-request.ts';
import { valueOfJs } from '../../../cedar/read-value.ts';
import type { CedarValue } from '../../../cedar/value.ts';
import type { JsonValue } from '../../../json/json-value.ts';
import type { Principal } from '../../../principal.ts';
import type { PolicySet } from './policy-set.ts';
import { DEFAULT_CONTEXT, type Expectation, type PolicyTestCase } from './test-cases.ts';

/** What came of one test. */
export interface PolicyTestResult {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  readonly expected: Expectation;
  readonly allowed: boolean;
  /** The policies that decided; empty where nothing permits, or no permit is needed. */
  readonly determining: readonly string[];
  /** The policies that could not be evaluated. */
  readonly erring: readonly string[];
}

/** Asks the policies what each test asks. Their mode does not count: a test is about what they say. */
export function runPolicyTests(set: PolicySet, cases: readonly PolicyTestCase[]): readonly PolicyTestResult[] {
  return cases.map((one) => {
    const { name, file, line, expected, model } = one;
    const governed = set.operations.get(model.operation.id);
    const moments = governed === undefined ? [] : Object.values(governed.policies.moments);
    const request = set.requests.create(model, new TestFacts(one));
    const policies: CompiledPolicy[] = [];
    for (const { forbids, permits } of moments)
      for (const index of [forbids, permits])
        index.some(request, (policy) => {
          policies.push(policy);
          return false;
        });
    const said = authorize(policies, request);
    const forbidden = said.determining.some((id) =>
      policies.some((policy) => policy.id === id && policy.effect === 'forbid'),
    );
    const allowed = said.allowed || (!forbidden && governed?.needsPermit === false);
    const { by } = expected;
    const passed =
      allowed === expected.allowed &&
      (by === null || (by === '' ? said.determining.length === 0 : said.determining.includes(by)));
    const erring = said.errors.map(({ id }) => id);
    return { name, file, line, passed, expected, allowed, determining: said.determining, erring };
  });
}

/** A request that is only written down. What it does not name is not there, but for a few circumstances that every request has. */
class TestFacts implements RequestFacts {
  readonly #case: PolicyTestCase;

  readonly rolesKnown = true;

  constructor(one: PolicyTestCase) {
    this.#case = one;
  }

  get principal(): Principal {
    return this.#case.principal;
  }

  get path(): string {
    const { operation } = this.#case.model;
    const { path } = this.#case.parameters;
    const filled = operation.path.replace(/\{([^{}]*)\}/g, (whole, name: string) => {
      const value = path[name];
      return typeof value === 'string' || typeof value === 'number' ? encodeURIComponent(value) : whole;
    });
    return `${operation.basePaths[0] ?? ''}${filled}`;
  }

  hasParameter(place: ParameterPlace, name: string): boolean {
    return isThere(this.#case.parameters[place][name]);
  }

  readParameter(place: ParameterPlace, name: string, type: CedarType): CedarValue | null {
    return valueOfJs(this.#case.parameters[place][name], type);
  }

  hasBody(): boolean {
    return this.#case.body !== undefined;
  }

  readBody(type: CedarType): CedarValue | null {
    return valueOfJs(this.#case.body, type);
  }

  hasContext(name: string): boolean {
    return COMPUTED.has(name) || isThere(this.#case.context[name] ?? DEFAULT_CONTEXT[name]);
  }

  readContext(name: string, type: CedarType): CedarValue | null {
    const { context, model } = this.#case;
    if (name === 'method') return model.operation.method;
    if (name === 'path') return this.path;
    if (name === 'hour' || name === 'weekday') {
      const time = valueOfJs(context['time'] ?? DEFAULT_CONTEXT['time'], { kind: 'datetime' });
      const ms = time instanceof DateTime ? Number(time.ms) : 0;
      return name === 'hour' ? hourOf(ms) : weekdayOf(ms);
    }
    return valueOfJs(context[name] ?? DEFAULT_CONTEXT[name], type);
  }
}

const COMPUTED = new Set(['method', 'path', 'hour', 'weekday']);

function isThere(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
