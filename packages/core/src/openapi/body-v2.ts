import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { collectionStyle } from './collection-format.ts';
import type { DocumentReading } from './document-reading.ts';
import type { Located } from './located.ts';
import { declaredRanges, mediaRanges } from './media-ranges-v2.ts';
import type { Encoding, RequestBody } from './model.ts';
import type { AuthoredParameter } from './operation-slot.ts';
import { isFile, schemaInPlace } from './schema-v2.ts';

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/** The request body of a Swagger 2.0 operation: its `body` parameter, or its `formData` parameters as one object. Both together are an error. */
export function readRequestBody(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  parameters: readonly AuthoredParameter[],
  root: Located<JsonObject>,
): RequestBody | null {
  const bodies = parameters.filter((parameter) => parameter.in === 'body');
  const fields = parameters.filter((parameter) => parameter.in === 'formData');
  const second = bodies[1] ?? (bodies.length > 0 ? fields[0] : undefined);
  if (second !== undefined) {
    reading.error(
      'DOCUMENT_PARAMETER_INVALID',
      second.at,
      'an operation has one `body` parameter or `formData` parameters, not both',
      'Keep one of the two.',
    );
    return null;
  }
  if (fields.length > 0)
    return formBody(reading, operation, fields, declaredRanges(reading, operation, root, 'consumes') ?? []);
  const at = bodies[0]?.at;
  if (at === undefined) return null;
  const schema = reading.schema(at, 'schema');
  return {
    file: at.file,
    pointer: at.pointer,
    required: reading.boolean(at, 'required', false),
    content: mediaRanges(reading, operation, root, 'consumes').map((range) => ({
      file: at.file,
      pointer: at.pointer,
      range,
      schema,
      itemSchema: null,
      encoding: new Map(),
    })),
  };
}

function formBody(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  fields: readonly AuthoredParameter[],
  consumes: readonly string[],
): RequestBody {
  const place = { file: operation.file, pointer: `${operation.pointer}/parameters` };
  const properties: [string, JsonValue][] = [];
  const required: string[] = [];
  const encoding = new Map<string, Encoding>();
  for (const { at, name } of fields) {
    properties.push([name, schemaInPlace(at.node)]);
    if (reading.boolean(at, 'required', false)) required.push(name);
    if (at.node['type'] === 'array')
      encoding.set(name, {
        contentType: null,
        ...collectionStyle(reading, at, 'formData'),
        allowReserved: false,
        headers: new Map(),
      });
  }
  const node = {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
  };
  const schema = reading.madeSchema(place, node);
  const hasFile = fields.some(({ at }) => isFile(at.node));
  return {
    ...place,
    required: required.length > 0,
    content: formRanges(reading, operation, consumes, hasFile).map((range) => ({
      ...place,
      range,
      schema,
      itemSchema: null,
      encoding,
    })),
  };
}

/** The form types among `consumes`; a file needs multipart. Where there is none of them, the one that fits, with a warning. */
function formRanges(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  consumes: readonly string[],
  hasFile: boolean,
): readonly string[] {
  const ranges = consumes.filter((range) => isType(range, MULTIPART) || (!hasFile && isType(range, FORM)));
  if (ranges.length > 0) return ranges;
  const assumed = hasFile ? MULTIPART : FORM;
  reading.warn(
    'DOCUMENT_MEDIA_TYPE_UNDECLARED',
    operation,
    `an operation with \`formData\` consumes a form; it is read as ${assumed}`,
    `Add \`consumes: [${assumed}]\`.`,
  );
  return [assumed];
}

function isType(range: string, type: string): boolean {
  return range === type || range.startsWith(`${type};`);
}
