import type { JsonObject } from '../json/json-value.ts';
import { readApiKey, unusable } from './api-key-scheme.ts';
import { readRequestBody } from './body-v2.ts';
import { collectionStyle } from './collection-format.ts';
import type { DocumentReading } from './document-reading.ts';
import { child, extensionsOf, isObjectAt, type Located, members } from './located.ts';
import { mediaRanges } from './media-ranges-v2.ts';
import type { Header, Parameter, Response, SecurityScheme } from './model.ts';
import type { AuthoredParameter, OperationContract, OperationSlot, VersionReader } from './operation-slot.ts';
import { readResponses } from './responses.ts';
import { isFile, schemaInPlace } from './schema-v2.ts';
import { normalizeBasePath } from './server-paths.ts';

/** Swagger 2.0, read as authored: parameters in `body` and `formData` become the request body, `consumes` and `produces` its media types. */
export const VERSION_2: VersionReader = {
  methods: new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']),
  hasAdditionalOperations: false,
  parameterLocations: new Set(['path', 'query', 'header', 'body', 'formData']),
  securitySchemes: readSecuritySchemes,
  basePaths: (reading, level, at) => (level === 'root' ? readBasePath(reading, at) : null),
  contract: readContract,
  schemaMap: (root) => child(root, 'definitions'),
};

function readContract(reading: DocumentReading, slot: OperationSlot, root: Located<JsonObject>): OperationContract {
  const inBody = slot.parameters.filter(isInBody);
  return {
    parameters: slot.parameters
      .filter((authored) => !isInBody(authored))
      .map((authored) => readParameter(reading, authored)),
    requestBody: readRequestBody(reading, slot.operation, inBody, root),
    responses: readResponses(reading, slot.operation, (response) => ({
      content: responseContent(reading, response, slot.operation, root),
      headers: readHeaders(reading, response),
    })),
  };
}

function isInBody(authored: AuthoredParameter): boolean {
  return authored.in === 'body' || authored.in === 'formData';
}

function readParameter(reading: DocumentReading, { at, name, in: location }: AuthoredParameter): Parameter {
  const isArray = at.node['type'] === 'array';
  const { style, explode } = isArray
    ? collectionStyle(reading, at, location)
    : { style: location === 'query' ? ('form' as const) : ('simple' as const), explode: false };
  return {
    file: at.file,
    pointer: at.pointer,
    name,
    in: location as 'path' | 'query' | 'header',
    required: reading.boolean(at, 'required', false),
    deprecated: false,
    style,
    explode,
    allowReserved: false,
    allowEmptyValue: reading.boolean(at, 'allowEmptyValue', false),
    schema: reading.madeSchema(at, schemaInPlace(at.node)),
    content: null,
    extensions: extensionsOf(at.node),
  };
}

/** A response without `schema` has no body; one of `type: file` has any bytes. */
function responseContent(
  reading: DocumentReading,
  response: Located<JsonObject>,
  operation: Located<JsonObject>,
  root: Located<JsonObject>,
): Response['content'] {
  const at = child(response, 'schema');
  if (at === null) return [];
  const schema = isFile(at.node) ? null : reading.schema(response, 'schema');
  return mediaRanges(reading, operation, root, 'produces').map((range) => ({
    file: response.file,
    pointer: response.pointer,
    range,
    schema,
    itemSchema: null,
    encoding: new Map(),
  }));
}

function readHeaders(reading: DocumentReading, response: Located<JsonObject>): readonly Header[] {
  const headers = reading.object(response, 'headers');
  return (headers === null ? [] : members(headers)).flatMap(({ key, at }): readonly Header[] => {
    if (!isObjectAt(at)) {
      reading.error('DOCUMENT_INVALID', at, 'a header must be an object');
      return [];
    }
    return [
      {
        file: at.file,
        pointer: at.pointer,
        name: key,
        required: false,
        explode: false,
        schema: reading.madeSchema(at, schemaInPlace(at.node)),
        content: null,
      },
    ];
  });
}

function readSecuritySchemes(reading: DocumentReading, root: Located<JsonObject>): ReadonlyMap<string, SecurityScheme> {
  const definitions = reading.object(root, 'securityDefinitions');
  const found = new Map<string, SecurityScheme>();
  for (const { key, at } of definitions === null ? [] : members(definitions)) {
    const object = reading.follow(at, 'a security scheme');
    const scheme = object === null ? null : readScheme(reading, key, object);
    if (scheme !== null) found.set(key, scheme);
  }
  return found;
}

function readScheme(reading: DocumentReading, name: string, at: Located<JsonObject>): SecurityScheme | null {
  switch (reading.string(at, 'type')) {
    case 'basic':
      return { file: at.file, pointer: at.pointer, name, type: 'http', scheme: 'basic', bearerFormat: null };
    case 'apiKey':
      return readApiKey(reading, name, at);
    case 'oauth2':
      return { file: at.file, pointer: at.pointer, name, type: 'oauth2' };
    default:
      return unusable(
        reading,
        at,
        name,
        'has no `type` that is understood',
        'Types are apiKey, basic and oauth2, in these letters.',
      );
  }
}

function readBasePath(reading: DocumentReading, root: Located<JsonObject>): readonly string[] {
  const basePath = reading.string(root, 'basePath') ?? '';
  const at = child(root, 'basePath') ?? root;
  if (/[{}?#]/.test(basePath))
    reading.error('DOCUMENT_SERVER_INVALID', at, '`basePath` is a path: it has no templates, query or fragment');
  else if (basePath !== '' && !basePath.startsWith('/'))
    reading.warn('DOCUMENT_SERVER_INVALID', at, '`basePath` must start with `/`; it is read so');
  return [normalizeBasePath(basePath)];
}
