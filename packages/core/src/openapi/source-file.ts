import type { SourceLocation } from '../configuration-error.ts';
import type { JsonValue } from '../json/json-value.ts';
import { findJsonOffsets } from './json-offsets.ts';
import { nearestOffset, pointerTrie } from './pointer-trie.ts';
import type { Identifier } from './value-survey.ts';
import { findYamlOffsets } from './yaml-offsets.ts';

/** One file of a document, parsed. The text is kept, positions are not: they are found again when somebody asks for them. */
export interface SourceFile {
  readonly file: string;
  readonly format: 'json' | 'yaml';
  readonly text: string;
  readonly root: JsonValue;
  readonly identifiers: readonly Identifier[];
}

/** Offsets of the pointers in the text, those of the nearest enclosing place where nothing stands. One pass for all of them. */
export function offsetsOf(source: Pick<SourceFile, 'format' | 'text'>, pointers: readonly string[]): number[] {
  const start = Math.max(0, source.text.search(/\S/));
  const trie = pointerTrie(pointers, start);
  if (source.format === 'json') findJsonOffsets(source.text, trie);
  else findYamlOffsets(source, trie);
  return pointers.map((pointer) => nearestOffset(trie, pointer));
}

/** Lines and columns of offsets, both counted from 1, columns in UTF-16 code units. */
export function locationsOf(file: string, text: string, offsets: readonly number[]): SourceLocation[] {
  const locations: SourceLocation[] = offsets.map(() => ({ file, line: 0, column: 0 }));
  const order = offsets
    .map((offset, index) => ({ offset: Math.min(Math.max(offset, 0), text.length), index }))
    .toSorted((a, b) => a.offset - b.offset);
  let line = 1;
  let lineStart = 0;
  for (const { offset, index } of order) {
    for (let next = text.indexOf('\n', lineStart); next >= 0 && next < offset; next = text.indexOf('\n', lineStart)) {
      line++;
      lineStart = next + 1;
    }
    locations[index] = { file, line, column: offset - lineStart + 1 };
  }
  return locations;
}
