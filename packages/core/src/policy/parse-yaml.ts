import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { isObject, type JsonValue } from '../json/json-value.ts';
import { yamlHint } from '../json/yaml-hint.ts';
import type { PolicyCode } from './policy-codes.ts';
import { type Position, positionAt, YamlPositions } from './yaml-positions.ts';

const MAX_POLICY_BYTES = 1_048_576;
const MAX_POLICY_DEPTH = 32;
/** Values after every alias is written out. */
const MAX_POLICY_VALUES = 100_000;

export type YamlResult =
  | {
      readonly ok: true /** Undefined for an empty file. */;
      readonly value: JsonValue | undefined;
      readonly positions: YamlPositions;
    }
  | {
      readonly ok: false;
      readonly code: PolicyCode;
      readonly message: string;
      readonly hint: string | null;
      readonly position: Position | null;
    };

/**
 * Parses one document of YAML 1.2 (core schema; JSON is YAML) into JSON values. Duplicate keys, several documents, tags beyond the
 * core and numbers that JSON cannot hold are refused, and so is a file that is too large, too deep, or that aliases blow up
 * (the billion laughs attack). Never throws; no message quotes the file, which may hold a secret by mistake.
 */
export function parseYaml(input: string): YamlResult {
  const text = input.startsWith('\uFEFF') ? input.slice(1) : input;
  if (
    text.length > MAX_POLICY_BYTES ||
    (text.length * 3 > MAX_POLICY_BYTES && new TextEncoder().encode(text).length > MAX_POLICY_BYTES)
  ) {
    return {
      ok: false,
      code: 'POLICY_TOO_LARGE',
      message: 'the file is larger than 1 MiB',
      hint: 'Keep lists of keys and users in files of their own.',
      position: null,
    };
  }
  try {
    const events = parseEvents(text, { maxDepth: MAX_POLICY_DEPTH });
    const documents = constructFromEvents(events, { source: text });
    if (documents.length > 1)
      return syntax('more than one YAML document', 'Keep one document a file; there is no --- in the middle.', null);
    const budget = { left: MAX_POLICY_VALUES };
    const value =
      documents.length === 0 || saysNothing(events) ? undefined : toJson(documents[0], budget, MAX_POLICY_DEPTH);
    return { ok: true, value, positions: new YamlPositions(text, events) };
  } catch (error) {
    if (error instanceof Oversized)
      return {
        ok: false,
        code: 'POLICY_TOO_LARGE',
        message: error.message,
        hint: 'Write the values out, without aliases that repeat aliases.',
        position: null,
      };
    if (error instanceof YAMLException) {
      const position = error.mark === undefined ? null : positionAt(text, error.mark.position);
      const hint = hintFor(error.reason) ?? yamlHint(error.reason, text, error.mark?.position ?? 0);
      return syntax(withoutQuotes(error.reason), hint, position);
    }
    return syntax('the file cannot be read as YAML', null, null);
  }
}

/** True for `---` and nothing after it: unlike a `null` that somebody wrote, it is an empty file. */
function saysNothing(events: readonly Event[]): boolean {
  const root = events[1];
  return root?.type === EVENT_ID.SCALAR && root.valueEnd <= root.valueStart && root.tagStart < 0 && root.style === 1;
}

class Oversized extends Error {}

/** Copies what js-yaml made, aliases written out, into objects without a prototype. */
function toJson(value: unknown, budget: { left: number }, depth: number): JsonValue {
  if (--budget.left < 0) throw new Oversized('the file holds more than 100,000 values');
  if (depth < 0) throw new Oversized('the file is nested more than 32 deep');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new YAMLException('a number that JSON cannot hold');
  }
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, budget, depth - 1));
  if (!isObject(value)) throw new YAMLException('a value that JSON cannot hold');
  const copy: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [name, member] of Object.entries(value)) copy[name] = toJson(member, budget, depth - 1);
  return copy;
}

function syntax(message: string, hint: string | null, position: Position | null): YamlResult {
  return { ok: false, code: 'POLICY_SYNTAX', message, hint, position };
}

function withoutQuotes(reason: string): string {
  return reason
    .replaceAll(/ ?".*"| ?!<.*>/gs, '')
    .replace(/characters:.*$/s, 'characters')
    .trim();
}

function hintFor(reason: string): string | null {
  if (reason.startsWith('duplicated mapping key')) return 'Say each thing once; the two could say different things.';
  if (reason.includes('alias')) return 'Quote text that starts with *.';
  if (reason.includes('tag')) return 'Quote text that starts with !.';
  if (reason.includes('maxDepth')) return 'No setting is nested that deep.';
  return null;
}
