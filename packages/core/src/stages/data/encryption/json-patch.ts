import type { EditableJson } from '../../../json/editable-json.ts';
import type { JsonNode } from '../../../json/json-node.ts';
import { foldCase } from '../../../json/fold-case.ts';
import { parsePointer } from '../../../json/json-pointer.ts';
import type { ParsedMediaType } from '../../validation/media-type.ts';
import type { Vertex } from '../mark-graph.ts';
import { sameValue } from '../marked-nodes.ts';

/** One operation of a JSON Patch (RFC 6902, section 4). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'test' | 'remove' | 'move' | 'copy';
  readonly node: JsonNode;
  /** Tokens of `path`. */
  readonly path: readonly string[];
  /** Tokens of `from`; null where the operation has none. */
  readonly from: readonly string[] | null;
  /** What stands beside it, whether the operation takes one or not; null where nothing does. */
  readonly value: JsonNode | null;
}

const OPERATIONS = new Set(['add', 'replace', 'test', 'remove', 'move', 'copy']);
const MEMBERS = ['op', 'path', 'from', 'value'];

export function isJsonPatch({ essence }: ParsedMediaType): boolean {
  return essence === 'application/json-patch+json';
}

/** RFC 7396. */
export function isMergePatch({ essence }: ParsedMediaType): boolean {
  return essence === 'application/merge-patch+json';
}

/** True of a schema that describes a list of such operations, whatever the media type is called. */
export function isPatchShaped(vertex: Vertex): boolean {
  const items = sameValue([vertex]).flatMap((one) => one.items);
  const names = new Set(sameValue(items).flatMap(({ properties }) => [...properties.keys()]));
  return names.has('op') && names.has('path') && (names.has('value') || names.has('from'));
}

/**
 * Reads a JSON Patch; null for what is none, or what somebody behind us could take for another: an operation that RFC 6902 does not name, a path
 * that is no JSON Pointer, a member that differs from `path` or `value` in case only.
 */
export function readJsonPatch(tree: EditableJson): readonly PatchOperation[] | null {
  if (tree.root.items === null) return null;
  const read: PatchOperation[] = [];
  for (const node of tree.root.items) {
    const one = readOperation(tree, node);
    if (one === null) return null;
    read.push(one);
  }
  return read;
}

function readOperation(tree: EditableJson, node: JsonNode): PatchOperation | null {
  const { members } = node;
  if (members === null) return null;
  for (const name of members.keys()) {
    // Go and ASP.NET take Path for path: the last of the two would count, and we had looked at the first.
    if (!MEMBERS.includes(name) && MEMBERS.includes(foldCase(name))) return null;
  }
  const text = (name: string): string | null => {
    const member = members.get(name);
    return member?.kind === 'string' ? (tree.value(member) as string) : null;
  };
  const op = text('op');
  const path = pointerTokens(text('path'));
  if (op === null || !OPERATIONS.has(op) || path === null) return null;
  const hasFrom = op === 'move' || op === 'copy';
  const from = hasFrom ? pointerTokens(text('from')) : null;
  const value = members.get('value') ?? null;
  const takesValue = op === 'add' || op === 'replace' || op === 'test';
  if ((hasFrom && from === null) || (takesValue && value === null)) return null;
  return { op: op as PatchOperation['op'], node, path, from, value };
}

/** Null for what is no JSON Pointer, and for one with an empty token: ASP.NET reads `//ssn` and `ssn` as `/ssn`. */
function pointerTokens(text: string | null): readonly string[] | null {
  if (text === null || (text !== '' && !text.startsWith('/')) || /~(?![01])/.test(text)) return null;
  const tokens = parsePointer(text);
  return tokens.includes('') ? null : tokens;
}
