import type { ConfigurationProblem } from '../../../configuration-error.ts';
import { type OperationModel, PARAMETER_PLACES } from '../../../cedar/api-model.ts';
import type { CedarType, RecordType } from '../../../cedar/cedar-type.ts';
import { valueOfJs } from '../../../cedar/read-value.ts';
import { joinPointer } from '../../../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../json/json-value.ts';
import { parseYaml } from '../../../policy/parse-yaml.ts';
import { suggestName } from '../../../policy/suggest-name.ts';
import type { Principal } from '../../../principal.ts';
import type { PolicySet } from './policy-set.ts';

/** What a test of the policies expects. */
export interface Expectation {
  readonly allowed: boolean;
  /** The policy that has to be among those that decide; null: whichever. `''` where nothing permits. */
  readonly by: string | null;
}

/** One test: a request as the policies see it, and what they are to say of it. */
export interface PolicyTestCase {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly model: OperationModel;
  readonly principal: Principal;
  readonly parameters: Readonly<Record<(typeof PARAMETER_PLACES)[number], JsonObject>>;
  /** Undefined where none is sent. */
  readonly body: JsonValue | undefined;
  readonly context: JsonObject;
  readonly expected: Expectation;
}

/** The circumstances of a test that names none: a Thursday at noon. */
export const DEFAULT_CONTEXT: JsonObject = Object.freeze({
  ip: '127.0.0.1',
  time: '2026-01-01T12:00:00Z',
  secure: true,
  host: 'localhost',
});

const CONTEXT_NAMES = ['ip', 'time', 'secure', 'host', 'userAgent', 'origin', 'country', 'certificate'];
const PRINCIPAL_NAMES = ['kind', 'subject', 'issuer', 'scopes', 'roles', 'schemes', 'keyId', 'claims'];
const GIVEN_NAMES = ['operation', 'principal', ...PARAMETER_PLACES, 'body', 'context'];
const KINDS = ['anonymous', 'key', 'token', 'user', 'certificate'] as const;
const EXPECT = /^(allow|deny)(?: by (.+))?$/;

/**
 * Reads a file of tests. Every name in it has to exist and every value has to have its type: a test that misspells an attribute would pass whatever the
 * policies say. Problems are told with line and column; then there are no cases.
 */
export function parsePolicyTests(
  file: string,
  text: string,
  set: PolicySet,
): { readonly cases: readonly PolicyTestCase[]; readonly problems: readonly ConfigurationProblem[] } {
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    const { line, column } = parsed.position ?? { line: 0, column: 0 };
    const { code, message, hint } = parsed;
    return { cases: [], problems: [{ code, file, line, column, path: '', message, hint }] };
  }
  const problems: ConfigurationProblem[] = [];
  const reader = new Reader(set, file, (pointer, code, message, hint) => {
    const { line, column } = parsed.positions.locate(pointer, 'value') ?? { line: 0, column: 0 };
    problems.push({ code, file, line, column, path: pointer, message, hint });
  });
  const cases = reader.readAll(parsed.value, (pointer) => parsed.positions.locate(pointer, 'value')?.line ?? 0);
  return { cases: problems.length > 0 ? [] : cases, problems };
}

type Add = (pointer: string, code: string, message: string, hint: string | null) => void;

class Reader {
  readonly #set: PolicySet;
  readonly #file: string;
  readonly #add: Add;

  constructor(set: PolicySet, file: string, add: Add) {
    this.#set = set;
    this.#file = file;
    this.#add = add;
  }

  readAll(value: JsonValue | undefined, lineOf: (pointer: string) => number): PolicyTestCase[] {
    const tests = isObject(value) ? value['tests'] : undefined;
    if (!Array.isArray(tests) || tests.length === 0) {
      this.#add(
        '',
        'CEDAR_TEST_INVALID',
        'expected tests: and a list of tests',
        'Begin with tests:, and - name: … below it.',
      );
      return [];
    }
    this.#names(value as JsonObject, '', ['tests']);
    return (tests as readonly JsonValue[]).flatMap((test, index) => {
      const pointer = `/tests/${index}`;
      const one = this.#readTest(test, pointer, lineOf(pointer));
      return one === null ? [] : [one];
    });
  }

  #readTest(test: JsonValue, pointer: string, line: number): PolicyTestCase | null {
    const given = isObject(test) ? (test['given'] ?? null) : null;
    if (!isObject(test) || !isObject(given)) {
      this.#wrong(pointer, 'expected a test with name, given and expect');
      return null;
    }
    this.#names(test, pointer, ['name', 'given', 'expect']);
    this.#names(given, `${pointer}/given`, GIVEN_NAMES);
    const model = this.#readOperation(given['operation'], `${pointer}/given/operation`);
    const expected = this.#readExpect(test['expect'], `${pointer}/expect`);
    if (model === null || expected === null) return null;
    return {
      name: typeof test['name'] === 'string' ? test['name'] : `test ${Number(pointer.slice('/tests/'.length)) + 1}`,
      file: this.#file,
      line,
      model,
      principal: this.#readPrincipal(given['principal'], `${pointer}/given/principal`),
      parameters: {
        path: this.#readParameters(given['path'], model, 'path', `${pointer}/given/path`),
        query: this.#readParameters(given['query'], model, 'query', `${pointer}/given/query`),
        header: this.#readParameters(given['header'], model, 'header', `${pointer}/given/header`),
      },
      body: this.#readBody(given['body'], model, `${pointer}/given/body`),
      context: this.#readContext(given['context'], `${pointer}/given/context`),
      expected,
    };
  }

  #readOperation(id: JsonValue | undefined, pointer: string): OperationModel | null {
    const governed = typeof id === 'string' ? this.#set.operations.get(id) : undefined;
    if (governed !== undefined) return governed.model;
    const near = typeof id === 'string' ? suggestName(id, this.#set.operations.keys()) : null;
    this.#wrong(
      pointer,
      'the document has no such operation',
      near === null ? 'Write an operationId.' : `Did you mean ${near}?`,
    );
    return null;
  }

  #readExpect(value: JsonValue | undefined, pointer: string): Expectation | null {
    const match = typeof value === 'string' ? EXPECT.exec(value) : null;
    if (match === null) {
      this.#wrong(
        pointer,
        'expected allow or deny, and by which policy where that counts',
        'Write deny, deny by default, or allow by "the id of a policy".',
      );
      return null;
    }
    const allowed = match[1] === 'allow';
    const by = match[2] ?? null;
    if (by === null) return { allowed, by };
    if (by === 'default' && !allowed) return { allowed, by: '' };
    const ids = this.#set.policies.map(({ id }) => id);
    if (!ids.includes(by)) {
      const near = suggestName(by, ids);
      this.#wrong(pointer, 'there is no policy of this id', near === null ? null : `Did you mean ${near}?`);
    }
    return { allowed, by };
  }

  #readPrincipal(value: JsonValue | undefined, pointer: string): Principal {
    const given = this.#object(value, pointer);
    this.#names(given, pointer, PRINCIPAL_NAMES);
    const text = (name: string, fallback: string): string => {
      const one = given[name] ?? fallback;
      if (typeof one === 'string') return one;
      this.#wrong(joinPointer(pointer, name), 'expected a text');
      return fallback;
    };
    const texts = (name: string): readonly string[] => {
      const list = given[name] ?? [];
      if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list as readonly string[];
      this.#wrong(joinPointer(pointer, name), 'expected a list of texts');
      return [];
    };
    const kind = KINDS.find((one) => one === text('kind', value === undefined ? 'anonymous' : 'token'));
    if (kind === undefined) this.#wrong(`${pointer}/kind`, `expected one of ${KINDS.join(', ')}`);
    const claims = this.#object(given['claims'], `${pointer}/claims`);
    this.#members(claims, this.#set.requests.principalType.members.get('claims')?.type, `${pointer}/claims`);
    const keyId = given['keyId'] === undefined ? null : text('keyId', '');
    return {
      kind: kind ?? 'anonymous',
      subject: text('subject', ''),
      issuer: text('issuer', ''),
      scopes: new Set(texts('scopes')),
      roles: texts('roles'),
      schemes: texts('schemes'),
      keyId,
      attributes: claims,
    };
  }

  #readParameters(
    value: JsonValue | undefined,
    model: OperationModel,
    place: (typeof PARAMETER_PLACES)[number],
    pointer: string,
  ): JsonObject {
    const given = this.#object(value, pointer);
    const members = new Map([...model.parameters[place]].map(([name, { type }]) => [name, { type, required: false }]));
    this.#members(given, { kind: 'Record', members }, pointer);
    return given;
  }

  #readBody(value: JsonValue | undefined, model: OperationModel, pointer: string): JsonValue | undefined {
    if (value === undefined) return undefined;
    if (model.body === null) this.#wrong(pointer, `${model.operation.id} has no JSON body that policies could read`);
    else this.#value(value, model.body, pointer);
    return value;
  }

  #readContext(value: JsonValue | undefined, pointer: string): JsonObject {
    const given = this.#object(value, pointer);
    this.#names(given, pointer, CONTEXT_NAMES);
    this.#members(given, this.#set.requests.contextType, pointer);
    return given;
  }

  #object(value: JsonValue | undefined, pointer: string): JsonObject {
    if (isObject(value)) return value;
    if (value !== undefined) this.#wrong(pointer, 'expected a map');
    return {};
  }

  /** Every member has to be declared, and to have the type that it is declared with. */
  #members(given: JsonObject, type: CedarType | undefined, pointer: string): void {
    const members = type?.kind === 'Record' ? type.members : (new Map() as RecordType['members']);
    if (!this.#names(given, pointer, [...members.keys()])) return;
    for (const [name, value] of Object.entries(given)) {
      const member = members.get(name);
      if (member !== undefined && value !== null) this.#value(value, member.type, joinPointer(pointer, name));
    }
  }

  #value(value: JsonValue, type: CedarType, pointer: string): void {
    if (type.kind === 'Record' && isObject(value)) this.#members(value, type, pointer);
    else if (valueOfJs(value, type) === null) this.#wrong(pointer, `expected ${NAMES[type.kind]}`);
  }

  /** True where every name is one of those that can be. */
  #names(given: JsonObject, pointer: string, known: readonly string[]): boolean {
    let all = true;
    for (const name of Object.keys(given)) {
      if (known.includes(name)) continue;
      all = false;
      const near = suggestName(name, known);
      const names = known.length === 0 ? 'There are none here.' : `There is ${known.join(', ')}.`;
      this.#wrong(
        joinPointer(pointer, name),
        'there is no such name here',
        near === null ? names : `Did you mean ${near}?`,
      );
    }
    return all;
  }

  #wrong(pointer: string, message: string, hint: string | null = null): void {
    this.#add(pointer, 'CEDAR_TEST_INVALID', message, hint);
  }
}

const NAMES: Readonly<Record<CedarType['kind'], string>> = {
  Boolean: 'true or false',
  Long: 'a whole number',
  String: 'a text',
  decimal: 'a number with four digits behind the point at most',
  datetime: 'a date or a moment such as 2026-01-31T09:00:00Z, in quotes',
  ipaddr: 'an address',
  Set: 'a list of values of the type that is declared',
  Record: 'a map',
};
