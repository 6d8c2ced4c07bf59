import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import { isObject, type JsonObject } from '../json/json-value.ts';
import type { DocumentFiles } from './document-files.ts';
import type { ProblemList } from './document-problems.ts';
import { ownMember } from './located.ts';
import type { ApiDocument, DocumentPlace, Operation, SchemaSource, SecurityScheme } from './model.ts';
import { locationsOf, offsetsOf } from './source-file.ts';

export type LoadedParts = Omit<
  ApiDocument,
  'files' | 'warnings' | 'locate' | 'resolveSchema' | 'ambiguousOperations'
> & {
  readonly ambiguousOperations: readonly Operation[];
};

/** After so many places one by one, all operations are located. */
const MANY_LOCATED = 5;

/** An `ApiDocument` over its files. Lines of warnings are found when the warnings are first asked for. */
export class LoadedDocument implements ApiDocument {
  readonly file: string;
  readonly version: string;
  readonly title: string;
  readonly operations: readonly Operation[];
  readonly ambiguousOperations: readonly Operation[];
  readonly securitySchemes: ReadonlyMap<string, SecurityScheme>;
  readonly extensions: JsonObject;
  readonly #files: DocumentFiles;
  readonly #found: ProblemList;
  /** Where a schema that is nothing but a reference leads in the end: however long a chain is, each link of it is followed once. */
  readonly #ends = new Map<string, SchemaSource | null>();
  #warnings: readonly ConfigurationProblem[] | null = null;
  readonly #operationLocations = new Map<string, SourceLocation>();
  #located = 0;

  constructor(parts: LoadedParts, files: DocumentFiles, warnings: ProblemList) {
    this.file = parts.file;
    this.version = parts.version;
    this.title = parts.title;
    this.operations = parts.operations;
    this.ambiguousOperations = parts.ambiguousOperations;
    this.securitySchemes = parts.securitySchemes;
    this.extensions = parts.extensions;
    this.#files = files;
    this.#found = warnings;
  }

  get files(): readonly string[] {
    return this.#files.files;
  }

  get warnings(): readonly ConfigurationProblem[] {
    this.#warnings ??= this.#found.locate((file) => this.#files.text(file));
    return this.#warnings;
  }

  locate(place: DocumentPlace): SourceLocation {
    // Finding one place reads the text up to it: what is wrong with each of many operations is found for all of them at once.
    if (++this.#located === MANY_LOCATED) this.#locateOperations();
    const known = this.#operationLocations.get(`${place.file}#${place.pointer}`);
    if (known !== undefined) return known;
    const source = this.#files.text(place.file);
    if (source === null) return { file: place.file, line: 0, column: 0 };
    return (
      locationsOf(place.file, source.text, offsetsOf(source, [place.pointer]))[0] ?? {
        file: place.file,
        line: 0,
        column: 0,
      }
    );
  }

  #locateOperations(): void {
    const byFile = Map.groupBy([...this.operations, ...this.ambiguousOperations], ({ file }) => file);
    for (const [file, operations] of byFile) {
      const source = this.#files.text(file);
      if (source === null) continue;
      const pointers = operations.map(({ pointer }) => pointer);
      for (const [index, location] of locationsOf(file, source.text, offsetsOf(source, pointers)).entries())
        this.#operationLocations.set(`${file}#${pointers[index] ?? ''}`, location);
    }
  }

  resolveSchema(from: SchemaSource, reference: string): SchemaSource | null {
    let at = this.#step(from, reference);
    const passed: string[] = [];
    let end: SchemaSource | null | undefined;
    for (let next = referenceAt(at); at !== null && next !== null; next = referenceAt(at)) {
      const link = placeOf(at);
      end = this.#ends.get(link);
      if (end !== undefined) break;
      // Until its end is known: a reference that leads back to itself says nothing, and whoever compiled it would never end.
      this.#ends.set(link, null);
      passed.push(link);
      at = this.#step(at, next);
    }
    const found = end === undefined ? at : end;
    for (const link of passed) this.#ends.set(link, found);
    return found;
  }

  isCircular(from: SchemaSource, reference: string): boolean {
    const passed = new Set<string>();
    let at = this.#step(from, reference);
    for (let next = referenceAt(at); at !== null && next !== null; next = referenceAt(at)) {
      const link = placeOf(at);
      if (passed.has(link)) return true;
      passed.add(link);
      at = this.#step(at, next);
    }
    return false;
  }

  /** Where one reference leads, whatever stands there. */
  #step(from: SchemaSource, reference: string): SchemaSource | null {
    const resolution = this.#files.resolve(from, reference);
    if (!resolution.ok) return null;
    const { file, pointer, node } = resolution.at;
    // A file without a version is read as the document is, whichever of its files refers to it: it has one meaning.
    const dialect = this.#files.dialectOf(file) ?? this.#files.dialectOf(this.file) ?? from.dialect;
    return { file, pointer, node, dialect };
  }
}

function placeOf({ file, pointer }: DocumentPlace): string {
  return `${file}#${pointer}`;
}

/** The `$ref` of a schema that says nothing else. What stands beside it counts in JSON Schema 2020-12 only. */
function referenceAt(at: SchemaSource | null): string | null {
  if (at === null || !isObject(at.node)) return null;
  const { node, dialect } = at;
  const reference = ownMember(node, '$ref');
  if (typeof reference !== 'string') return null;
  return dialect !== 'json-schema-2020-12' || Object.keys(node).length === 1 ? reference : null;
}
