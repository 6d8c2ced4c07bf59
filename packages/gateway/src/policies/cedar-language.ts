import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { LanguageProblem, ParsedPolicyText, PolicyLanguage, ValidationFinding } from '@sallyport/core';

const PACKAGE = '@cedar-policy/cedar-wasm';

/** What reads Cedar is not installed. */
export class CedarMissingError extends Error {
  override readonly name = 'CedarMissingError';

  constructor(options?: ErrorOptions) {
    super(`policies need the package ${PACKAGE}`, options);
  }
}

let engine: typeof Cedar | null = null;
let loaded: PolicyLanguage | null = null;

/** The reference engine of Cedar: 13 MB of WebAssembly, so that it is loaded by whoever has policies. Throws `CedarMissingError` where it is not installed. */
export function cedarLanguage(): PolicyLanguage {
  loaded ??= createLanguage(load());
  return loaded;
}

/** A schema in the text form of Cedar. Throws `CedarMissingError` where what writes it is not installed. */
export function renderCedarSchema(schema: Record<string, unknown>): string {
  const answer = load().schemaToText(schema as Cedar.SchemaJson<string>);
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  return answer.text.trimEnd();
}

function load(): typeof Cedar {
  try {
    engine ??= createRequire(import.meta.url)(`${PACKAGE}/nodejs`) as typeof Cedar;
    return engine;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')
      throw new CedarMissingError({ cause: error });
    throw error;
  }
}

/** What was parsed and validated is kept up to as many policies, so that a reload costs what changed: one policy takes the engine a good half of a millisecond. */
const MAX_KNOWN = 50_000;

function createLanguage(cedar: typeof Cedar): PolicyLanguage {
  const parsed = new Map<string, ParsedPolicyText>();
  const validated = new Map<string, readonly Finding[]>();
  let schemaText = '';
  return {
    parse(text): ParsedPolicyText {
      let answer = parsed.get(text);
      if (answer === undefined) {
        answer = parsePolicyText(cedar, text);
        if (parsed.size >= MAX_KNOWN) parsed.clear();
        parsed.set(text, answer);
      }
      return answer;
    },
    validate(schema, policies): readonly ValidationFinding[] {
      const written = JSON.stringify(schema);
      if (written !== schemaText || validated.size + policies.size > MAX_KNOWN) validated.clear();
      schemaText = written;
      const unknown = [...new Set(policies.values())].filter((text) => !validated.has(text));
      if (unknown.length > 0) validateTexts(cedar, schema, unknown, validated);
      return [...policies].flatMap(([policyId, text]) =>
        (validated.get(text) ?? []).map((finding) => ({ ...finding, policyId })),
      );
    },
  };
}

type Finding = Omit<ValidationFinding, 'policyId'>;

function parsePolicyText(cedar: typeof Cedar, text: string): ParsedPolicyText {
  if (isTemplate(cedar, text))
    return {
      ok: false,
      problem: { message: 'templates with slots such as ?principal are not taken', hint: null, startByte: 0 },
    };
  const answer = cedar.policyToJson(text);
  // Both describe the same form; the core has types of its own, for it does not know the package.
  return answer.type === 'success'
    ? { ok: true, json: answer.json as unknown as Extract<ParsedPolicyText, { ok: true }>['json'] }
    : { ok: false, problem: firstOf(answer.errors) };
}

/** In one text, which the engine calls `policy0`, `policy1` and so on: three times as fast as one by one. */
function validateTexts(
  cedar: typeof Cedar,
  schema: Record<string, unknown>,
  texts: readonly string[],
  found: Map<string, readonly Finding[]>,
): void {
  const answer = cedar.validate({
    schema: schema as Cedar.SchemaJson<string>,
    policies: { staticPolicies: texts.join('\n') },
  });
  if (answer.type === 'failure')
    throw new Error(`the policies cannot be validated: ${answer.errors.map(({ message }) => message).join('; ')}`);
  const lists: Finding[][] = texts.map(() => []);
  const starts: number[] = [];
  let start = 0;
  for (const text of texts) {
    starts.push(start);
    start += Buffer.byteLength(text) + 1;
  }
  const add = ({ policyId, error }: Cedar.ValidationError, severity: Finding['severity']): void => {
    const index = Number(policyId.slice('policy'.length));
    const { startByte, ...problem } = toProblem(error);
    lists[index]?.push({
      ...problem,
      severity,
      startByte: startByte === null ? null : Math.max(0, startByte - (starts[index] ?? 0)),
    });
  };
  for (const error of answer.validationErrors) add(error, 'error');
  for (const error of answer.validationWarnings) add(error, 'warning');
  for (const [index, text] of texts.entries()) found.set(text, lists[index] ?? []);
}

/** A template is no policy to the engine, and its message for it does not say so. */
function isTemplate(cedar: typeof Cedar, text: string): boolean {
  if (!text.includes('?principal') && !text.includes('?resource')) return false;
  const parts = cedar.policySetTextToParts(text);
  return parts.type === 'success' && parts.policy_templates.length > 0;
}

function toProblem({ message, help, sourceLocations }: Cedar.DetailedError): LanguageProblem {
  const [place] = sourceLocations ?? [];
  return {
    message: message.replace(/^failed to parse policy[^:]*: /, ''),
    hint: help ?? place?.label ?? null,
    startByte: place?.start ?? null,
  };
}

/** The engine goes on after an error, and names the one that it ended with first. */
function firstOf(errors: readonly Cedar.DetailedError[]): LanguageProblem {
  const all = errors.flatMap((error) => [error, ...(error.related ?? [])]).map(toProblem);
  const start = ({ startByte }: LanguageProblem): number => startByte ?? Number.POSITIVE_INFINITY;
  return (
    all.toSorted((left, right) => start(left) - start(right))[0] ?? {
      message: 'not understood',
      hint: null,
      startByte: null,
    }
  );
}
