import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import type { JsonValue } from '../json/json-value.ts';
import { yamlHint } from '../json/yaml-hint.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import type { ProblemList } from './document-problems.ts';
import { inspectJson } from './json-inspection.ts';
import { measureJson } from './json-measure.ts';
import type { SourceFile } from './source-file.ts';
import type { Steps } from '../steps.ts';
import { surveyValue } from './value-survey.ts';
import { findYamlDuplicates } from './yaml-offsets.ts';

/** What came of a text: always the text, so that problems can be placed; `source` is null where it cannot be used. */
export interface ParsedText {
  readonly format: 'json' | 'yaml';
  readonly text: string;
  readonly source: SourceFile | null;
}

const YAML_SCHEMA = CORE_SCHEMA.withTags(mergeTag);

type Outcome =
  | { readonly kind: 'value'; readonly value: JsonValue; readonly members: number | null }
  | { readonly kind: 'not-this-format' }
  | { readonly kind: 'refused' };

/**
 * Parses the text of one file: JSON where it starts with a bracket, else YAML 1.2 (core schema, with merge keys). Adds to `errors` what
 * is wrong with it: syntax, repeated members (parsers disagree over which counts), a member `__proto__`, more than the bounds allow.
 */
export function* parseSource(file: string, text: string, errors: ProblemList): Steps<ParsedText> {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (body.length > DOCUMENT_BOUNDS.maxTextLength) {
    errors.add(
      'DOCUMENT_TOO_LARGE',
      { file, pointer: '' },
      `the file has more than ${DOCUMENT_BOUNDS.maxTextLength} characters`,
      null,
      0,
    );
    return { format: 'json', text: '', source: null };
  }
  if (/^\s*[[{]/.test(body)) {
    const outcome = yield* parseJson(file, body, errors);
    yield;
    if (outcome.kind === 'value')
      return { format: 'json', text: body, source: survey(file, 'json', body, outcome.value, outcome.members, errors) };
    // A YAML file may start with a bracket too; its name tells which of the two the author meant.
    if (outcome.kind === 'refused' || !/\.ya?ml$/i.test(file)) {
      if (outcome.kind === 'not-this-format') addJsonFaults(file, body, errors);
      return { format: 'json', text: body, source: null };
    }
  }
  const outcome = parseYaml(file, body, errors);
  yield;
  return {
    format: 'yaml',
    text: body,
    source: outcome.kind === 'value' ? survey(file, 'yaml', body, outcome.value, null, errors) : null,
  };
}

function survey(
  file: string,
  format: 'json' | 'yaml',
  text: string,
  root: JsonValue,
  membersInText: number | null,
  errors: ProblemList,
): SourceFile | null {
  const { members, identifiers, faults } = surveyValue(root);
  const endless = faults.some((fault) => fault.code === 'DOCUMENT_TOO_LARGE');
  for (const fault of faults)
    errors.add(fault.code, { file, pointer: fault.pointer }, fault.message, null, endless ? 0 : null);
  if (endless) return null;
  if (membersInText !== null && membersInText !== members) addJsonFaults(file, text, errors);
  return { file, format, text, root, identifiers };
}

function* parseJson(file: string, text: string, errors: ProblemList): Steps<Outcome> {
  const { members, maxDepth } = measureJson(text);
  yield;
  if (maxDepth > DOCUMENT_BOUNDS.maxDepth) {
    errors.add(
      'DOCUMENT_TOO_LARGE',
      { file, pointer: '' },
      `the document nests deeper than ${DOCUMENT_BOUNDS.maxDepth} levels`,
      null,
      0,
    );
    return { kind: 'refused' };
  }
  try {
    return { kind: 'value', value: JSON.parse(text) as JsonValue, members };
  } catch {
    return { kind: 'not-this-format' };
  }
}

function addJsonFaults(file: string, text: string, errors: ProblemList): void {
  for (const { kind, pointer, message, offset } of inspectJson(text)) {
    if (kind === 'syntax') errors.add('DOCUMENT_SYNTAX', { file, pointer }, `not JSON: ${message}`, null, offset);
    else errors.add('DOCUMENT_KEY_DUPLICATE', { file, pointer }, message, 'Keep one of the two.', offset);
  }
}

function parseYaml(file: string, text: string, errors: ProblemList): Outcome {
  const options = { schema: YAML_SCHEMA, maxDepth: DOCUMENT_BOUNDS.maxDepth };
  try {
    return { kind: 'value', value: load(text, options) as JsonValue, members: null };
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key')
      return refuseYaml(file, text, error, errors);
  }
  // Read on with the last of the two, so that everything else that is wrong is found in the same run.
  for (const { pointer, offset } of findYamlDuplicates(text)) {
    errors.add(
      'DOCUMENT_KEY_DUPLICATE',
      { file, pointer },
      'this member stands twice in its object',
      'Keep one of the two.',
      offset,
    );
  }
  try {
    return { kind: 'value', value: load(text, { ...options, json: true }) as JsonValue, members: null };
  } catch (error) {
    return refuseYaml(file, text, error, errors);
  }
}

function refuseYaml(file: string, text: string, error: unknown, errors: ProblemList): Outcome {
  const known = error instanceof YAMLException;
  const offset = known ? (error.mark?.position ?? 0) : 0;
  const deep = known && error.reason.includes('maxDepth');
  const reason = known ? error.reason : 'it cannot be parsed';
  const empty = known && error.reason.includes('input is empty');
  const message = deep
    ? `the document nests deeper than ${DOCUMENT_BOUNDS.maxDepth} levels`
    : empty
      ? 'the file is empty'
      : `not YAML: ${reason}`;
  errors.add(
    deep ? 'DOCUMENT_TOO_LARGE' : 'DOCUMENT_SYNTAX',
    { file, pointer: '' },
    message,
    known ? yamlHint(error.reason, text, offset) : null,
    offset,
  );
  return { kind: 'refused' };
}
