import type { DocumentReading } from './document-reading.ts';
import type { DocumentVersion } from './document-version.ts';
import { child, type Located } from './located.ts';
import { readContent, readHeaders } from './media-types.ts';
import type { RequestBody } from './model.ts';
import type { OperationContract, OperationSlot, VersionReader } from './operation-slot.ts';
import { readParameter } from './parameter-v3.ts';
import { readResponses } from './responses.ts';
import { readSecuritySchemes } from './security-schemes-v3.ts';
import { serverBasePaths } from './server-paths.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const LOCATIONS = ['path', 'query', 'header', 'cookie'];

/** OpenAPI 3.0, 3.1 and 3.2. `webhooks` and `callbacks` are what the API sends, not what it takes: they are not read. */
export function version3(family: DocumentVersion['family']): VersionReader {
  const is32 = family === '3.2';
  return {
    methods: new Set(is32 ? [...METHODS, 'query'] : METHODS),
    hasAdditionalOperations: is32,
    parameterLocations: new Set(is32 ? [...LOCATIONS, 'querystring'] : LOCATIONS),
    securitySchemes: readSecuritySchemes,
    basePaths: (reading, _level, at) => serverBasePaths(reading, at),
    contract: readContract,
    schemaMap: (root) => {
      const components = child(root, 'components');
      return components === null ? null : child(components, 'schemas');
    },
  };
}

function readContract(reading: DocumentReading, slot: OperationSlot): OperationContract {
  const parameters = slot.parameters.flatMap((authored) => readParameter(reading, authored) ?? []);
  const whole = parameters.filter((parameter) => parameter.in === 'querystring');
  if (whole.length > 1 || (whole.length > 0 && parameters.some((parameter) => parameter.in === 'query'))) {
    reading.error(
      'DOCUMENT_PARAMETER_INVALID',
      slot.operation,
      'a `querystring` parameter is the whole query: it stands alone, without another and without `query` parameters',
    );
  }
  return {
    parameters,
    requestBody: readRequestBody(reading, slot.operation),
    responses: readResponses(reading, slot.operation, (response) => ({
      content: readContent(reading, response),
      headers: readHeaders(reading, response),
    })),
  };
}

function readRequestBody(reading: DocumentReading, operation: Located): RequestBody | null {
  const authored = child(operation, 'requestBody');
  const at = authored === null ? null : reading.follow(authored, 'a request body');
  if (at === null) return null;
  return {
    file: at.file,
    pointer: at.pointer,
    required: reading.boolean(at, 'required', false),
    content: readContent(reading, at),
  };
}
