import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';
import { isObject, type JsonObject } from '../json/json-value.ts';
import { DocumentFiles } from './document-files.ts';
import { ProblemList } from './document-problems.ts';
import { DocumentReading } from './document-reading.ts';
import { dialectOf, type DocumentVersion, versionOf } from './document-version.ts';
import { child, extensionsOf, isObjectAt, type Located, members } from './located.ts';
import { LoadedDocument } from './loaded-document.ts';
import type { ApiDocument, DocumentReader } from './model.ts';
import type { VersionReader } from './operation-slot.ts';
import { readOperations } from './operations.ts';
import { readPathItems } from './path-items.ts';
import { SchemaReferences } from './schema-references.ts';
import { readSecurity } from './security-requirements.ts';
import { finish, type Steps } from '../steps.ts';
import { usedSchemas } from './used-schemas.ts';
import { VERSION_2 } from './version-2.ts';
import { version3 } from './version-3.ts';

/**
 * Loads a document (Swagger 2.0, OpenAPI 3.0, 3.1, 3.2; JSON or YAML; one file or several) and everything it refers to.
 *
 * `file` is the name the reader is asked for. Throws one `ConfigurationError` with every problem that keeps the document from being
 * guarded; what has one right reading, or concerns a schema only, is a warning of the result. The files are read once, while loading; nothing
 * is read later. Schemas have been followed through their references, not compiled. Bounds: `DOCUMENT_BOUNDS`.
 */
export function loadDocument(reader: DocumentReader, file: string): ApiDocument {
  return finish(loadDocumentSteps(reader, file));
}

/** The same in pieces. The longest is to parse the text of one file. */
export function* loadDocumentSteps(reader: DocumentReader, file: string): Steps<ApiDocument> {
  const errors = new ProblemList();
  const warnings = new ProblemList();
  const files = new DocumentFiles(reader, errors);
  const root = yield* openRoot(files, file, errors);
  const document = root === null ? null : yield* readDocument(files, root, errors, warnings);
  if (document === null || errors.size > 0)
    throw new BrokenDocumentError(
      errors.locate((name) => files.text(name)),
      document,
    );
  return document;
}

/** A document with problems, and what of it could be read all the same, so that the rest of it is told of at once; null where nothing could. It guards nothing. */
export class BrokenDocumentError extends ConfigurationError {
  readonly readable: ApiDocument | null;

  constructor(problems: readonly ConfigurationProblem[], readable: ApiDocument | null) {
    super(problems, readable?.warnings ?? []);
    this.readable = readable;
  }
}

function* openRoot(
  files: DocumentFiles,
  file: string,
  errors: ProblemList,
): Steps<(Located<JsonObject> & { readonly version: DocumentVersion }) | null> {
  const source = yield* files.openRoot(file);
  if (source === null) return null;
  const place = { file: source.file, pointer: '' };
  if (!isObject(source.root)) {
    errors.add(
      'DOCUMENT_INVALID',
      place,
      'a document must be an object',
      'An OpenAPI document begins with a line such as `openapi: 3.1.0`.',
    );
    return null;
  }
  const result = versionOf(source.root);
  if (!result.ok) {
    errors.add(
      'DOCUMENT_VERSION_UNSUPPORTED',
      { ...place, pointer: result.member === '' ? '' : `/${result.member}` },
      result.message,
      'Understood are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2.',
    );
    return null;
  }
  return { ...place, node: source.root, version: result.version };
}

function* readDocument(
  files: DocumentFiles,
  root: Located<JsonObject> & { readonly version: DocumentVersion },
  errors: ProblemList,
  warnings: ProblemList,
): Steps<ApiDocument> {
  const reading = new DocumentReading(files, dialectOf(root.version), errors, warnings);
  const version = root.version.family === '2.0' ? VERSION_2 : version3(root.version.family);
  checkSchemaDialect(reading, root);
  const title = readTitle(reading, root);
  const basePaths = version.basePaths(reading, 'root', root) ?? [''];
  const securitySchemes = version.securitySchemes(reading, root);
  const security = readSecurity(reading, root, securitySchemes);
  const slots = readPathItems(reading, version, root);
  yield;
  const { operations, ambiguous } = yield* readOperations(reading, version, slots, {
    root,
    basePaths,
    security,
    securitySchemes,
  });
  if (security === null) warnOfUnaskedSchemes(reading, root, securitySchemes, operations);
  yield* followSchemas(reading, version, root, [...operations, ...ambiguous]);
  files.seal();
  const parts = {
    file: root.file,
    version: root.version.authored,
    title,
    operations,
    ambiguousOperations: ambiguous,
    securitySchemes,
    extensions: extensionsOf(root.node),
  };
  return new LoadedDocument(parts, files, warnings);
}

/** Schemes that are declared and that nothing asks for are decoration: who wrote them most likely meant them to guard the API. */
function warnOfUnaskedSchemes(
  reading: DocumentReading,
  root: Located<JsonObject>,
  schemes: ApiDocument['securitySchemes'],
  operations: ApiDocument['operations'],
): void {
  const [first] = schemes.keys();
  if (first === undefined || operations.length === 0) return;
  if (operations.some(({ security }) => security?.some((alternative) => alternative.length > 0) === true)) return;
  reading.warn(
    'DOCUMENT_SECURITY_UNASKED',
    root,
    `the document declares security schemes (${[...schemes.keys()].slice(0, 5).join(', ')}) and no operation asks for one: anybody may call all of them`,
    `Write \`security: [{ ${first}: [] }]\` at the top of the document or at its operations; \`security: []\` at the top says that it is meant so.`,
  );
}

function readTitle(reading: DocumentReading, root: Located<JsonObject>): string {
  const info = reading.object(root, 'info');
  const title = info === null ? undefined : info.node['title'];
  if (typeof title === 'string') return title;
  reading.warn(
    'DOCUMENT_INVALID',
    info ?? root,
    'the document has no title',
    'Write `info: { title: …, version: … }`.',
  );
  return typeof title === 'number' ? String(title) : '';
}

/** OpenAPI 3.1, 4.8.24: schemas may follow another dialect; only JSON Schema 2020-12 with or without the OpenAPI vocabulary is compiled. */
function checkSchemaDialect(reading: DocumentReading, root: Located<JsonObject>): void {
  const dialect = reading.dialect === 'json-schema-2020-12' ? reading.string(root, 'jsonSchemaDialect') : null;
  if (
    dialect === null ||
    /^https:\/\/(?:spec\.openapis\.org\/oas\/3\.[12]\/dialect\/|json-schema\.org\/draft\/2020-12\/schema)/.test(dialect)
  )
    return;
  reading.warn(
    'DOCUMENT_DIALECT_UNSUPPORTED',
    child(root, 'jsonSchemaDialect') ?? root,
    'this dialect of JSON Schema is not known; schemas are read as JSON Schema 2020-12',
  );
}

function* followSchemas(
  reading: DocumentReading,
  version: VersionReader,
  root: Located<JsonObject>,
  operations: ApiDocument['operations'],
): Steps<void> {
  const references = new SchemaReferences(reading);
  for (const operation of operations) {
    for (const schema of usedSchemas(operation)) references.follow(schema);
    yield;
  }
  const map = version.schemaMap(root);
  if (map === null || !isObjectAt(map)) return;
  for (const { at } of members(map)) {
    references.follow({ ...at, dialect: reading.dialect });
    yield;
  }
}
