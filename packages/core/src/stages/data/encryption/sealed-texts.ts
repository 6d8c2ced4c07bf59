import type { EditableJson } from '../../../json/editable-json.ts';
import type { JsonNode } from '../../../json/json-node.ts';
import { bodyFormat } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import { decodePercent } from '../../validation/percent-decoding.ts';
import { pointerOf } from '../marked-nodes.ts';
import { holdsSealed, namesSealed } from './sealed-form.ts';

/** No text that is shorter is taken for a sealed value. */
const MIN_SEALED = 4;
/** An escape, or an end of a text within a text. */
const DIVIDED = /[\\"'<>\n]/;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** JSON Pointers of the texts of a body that could be taken for a sealed value, and of what has a member with one in its name; `''` where only the body as a whole can be looked at. Edited values are left out. */
export function sealedTexts(bytes: Uint8Array, contentType: string | null, json: () => EditableJson | null): string[] {
  const type = parseMediaType(contentType ?? '');
  const format = type === null ? 'binary' : bodyFormat(type);
  const tree = format === 'json' ? json() : null;
  if (tree !== null) {
    const found: string[] = [];
    collect(tree, tree.root, found);
    return found;
  }
  const written = decoder.decode(bytes);
  // Lines of JSON, and JSON in a field of a form, may write any letter as an escape.
  const holds = (text: string): boolean =>
    text
      .replaceAll(/\\u([0-9A-Fa-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .split(/["'<>\n]/)
      .some(holdsSealed);
  if (format !== 'form') return holds(written) ? [''] : [];
  // Decoded as written, and only then unescaped: an escape of a percent sign would hide the rest of the field.
  return written.split(/[&;=]/).some((part) => {
    // A body of nothing but dividers is to cost no more than another.
    if (part.length < MIN_SEALED) return false;
    const field = decodePercent(part, true) ?? part;
    return holdsSealed(field) || (DIVIDED.test(field) && holds(field));
  })
    ? ['']
    : [];
}

function collect(tree: EditableJson, node: JsonNode, found: string[]): void {
  if (tree.isEdited(node)) return;
  const { key, parent } = node;
  // The pointer of such a member would hold it.
  if (typeof key === 'string' && parent !== null && namesSealed(key)) {
    found.push(pointerOf(parent));
    return;
  }
  if (node.kind === 'string' && holdsSealed(tree.value(node) as string)) found.push(pointerOf(node));
  for (const child of node.members?.values() ?? node.items ?? []) collect(tree, child, found);
}
