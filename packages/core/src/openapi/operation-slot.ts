import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import type { Located } from './located.ts';
import type { Parameter, RequestBody, Response, SecurityScheme } from './model.ts';
import type { PathTemplate } from './path-template.ts';

/** A parameter as authored, references followed; its kind of location is the version's own (`body` and `formData` in 2.0). */
export interface AuthoredParameter {
  readonly at: Located<JsonObject>;
  readonly name: string;
  readonly in: string;
}

/** One method of one path before it is read. */
export interface OperationSlot {
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  readonly template: PathTemplate;
  readonly pathItem: Located<JsonObject>;
  readonly operation: Located<JsonObject>;
  /** Those of the path item that the operation does not override, then its own. */
  readonly parameters: readonly AuthoredParameter[];
}

/** What of an operation is written differently in 2.0 and 3.x. */
export interface OperationContract {
  readonly parameters: readonly Parameter[];
  readonly requestBody: RequestBody | null;
  readonly responses: readonly Response[];
}

/** One family of versions. Each reads the document as authored: nothing is rewritten first, so every place stays true. */
export interface VersionReader {
  /** Fixed members of a path item that are operations, in lower case. */
  readonly methods: ReadonlySet<string>;
  /** OpenAPI 3.2: other methods under `additionalOperations`. */
  readonly hasAdditionalOperations: boolean;
  readonly parameterLocations: ReadonlySet<string>;
  securitySchemes(reading: DocumentReading, root: Located<JsonObject>): ReadonlyMap<string, SecurityScheme>;
  /** Base paths that the root, a path item or an operation declares for itself; null where it declares none. */
  basePaths(
    reading: DocumentReading,
    level: 'root' | 'path' | 'operation',
    at: Located<JsonObject>,
  ): readonly string[] | null;
  contract(reading: DocumentReading, slot: OperationSlot, root: Located<JsonObject>): OperationContract;
  /** Where schemas stand that no operation needs to name, such as those of a discriminator. */
  schemaMap(root: Located<JsonObject>): Located | null;
}
