import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import { isObject, type JsonObject } from '../json/json-value.ts';
import type { DocumentFiles } from './document-files.ts';
import type { ProblemList } from './document-problems.ts';
import { type Located, ownMember } from './located.ts';
import type { ApiDocument, BrokenLink, DocumentPlace, Operation, SchemaSource, SecurityScheme } from './model.ts';
import { locationsOf, offsetsOf } from './source-file.ts';

export type LoadedParts = Omit<
  ApiDocument,
  'files' | 'warnings' | 'locate' | 'resolveSchema' | 'ambiguousOperations'
> & {
  readonly ambiguousOperations: readonly Operation[];
};

/** After so many places one by one, all operations and security schemes are located. */
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
  /** By place, found so far: as many as there are places that something is told of while the document is compiled. */
  readonly #locations = new Map<string, SourceLocation>();

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
    const known = this.#locations.get(placeOf(place));
    if (known !== undefined) return known;
    // Finding one place reads the text up to it: what is wrong with each of many operations is found for all of them at once.
    const together = this.#locations.size === MANY_LOCATED - 1 ? this.#namedPlaces() : [];
    for (const [file, places] of Map.groupBy([...together, place], (each) => each.file)) this.#locateIn(file, places);
    return this.#locations.get(placeOf(place)) ?? { file: place.file, line: 0, column: 0 };
  }

  #namedPlaces(): readonly DocumentPlace[] {
    return [...this.operations, ...this.ambiguousOperations, ...this.securitySchemes.values()];
  }

  #locateIn(file: string, places: readonly DocumentPlace[]): void {
    const source = this.#files.text(file);
    if (source === null) return;
    const offsets = offsetsOf(
      source,
      places.map(({ pointer }) => pointer),
    );
    const locations = locationsOf(file, source.text, offsets);
    for (const [index, place] of places.entries()) {
      const location = locations[index];
      if (location !== undefined) this.#locations.set(placeOf(place), location);
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

  brokenLink(from: SchemaSource, reference: string): BrokenLink | null {
    const passed = new Set<string>();
    let link = { source: from, reference };
    while (!passed.has(placeOf(link.source))) {
      passed.add(placeOf(link.source));
      const resolution = this.#files.resolve(link.source, link.reference);
      if (!resolution.ok) return { ...link, reason: resolution.message };
      const source = this.#schemaAt(resolution.at, link.source);
      const next = referenceAt(source);
      if (next === null) return null;
      link = { source, reference: next };
    }
    return null;
  }

  /** Where one reference leads, whatever stands there. */
  #step(from: SchemaSource, reference: string): SchemaSource | null {
    const resolution = this.#files.resolve(from, reference);
    return resolution.ok ? this.#schemaAt(resolution.at, from) : null;
  }

  #schemaAt({ file, pointer, node }: Located, from: SchemaSource): SchemaSource {
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
