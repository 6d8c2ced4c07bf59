import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import { isObject, type JsonObject } from '../json/json-value.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import type { DocumentFiles } from './document-files.ts';
import type { ProblemList } from './document-problems.ts';
import { ownMember } from './located.ts';
import type { ApiDocument, Dialect, DocumentPlace, Operation, SchemaSource, SecurityScheme } from './model.ts';
import { locationsOf, offsetsOf } from './source-file.ts';

export type LoadedParts = Omit<
  ApiDocument,
  'files' | 'warnings' | 'locate' | 'resolveSchema' | 'ambiguousOperations'
> & {
  readonly ambiguousOperations: readonly Operation[];
};

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
  #warnings: readonly ConfigurationProblem[] | null = null;

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

  resolveSchema(from: SchemaSource, reference: string): SchemaSource | null {
    let at: SchemaSource = from;
    let next: string | null = reference;
    for (let steps = 0; next !== null; steps++) {
      // A reference that leads back to itself says nothing: whoever compiled it would never end.
      if (steps >= DOCUMENT_BOUNDS.maxReferenceChain) return null;
      const resolution = this.#files.resolve(at, next);
      if (!resolution.ok) return null;
      const { file, pointer, node } = resolution.at;
      at = { file, pointer, node, dialect: this.#files.dialectOf(file) ?? at.dialect };
      next = onlyReference(at.node, at.dialect);
    }
    return at;
  }
}

/** The `$ref` of a schema that says nothing else. What stands beside it counts in JSON Schema 2020-12 only. */
function onlyReference(node: SchemaSource['node'], dialect: Dialect): string | null {
  if (!isObject(node)) return null;
  const reference = ownMember(node, '$ref');
  if (typeof reference !== 'string') return null;
  return dialect !== 'json-schema-2020-12' || Object.keys(node).length === 1 ? reference : null;
}
