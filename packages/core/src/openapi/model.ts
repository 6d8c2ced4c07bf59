import type { ConfigurationProblem, SourceLocation } from '../configuration-error.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';

/** Which rules a schema follows: Swagger 2.0 and OpenAPI 3.0 have their own subsets; 3.1 and 3.2 are JSON Schema 2020-12. */
export type Dialect = 'swagger-2.0' | 'openapi-3.0' | 'json-schema-2020-12';

/** A place in the document: `pointer` is a JSON Pointer into `file` (the name the document's reader knows it by). */
export interface DocumentPlace {
  readonly file: string;
  readonly pointer: string;
}

/** A schema as authored, not yet normalized or compiled; `node` may be a `$ref`. */
export interface SchemaSource extends DocumentPlace {
  readonly dialect: Dialect;
  readonly node: JsonValue;
}

export type ParameterLocation = 'path' | 'query' | 'header' | 'cookie' | 'querystring';
export type ParameterStyle =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'tabDelimited'
  | 'deepObject'
  | 'cookie';

/** A parameter, references resolved and defaults filled in (OpenAPI 3.1, 4.8.12). Exactly one of `schema` and `content` is set, or neither. */
export interface Parameter extends DocumentPlace {
  readonly name: string;
  readonly in: ParameterLocation;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  readonly allowEmptyValue: boolean;
  readonly schema: SchemaSource | null;
  /** A media type with its schema where the parameter is declared by `content`. */
  readonly content: MediaType | null;
  readonly extensions: JsonObject;
}

/** How one property of a form or one part of a multipart body is written (OpenAPI 3.1, 4.8.15). */
export interface Encoding {
  readonly contentType: string | null;
  readonly style: ParameterStyle | null;
  readonly explode: boolean | null;
  readonly allowReserved: boolean;
  readonly headers: ReadonlyMap<string, Header>;
}

/** One entry of a `content` map. `range` is the media type or range in lower case with its parameters, as authored. */
export interface MediaType extends DocumentPlace {
  readonly range: string;
  readonly schema: SchemaSource | null;
  /** The schema of one item of a stream (OpenAPI 3.2 `itemSchema`). */
  readonly itemSchema: SchemaSource | null;
  readonly encoding: ReadonlyMap<string, Encoding>;
}

/** What an operation takes as its body. */
export interface RequestBody extends DocumentPlace {
  readonly required: boolean;
  readonly content: readonly MediaType[];
}

export interface Header extends DocumentPlace {
  readonly name: string;
  readonly required: boolean;
  readonly explode: boolean;
  readonly schema: SchemaSource | null;
  readonly content: MediaType | null;
}

/** One response. `status` is `200`, a range like `4XX`, or `default`. */
export interface Response extends DocumentPlace {
  readonly status: string;
  readonly content: readonly MediaType[];
  readonly headers: readonly Header[];
}

/** An entry of `securitySchemes`. The flows and scopes of `oauth2` are left out: what an operation asks for stands in its `security`. */
export type SecurityScheme = DocumentPlace & { readonly name: string } & (
    | { readonly type: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly parameter: string }
    | { readonly type: 'http'; readonly scheme: string; readonly bearerFormat: string | null }
    | { readonly type: 'oauth2' }
    | { readonly type: 'openIdConnect'; readonly discoveryUrl: string }
    | { readonly type: 'mutualTLS' }
  );

/** One alternative of a `security` list: every scheme in it must hold (AND). An empty one means anonymous. */
export type SecurityRequirement = readonly { readonly scheme: string; readonly scopes: readonly string[] }[];

/** One method on one path. */
export interface Operation extends DocumentPlace {
  /** The operationId, or `METHOD /path` where the document gives none. Unique in the document. */
  readonly id: string;
  /** Upper case; a method of `additionalOperations` (OpenAPI 3.2) as authored, for methods are told apart by case. */
  readonly method: string;
  /** The path template as authored, without the servers' base path: `/accounts/{accountId}`. */
  readonly path: string;
  /** Base paths of the servers that apply, each `''` or starting with `/` and not ending with one; never empty. Server variables are filled with every `enum` value, or their default. */
  readonly basePaths: readonly string[];
  readonly tags: readonly string[];
  readonly summary: string | null;
  readonly deprecated: boolean;
  readonly parameters: readonly Parameter[];
  readonly requestBody: RequestBody | null;
  readonly responses: readonly Response[];
  /** Alternatives (OR). Null where neither the operation nor the document declares `security`. An empty list (`security: []`) means anonymous. */
  readonly security: readonly SecurityRequirement[] | null;
  /** The operation's `x-…` members, those of its path item where the operation has none of that name. */
  readonly extensions: JsonObject;
}

/** A reference that leads to nothing. */
export interface BrokenLink {
  /** The schema that holds it. */
  readonly source: SchemaSource;
  readonly reference: string;
  /** Such as `there is no file pets.yaml`. */
  readonly reason: string;
}

/** A document loaded: one shape whatever version it was written in. Schemas are not looked at until they are compiled. */
export interface ApiDocument {
  /** The root file's name. */
  readonly file: string;
  /** Every file the document was read from, the root first; what a reload has to watch. */
  readonly files?: readonly string[];
  /** As authored: `3.1.0`, `2.0`. */
  readonly version: string;
  readonly title: string;
  readonly operations: readonly Operation[];
  /**
   * Operations with the same method whose templates match the same requests (`/a/{x}` and `/a/{y}`), so which is meant cannot be told. They are
   * not among `operations`; a router refuses what matches them, and never goes on to a less specific path.
   */
  readonly ambiguousOperations?: readonly Operation[];
  readonly securitySchemes: ReadonlyMap<string, SecurityScheme>;
  /** The root's `x-…` members. */
  readonly extensions: JsonObject;
  /** Problems that do not keep the document from being used, such as an unused broken reference. */
  readonly warnings: readonly ConfigurationProblem[];
  /** Line and column of a place; read only when somebody asks. Falls back to the nearest enclosing place that exists. */
  locate(place: DocumentPlace): SourceLocation;
  /** Follows `$ref` (any chain, any loaded file, `$id`/`$anchor`/`$dynamicAnchor` within a schema document) from a schema. Null where it leads nowhere. */
  resolveSchema(from: SchemaSource, reference: string): SchemaSource | null;
  /** Where `resolveSchema` gives null: the link of the chain that leads nowhere, and why, for a person. Null where all of them lead somewhere. */
  brokenLink?(from: SchemaSource, reference: string): BrokenLink | null;
  /** True where `resolveSchema` gives null because the reference leads back to itself, and to nothing else. */
  isCircular?(from: SchemaSource, reference: string): boolean;
}

/** Reads the files of a document. The shell decides what may be read; the core never opens anything itself. */
export interface DocumentReader {
  /**
   * Resolves `reference` (a URI reference without fragment) against the file it stands in (null: the root) and reads it.
   * Returns the name under which it is known from then on. Throws an Error with a message for people where it may not or cannot be read;
   * its `code` is `DOCUMENT_REFERENCE_FORBIDDEN` where it may not.
   */
  read(reference: string, from: string | null): { readonly file: string; readonly text: string };
}
