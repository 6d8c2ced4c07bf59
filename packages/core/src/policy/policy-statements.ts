import type { DocumentPlace } from '../openapi/model.ts';
import type { SourceLocation } from '../configuration-error.ts';
import { joinPointer } from '../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { StatementSource } from './policy-problems.ts';
import type { PositionOf, YamlPositions } from './yaml-positions.ts';

const EXTENSION = 'x-sallyport';
const EXTENSION_PREFIX = 'x-sallyport-';

/** The `x-sallyport` and `x-sallyport-…` members of some `x-…` members. */
export interface ExtensionStatements {
  readonly value: JsonObject;
  /** Pointer of each statement below `base`, by its name. */
  readonly pointers: ReadonlyMap<string, string>;
  /** Names stated both ways. */
  readonly twice: readonly string[];
  /** Set where `x-sallyport` is not a map. */
  readonly notMap: boolean;
}

/** Collects the statements of a document's or operation's extensions; `base` is the pointer of the object that they stand in. */
export function extensionStatements(extensions: JsonObject, base: string): ExtensionStatements {
  const value: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  const pointers = new Map<string, string>();
  const twice: string[] = [];
  const whole = Object.hasOwn(extensions, EXTENSION) ? extensions[EXTENSION] : undefined;
  if (isObject(whole)) {
    for (const [name, member] of Object.entries(whole)) {
      value[name] = member;
      pointers.set(name, joinPointer(base, EXTENSION, name));
    }
  }
  for (const [member, statement] of Object.entries(extensions)) {
    if (!member.startsWith(EXTENSION_PREFIX)) continue;
    const name = member.slice(EXTENSION_PREFIX.length);
    if (pointers.has(name)) twice.push(name);
    value[name] = statement;
    pointers.set(name, joinPointer(base, member));
  }
  return { value, pointers, twice, notMap: whole !== undefined && !isObject(whole) };
}

export type LocateInDocument = (place: DocumentPlace) => SourceLocation;

/** Where statements come from, beside the policy file. */
export interface StatementOrigins {
  readonly documentFile: string;
  readonly locateInDocument: LocateInDocument | null;
  /** Statements that come from the document: pointer in the merged tree → pointer in the document. */
  readonly fromDocument: ReadonlyMap<string, string>;
  /** Pointers of statements that were given when the process was started. */
  readonly fromStart: ReadonlySet<string>;
}

/** Maps a pointer into merged statements to its file, pointer and line. */
export class PolicySource implements StatementSource {
  readonly file: string;
  readonly #positions: YamlPositions | null;
  readonly #origins: StatementOrigins;

  constructor(file: string, positions: YamlPositions | null, origins: StatementOrigins) {
    this.file = file;
    this.#positions = positions;
    this.#origins = origins;
  }

  inDocument(pointer: string): boolean {
    return this.#documentPointer(pointer) !== null;
  }

  /** The file and pointer of a statement, as written. */
  place(pointer: string): DocumentPlace {
    const inDocument = this.#documentPointer(pointer);
    return inDocument === null
      ? { file: this.file, pointer }
      : { file: this.#origins.documentFile, pointer: inDocument };
  }

  locate(pointer: string, of: PositionOf): SourceLocation & { readonly path: string } {
    const inDocument = this.#documentPointer(pointer);
    if (inDocument !== null) {
      const found = this.#origins.locateInDocument?.({ file: this.#origins.documentFile, pointer: inDocument });
      return {
        file: found?.file ?? this.#origins.documentFile,
        line: found?.line ?? 0,
        column: found?.column ?? 0,
        path: inDocument,
      };
    }
    if (enclosing(pointer, (at) => this.#origins.fromStart.has(at)) !== null)
      return { file: 'command line', line: 0, column: 0, path: pointer };
    const { line, column } = this.#positions?.locate(pointer, of) ?? { line: 0, column: 0 };
    return { file: this.file, line, column, path: pointer };
  }

  #documentPointer(pointer: string): string | null {
    const at = enclosing(pointer, (candidate) => this.#origins.fromDocument.has(candidate));
    return at === null ? null : (this.#origins.fromDocument.get(at) ?? '') + pointer.slice(at.length);
  }
}

/** The pointer itself or the nearest one around it that satisfies the condition. */
function enclosing(pointer: string, condition: (pointer: string) => boolean): string | null {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (condition(at)) return at;
  return null;
}

/**
 * Lays the statements of the file over those of the document: maps are merged name by name, anything else of the file replaces what the
 * document says. `fromDocument` learns which subtrees are the document's.
 */
export function mergeStatements(
  file: JsonObject,
  extension: ExtensionStatements,
  fromDocument: Map<string, string>,
): JsonObject {
  const merged: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [name, statement] of Object.entries(extension.value)) {
    const origin = extension.pointers.get(name) ?? '';
    if (!Object.hasOwn(file, name)) {
      merged[name] = statement;
      fromDocument.set(joinPointer('', name), origin);
    } else merged[name] = over(file[name] ?? null, statement, joinPointer('', name), origin, fromDocument);
  }
  for (const [name, statement] of Object.entries(file)) if (!Object.hasOwn(merged, name)) merged[name] = statement;
  return merged;
}

function over(
  file: JsonValue,
  document: JsonValue,
  pointer: string,
  origin: string,
  fromDocument: Map<string, string>,
): JsonValue {
  if (!isObject(file) || !isObject(document)) return file;
  const merged: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [name, statement] of Object.entries(file)) {
    const both = Object.hasOwn(document, name);
    merged[name] = both
      ? over(statement, document[name] ?? null, joinPointer(pointer, name), joinPointer(origin, name), fromDocument)
      : statement;
  }
  for (const [name, statement] of Object.entries(document)) {
    if (Object.hasOwn(merged, name)) continue;
    merged[name] = statement;
    fromDocument.set(joinPointer(pointer, name), joinPointer(origin, name));
  }
  return merged;
}
