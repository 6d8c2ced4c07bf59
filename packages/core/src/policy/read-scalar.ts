import type { JsonValue } from '../json/json-value.ts';
import { expected, jsonType } from './expected-shape.ts';
import type { PolicyProblems, StatementSource } from './policy-problems.ts';
import { parseDate } from './parse-date.ts';
import { holdsReference, isReference, type ReferenceReader, resolveReferences } from './references.ts';
import { ResolvedSecret } from './resolved-secret.ts';
import type { ChoiceShape, NumberShape, Shape } from './shape.ts';
import { suggestName } from './suggest-name.ts';
import { suggestWord } from './suggest-word.ts';
import { typeHint } from './type-hint.ts';
import { type Parsed, parseDuration, parseRate, parseSize, renderDuration, renderSize } from './units.ts';

/** What a value that could not be read gives. */
export const FAILED = Symbol('failed');

export interface ReadContext {
  readonly problems: PolicyProblems;
  readonly source: StatementSource;
  readonly references: ReferenceReader;
}

export type ScalarShape = Extract<
  Shape,
  { kind: 'text' | 'secret' | 'choice' | 'flag' | 'number' | 'duration' | 'size' | 'rate' | 'date' }
>;

const MAX_TEXT_LENGTH = 8_192;

/** Reads one scalar by its shape. `${env:NAME}` may stand for any of them; what it gives is then read by the same rules. `whole`: all that may stand there. */
export function readScalar(
  shape: ScalarShape,
  value: JsonValue,
  pointer: string,
  context: ReadContext,
  whole: Shape = shape,
): unknown {
  if (typeof value !== 'string') return readPlain(shape, value, pointer, context);
  if (shape.kind === 'secret') return readSecret(value, pointer, context);
  const holdsSecrets = shape.kind === 'text' && shape.holdsSecrets === true;
  const resolved = resolve(value, pointer, context, false, holdsSecrets);
  if (resolved === FAILED) return FAILED;
  return readText(shape, resolved.text, resolved.resolved, pointer, context, whole);
}

function readPlain(shape: ScalarShape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  if (shape.kind === 'flag' && typeof value === 'boolean') return value;
  if (shape.kind === 'number' && typeof value === 'number') return withinNumber(shape, value, pointer, context);
  const needsUnit =
    typeof value === 'number' && (shape.kind === 'duration' || shape.kind === 'size' || shape.kind === 'rate');
  if (needsUnit) {
    const parsed = parseWithUnit(shape.kind, String(value));
    context.problems.add(
      'POLICY_UNIT',
      pointer,
      parsed.ok ? 'expected a unit' : parsed.message,
      parsed.ok ? null : parsed.hint,
    );
    return FAILED;
  }
  context.problems.add(
    'POLICY_TYPE',
    pointer,
    `expected ${expected(shape)}, found ${jsonType(value)}`,
    typeHint(shape, value),
  );
  return FAILED;
}

function readText(
  shape: ScalarShape,
  text: string,
  fromReference: boolean,
  pointer: string,
  context: ReadContext,
  whole: Shape,
): unknown {
  switch (shape.kind) {
    case 'text': {
      if (text.length === 0 || text.length > MAX_TEXT_LENGTH || /[\p{Cc}]/u.test(text)) {
        context.problems.add(
          'POLICY_VALUE',
          pointer,
          `expected ${expected(shape)}: not empty, on one line, at most ${MAX_TEXT_LENGTH} characters`,
          null,
        );
        return FAILED;
      }
      if (shape.format === null || new RegExp(shape.format.pattern, 'u').test(text)) return text;
      const near = suggestWord(text, shape.format.words ?? []);
      const hint = near === null ? null : `Did you mean ${near}?`;
      context.problems.add('POLICY_VALUE', pointer, `expected ${expected(shape)}`, hint);
      return FAILED;
    }
    case 'choice':
      return readChoice(shape, text, pointer, context, whole);
    case 'flag':
      if (fromReference && (text === 'true' || text === 'false')) return text === 'true';
      break;
    case 'number':
      if (fromReference && /^\d{1,15}$/.test(text)) return withinNumber(shape, Number(text), pointer, context);
      break;
    case 'date': {
      const parsed = parseDate(text);
      if (parsed.ok) return parsed.value;
      context.problems.add('POLICY_VALUE', pointer, parsed.message, parsed.hint);
      return FAILED;
    }
    case 'duration':
    case 'size':
    case 'rate': {
      const parsed = parseWithUnit(shape.kind, text);
      if (!parsed.ok) {
        context.problems.add('POLICY_UNIT', pointer, parsed.message, parsed.hint);
        return FAILED;
      }
      if (shape.kind === 'rate' || typeof parsed.value !== 'number') return parsed.value;
      return shape.kind === 'duration'
        ? within(parsed.value, shape.minMs, shape.maxMs, renderDuration, pointer, context)
        : within(parsed.value, shape.minBytes, shape.maxBytes, renderSize, pointer, context);
    }
    case 'secret':
      break;
  }
  context.problems.add(
    'POLICY_TYPE',
    pointer,
    `expected ${expected(shape)}, found text`,
    fromReference ? null : shape.kind === 'flag' ? flagHint(text) : 'Write it without quotes.',
  );
  return FAILED;
}

/** What YAML 1.1 took for true and false is text in YAML 1.2. */
function flagHint(text: string): string {
  return /^(?:yes|no|on|off|y|n)$/i.test(text)
    ? `Write true or false: ${text} is a text like any other.`
    : 'Write true or false, without quotes.';
}

function readChoice(shape: ChoiceShape, text: string, pointer: string, context: ReadContext, whole: Shape): unknown {
  if (shape.values.includes(text)) return text;
  const later = Object.entries(shape.later).find(
    ([start]) => text === start || (/[:.]$/.test(start) && text.startsWith(start)),
  );
  if (later !== undefined) {
    context.problems.add(
      'POLICY_NOT_YET',
      pointer,
      `${later[0].replace(/:$/, '')} is not available in this version`,
      later[1],
    );
    return FAILED;
  }
  const near = suggestName(text, shape.values);
  context.problems.add(
    'POLICY_VALUE',
    pointer,
    `expected ${expected(whole)}`,
    near === null ? null : `Did you mean ${near}?`,
  );
  return FAILED;
}

function readSecret(value: string, pointer: string, context: ReadContext): unknown {
  if (holdsReference(value) && !isReference(value) && !value.includes('$${')) {
    context.problems.add(
      'POLICY_REFERENCE_UNKNOWN',
      pointer,
      'a secret is one whole reference, or a path without any',
      'Write ${env:NAME}, ${file:path} or ${vault:path#field} and nothing around it.',
    );
    return FAILED;
  }
  if (value.includes('-----BEGIN') || /[\r\n]/.test(value)) {
    context.problems.add(
      'POLICY_SECRET_LITERAL',
      pointer,
      'a private key stands in the file',
      'Write the path of the key file, ${env:NAME} or ${file:path}: policy files are kept and shared.',
    );
    return FAILED;
  }
  const resolved = resolve(value, pointer, context, true, !isInVault(pointer));
  if (resolved === FAILED) return FAILED;
  if (resolved.resolved) return new ResolvedSecret(value, resolved.text);
  const text: ScalarShape = { kind: 'text', format: null };
  return readText(text, resolved.text, false, pointer, context, text);
}

function resolve(
  value: string,
  pointer: string,
  context: ReadContext,
  files: boolean,
  vault: boolean,
): { readonly text: string; readonly resolved: boolean } | typeof FAILED {
  if (!holdsReference(value)) return { text: value, resolved: false };
  if (context.source.inDocument(pointer)) {
    // A document is published and may come from somebody else; it must not read this machine's environment and files.
    context.problems.add(
      'POLICY_REFERENCE_IN_DOCUMENT',
      pointer,
      'a reference stands in the document',
      'Move this setting into the policy file; only that may refer to the environment.',
    );
    return FAILED;
  }
  const resolution = resolveReferences(value, context.source.file, context.references, files, vault);
  if (resolution.ok) return resolution;
  context.problems.add(resolution.problem.code, pointer, resolution.problem.message, resolution.problem.hint);
  return FAILED;
}

/** What says how to reach Vault cannot come from it. */
function isInVault(pointer: string): boolean {
  return pointer.startsWith('/vault/');
}

function parseWithUnit(kind: 'duration' | 'size' | 'rate', text: string): Parsed<unknown> {
  if (kind === 'duration') return parseDuration(text);
  return kind === 'size' ? parseSize(text) : parseRate(text);
}

function withinNumber(shape: NumberShape, value: number, pointer: string, context: ReadContext): unknown {
  if (!Number.isInteger(value)) {
    context.problems.add('POLICY_TYPE', pointer, `expected ${expected(shape)}`, null);
    return FAILED;
  }
  return within(value, shape.minimum, shape.maximum, String, pointer, context);
}

function within(
  value: number,
  minimum: number,
  maximum: number,
  render: (value: number) => string,
  pointer: string,
  context: ReadContext,
): unknown {
  if (value >= minimum && value <= maximum) return value;
  context.problems.add('POLICY_RANGE', pointer, `expected a value from ${render(minimum)} to ${render(maximum)}`, null);
  return FAILED;
}
