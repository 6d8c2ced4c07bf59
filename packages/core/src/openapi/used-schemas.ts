import type { Encoding, Header, MediaType, Operation, SchemaSource } from './model.ts';

/** Every schema that an operation names, in no particular order. */
export function* usedSchemas(operation: Operation): Generator<SchemaSource> {
  for (const parameter of operation.parameters) {
    if (parameter.schema !== null) yield parameter.schema;
    if (parameter.content !== null) yield* ofMediaType(parameter.content);
  }
  for (const media of operation.requestBody?.content ?? []) yield* ofMediaType(media);
  for (const response of operation.responses) {
    for (const media of response.content) yield* ofMediaType(media);
    for (const header of response.headers) yield* ofHeader(header);
  }
}

function* ofMediaType(media: MediaType): Generator<SchemaSource> {
  if (media.schema !== null) yield media.schema;
  if (media.itemSchema !== null) yield media.itemSchema;
  for (const encoding of media.encoding.values()) yield* ofEncoding(encoding);
}

function* ofEncoding(encoding: Encoding): Generator<SchemaSource> {
  for (const header of encoding.headers.values()) yield* ofHeader(header);
}

function* ofHeader(header: Header): Generator<SchemaSource> {
  if (header.schema !== null) yield header.schema;
  if (header.content !== null) yield* ofMediaType(header.content);
}
