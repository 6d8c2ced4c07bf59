import {
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  parseEvents,
  type Event,
} from 'js-yaml';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import { childPointer } from './located.ts';
import type { PointerNode } from './pointer-trie.ts';

/** A member that stands twice in its mapping. */
export interface YamlDuplicate {
  readonly offset: number;
  readonly pointer: string;
}

/** Events of texts that were looked into a moment ago: whoever asks for one place often asks for a hundred. Held weakly, for they are many times larger than the text. */
const recent = new WeakMap<YamlText, WeakRef<YamlEvents>>();

/** A YAML text; the same object each time it is the same text. */
export interface YamlText {
  readonly text: string;
}

/** Sets the offset of every place of `trie` in a YAML text that has been parsed before. Follows aliases and merge keys to where the value is written. */
export function findYamlOffsets(source: YamlText, trie: PointerNode): void {
  let events = recent.get(source)?.deref();
  if (events === undefined) {
    events = new YamlEvents(source.text);
    recent.set(source, new WeakRef(events));
  }
  events.visit(1, trie);
}

/** Finds every repeated member of a YAML text, in mappings as they are written. */
export function findYamlDuplicates(text: string): readonly YamlDuplicate[] {
  const duplicates: YamlDuplicate[] = [];
  new YamlEvents(text).duplicates(1, '', duplicates);
  return duplicates;
}

class YamlEvents {
  readonly #text: string;
  readonly #events: readonly Event[];

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, { maxDepth: DOCUMENT_BOUNDS.maxDepth });
  }

  /** Returns the index after the node at `index`. */
  visit(index: number, node: PointerNode): number {
    const event = this.#events[index];
    if (node.children.size === 0) return this.#after(index);
    if (event?.type === EVENT_MAPPING) return this.#visitMapping(index, node);
    if (event?.type === EVENT_SEQUENCE) return this.#visitSequence(index, node);
    if (event?.type === EVENT_ALIAS) {
      const anchor = this.#anchor(index);
      if (anchor >= 0) this.visit(anchor, node);
    }
    return index + 1;
  }

  duplicates(index: number, pointer: string, found: YamlDuplicate[]): number {
    const event = this.#events[index];
    let next = index + 1;
    if (event?.type === EVENT_MAPPING) {
      const seen = new Set<string>();
      while (this.#within(next)) {
        const key = this.#key(next);
        const member = childPointer(pointer, key ?? '');
        if (key !== null && seen.has(key)) found.push({ offset: this.#offset(next), pointer: member });
        if (key !== null) seen.add(key);
        next = this.duplicates(this.#after(next), member, found);
      }
      return next + 1;
    }
    if (event?.type === EVENT_SEQUENCE) {
      for (let item = 0; this.#within(next); item++) next = this.duplicates(next, childPointer(pointer, item), found);
      return next + 1;
    }
    return next;
  }

  #visitMapping(index: number, node: PointerNode): number {
    const merged: number[] = [];
    let next = index + 1;
    while (this.#within(next)) {
      const key = this.#key(next);
      const value = this.#after(next);
      if (key === '<<') merged.push(value);
      const place = key === null ? undefined : node.children.get(key);
      if (place !== undefined && place.offset < 0) {
        place.offset = this.#offset(next);
        next = this.visit(value, place);
      } else next = this.#after(value);
    }
    for (const value of merged) this.#visitMerged(value, node);
    return next + 1;
  }

  #visitMerged(index: number, node: PointerNode): void {
    const event = this.#events[index];
    if (event?.type !== EVENT_SEQUENCE) {
      this.visit(index, node);
      return;
    }
    for (let next = index + 1; this.#within(next); next = this.#after(next)) this.visit(next, node);
  }

  #visitSequence(index: number, node: PointerNode): number {
    let next = index + 1;
    for (let item = 0; this.#within(next); item++) {
      const place = node.children.get(String(item));
      if (place !== undefined && place.offset < 0) {
        place.offset = this.#offset(next);
        next = this.visit(next, place);
      } else next = this.#after(next);
    }
    return next + 1;
  }

  /** The value that an alias stands for: the last node before it that carries the anchor; none where the alias stands inside it, or this would never end. */
  #anchor(alias: number): number {
    const name = this.#anchorName(alias);
    for (let index = alias - 1; index > 0; index--) {
      const event = this.#events[index];
      if (
        event !== undefined &&
        event.type !== EVENT_ALIAS &&
        event.type !== EVENT_POP &&
        this.#anchorName(index) === name
      ) {
        return this.#after(index) <= alias ? index : -1;
      }
    }
    return -1;
  }

  #anchorName(index: number): string {
    const event = this.#events[index];
    if (event === undefined || event.type === EVENT_POP || event.type === EVENT_DOCUMENT || event.anchorStart < 0)
      return '';
    return this.#text.slice(event.anchorStart, event.anchorEnd);
  }

  #after(index: number): number {
    let depth = 0;
    let next = index;
    do {
      const type = this.#events[next]?.type;
      if (type === EVENT_MAPPING || type === EVENT_SEQUENCE) depth++;
      else if (type === EVENT_POP || type === undefined) depth--;
      next++;
    } while (depth > 0);
    return next;
  }

  #within(index: number): boolean {
    const event = this.#events[index];
    return event !== undefined && event.type !== EVENT_POP;
  }

  #key(index: number): string | null {
    const event = this.#events[index];
    return event?.type === EVENT_SCALAR ? getScalarValue(this.#text, event) : null;
  }

  #offset(index: number): number {
    const event = this.#events[index];
    if (event?.type === EVENT_SCALAR) return event.valueStart;
    if (event?.type === EVENT_MAPPING || event?.type === EVENT_SEQUENCE) return event.start;
    return event?.type === EVENT_ALIAS ? event.anchorStart : 0;
  }
}
