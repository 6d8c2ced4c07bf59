import type { JsonBounds } from '../schema/schema-compiler.ts';
import type { JsonValue } from './json-value.ts';
import { type JsonScanProblem, scanJson } from './scan-json.ts';

/** A value, or what is wrong with its text and where. */
export type JsonParseResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly problem: JsonScanProblem };

/**
 * The value of the bytes of one strict JSON text, under the rules and bounds of `scanJson`. Never throws.
 * Objects have the ordinary prototype and no `__proto__` member; numbers beyond double range are infinite, those beyond 2^53 rounded.
 */
export function parseJson(bytes: Uint8Array, bounds: JsonBounds): JsonParseResult {
  const problem = scanJson(bytes, bounds);
  if (problem !== null) return { ok: false, problem };
  // The scan has shown the UTF-8 to be valid: this decoding replaces nothing.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return { ok: true, value: JSON.parse(text) as JsonValue };
}
