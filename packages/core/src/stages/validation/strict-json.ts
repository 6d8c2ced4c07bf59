import type { JsonBounds } from '../../schema/schema-compiler.ts';
import { parseJson } from '../../json/parse-json.ts';
import { Undecodable } from './undecodable.ts';

const encoder = new TextEncoder();

/** Reads a JSON text that stands inside something else, a form field or a part, with the strictness of JSON bodies; what is wrong comes back as `Undecodable`. */
export function readStrictJson(text: Uint8Array | string, bounds: JsonBounds): unknown {
  const result = parseJson(typeof text === 'string' ? encoder.encode(text) : text, bounds);
  return result.ok ? result.value : new Undecodable(result.problem.keyword, result.problem.message);
}
