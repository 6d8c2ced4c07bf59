import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { parsePointer } from '../json/json-pointer.ts';

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Which end of a member a message is about: its name or its value. */
export type PositionOf = 'key' | 'value';

interface YamlNode {
  readonly start: number;
  /** Where a block collection or block text starts on a later line, its key says better where it is. */
  readonly block: boolean;
  readonly members: Map<string, { readonly keyStart: number; readonly node: YamlNode }>;
}

/**
 * Finds the line and column of a JSON Pointer in a YAML text. Nothing is built before the first question, for a good policy asks
 * none. A pointer to what is not there gives the nearest enclosing place that is; columns count UTF-16 units.
 */
export class YamlPositions {
  readonly #text: string;
  readonly #events: readonly Event[];
  #root: YamlNode | null = null;
  #lineStarts: readonly number[] | null = null;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  locate(pointer: string, of: PositionOf = 'value'): Position {
    this.#root ??= buildTree(this.#text, this.#events);
    let node = this.#root;
    let keyStart = node.start;
    for (const token of parsePointer(pointer)) {
      const member = node.members.get(token);
      if (member === undefined) return this.#position(keyStart);
      ({ keyStart, node } = member);
    }
    return this.#position(of === 'key' || node.block ? keyStart : node.start);
  }

  #position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.#text);
    return positionIn(this.#lineStarts, offset);
  }
}

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  return positionIn(lineStarts(text), offset);
}

/** Offsets at which lines start; CRLF, LF and CR each end one. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || (unit === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return starts;
}

function positionIn(starts: readonly number[], offset: number): Position {
  let line = 0;
  let after = starts.length;
  while (after - line > 1) {
    const middle = (line + after) >> 1;
    if ((starts[middle] ?? 0) <= offset) line = middle;
    else after = middle;
  }
  return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
}

interface OpenCollection {
  readonly node: YamlNode;
  readonly isMapping: boolean;
  key: string | null;
  keyStart: number;
  count: number;
}

function buildTree(text: string, events: readonly Event[]): YamlNode {
  const open: (OpenCollection | null)[] = [];
  const anchors = new Map<string, YamlNode>();
  let root: YamlNode | null = null;

  const attach = (node: YamlNode, start: number): void => {
    const parent = open.at(-1);
    if (parent === undefined || parent === null) root ??= node;
    else if (!parent.isMapping) parent.node.members.set(String(parent.count++), { keyStart: start, node });
    else if (parent.key !== null) {
      parent.node.members.set(parent.key, { keyStart: parent.keyStart, node });
      parent.key = null;
    }
  };

  for (const event of events) {
    const parent = open.at(-1);
    const isKey = parent !== undefined && parent !== null && parent.isMapping && parent.key === null;
    if (event.type === EVENT_ID.POP) open.pop();
    else if (event.type === EVENT_ID.DOCUMENT) open.push(null);
    else if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      attach(target ?? { start: event.anchorStart - 1, block: false, members: new Map() }, event.anchorStart - 1);
    } else if (event.type === EVENT_ID.SCALAR) {
      const quoted = event.style === 2 || event.style === 3;
      const start = quoted ? event.valueStart - 1 : event.valueStart;
      if (isKey) {
        parent.key = getScalarValue(text, event);
        parent.keyStart = start;
        continue;
      }
      const node = { start, block: event.style === 4 || event.style === 5, members: new Map() };
      remember(anchors, text, event, node);
      attach(node, start);
    } else {
      const block = event.style === 1;
      const node = { start: event.start, block, members: new Map() };
      remember(anchors, text, event, node);
      attach(node, event.start);
      open.push({ node, isMapping: event.type === EVENT_ID.MAPPING, key: null, keyStart: event.start, count: 0 });
    }
  }
  return root ?? { start: 0, block: false, members: new Map() };
}

function remember(
  anchors: Map<string, YamlNode>,
  text: string,
  event: { anchorStart: number; anchorEnd: number },
  node: YamlNode,
): void {
  if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
}
