import { type MultipartValues, readParts } from '../data/multipart-values.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { isCsv } from './csv-type.ts';

/** What stands in a part that a spreadsheet opens: its type, or the name of its file. */
const TABLE = /csv|tab-separated|\.t(?:sv|ab)\b/i;
const FILE = /\.(?:csv|tsv|tab)$/i;

/** A table among the parts of a body. */
export interface TablePart {
  content(): string;
  replace(table: string): void;
}

/** The parts of a body, of which some may be tables. */
export interface TableParts {
  readonly tables: readonly TablePart[];
  bytes(): Uint8Array;
}

/** True for a multipart body in which a table may stand: a quick look, for most hold none. */
export function mayHoldTables(bytes: Uint8Array, type: ParsedMediaType | null): type is ParsedMediaType {
  if (type === null || bodyFormat(type) !== 'multipart') return false;
  return TABLE.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
}

/** The tables of a multipart body, by the type of a part or, whatever type is stated, the name of its file; null where the body is malformed. */
export function readTables(bytes: Uint8Array, type: ParsedMediaType): TableParts | null {
  const parts: MultipartValues | null = readParts(bytes, type);
  if (parts === null) return null;
  const tables = parts.slots.filter(
    ({ contentType, fileName }) =>
      isCsv(parseMediaType(contentType ?? '')) || (fileName !== null && FILE.test(fileName.trim())),
  );
  return { tables, bytes: () => parts.bytes() };
}
