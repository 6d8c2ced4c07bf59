import type { MediaType, SchemaSource } from '../../openapi/model.ts';
import type { BodyFormat } from './body-format.ts';
import { passed, resultOfJson, type BodyResult } from './body-result.ts';
import { EventStreamCheck } from './event-stream.ts';
import { FormCheck } from './form-body.ts';
import {
  notChecked,
  schemaOrAnything,
  undeclaredFor,
  type BodyContext,
  type FormatCheck,
  type StreamCheck,
} from './format-check.ts';
import { JsonStreamCheck } from './json-stream.ts';
import { schemaBelow } from './member-source.ts';
import { MultipartCheck } from './multipart-body.ts';
import { compileBinary, compileText } from './text-body.ts';
import { ARRAY, compileTypeGuide, OBJECT } from './type-guide.ts';
import { concatenate } from './byte-queue.ts';

/**
 * Compiles the check of a media type read as one format. For a range (`ranged`), null stands for a format that could not hold what the
 * schema allows: otherwise the sender would choose, by its Content-Type, not to be checked.
 */
export function compileFormat(
  media: MediaType,
  format: BodyFormat,
  ranged: boolean,
  context: BodyContext,
): FormatCheck | null {
  switch (format) {
    case 'json':
      return compileJson(media, context);
    case 'json-lines':
      return compileJsonStream(media, false, context);
    case 'json-sequence':
      return compileJsonStream(media, true, context);
    case 'event-stream':
      // A stream of events is not what the schema of a whole body describes: whoever may choose the type would choose this one.
      if (ranged && media.schema !== null && media.itemSchema === null) return null;
      return compileEvents(media, context);
    case 'form':
      return holdsObject(media, context)
        ? { whole: new FormCheck(media, context).bytes, items: null, unchecked: null }
        : ranged
          ? null
          : notForm(media);
    case 'multipart':
      return { whole: new MultipartCheck(media, context).bytes, items: null, unchecked: null };
    case 'text':
      if (media.schema === null) return notChecked(`${media.range}: no schema`);
      return (
        compileText(media, context) ??
        (ranged ? null : notChecked(`${media.range}: a text cannot be held against a schema of arrays or objects`))
      );
    case 'xml':
      if (ranged && media.schema !== null) return null;
      return notChecked(`${media.range}: XML is not looked into`);
    case 'binary':
      return (
        compileBinary(media, context) ??
        (ranged ? null : notChecked(`${media.range}: bytes cannot be held against a schema that allows no string`))
      );
  }
}

function notForm(media: MediaType): FormatCheck {
  return notChecked(`${media.range}: a form cannot be held against a schema that allows no object`);
}

function holdsObject(media: MediaType, context: BodyContext): boolean {
  if (media.schema === null) return true;
  return (compileTypeGuide(context.schemas.normalized(media.schema, context.direction)).types & OBJECT) !== 0;
}

function compileJson(media: MediaType, context: BodyContext): FormatCheck {
  const check = context.schemas.json(
    schemaOrAnything(media),
    context.direction,
    undeclaredFor(media.schema, context),
    context.bounds,
  );
  const unchecked = media.schema === null ? `${media.range}: no schema; only the syntax of JSON is checked` : null;
  return { whole: (bytes) => resultOfJson(check(bytes)), items: null, unchecked };
}

/** The schema of one item: `itemSchema`, or the items of an array, or the schema itself, as documents before 3.2 write it. */
export function itemSource(
  media: MediaType,
  context: Pick<BodyContext, 'schemas' | 'direction' | 'document'>,
): SchemaSource | null {
  if (media.itemSchema !== null || media.schema === null) return media.itemSchema;
  const { types } = compileTypeGuide(context.schemas.normalized(media.schema, context.direction));
  return types === ARRAY ? schemaBelow(media.schema, ['items'], context.document) : media.schema;
}

function compileJsonStream(media: MediaType, sequence: boolean, context: BodyContext): FormatCheck {
  const source = itemSource(media, context);
  const check = context.schemas.json(
    source ?? schemaOrAnything({ ...media, schema: null }),
    context.direction,
    undeclaredFor(source, context),
    context.bounds,
  );
  const items = () => new JsonStreamCheck(check, sequence, context.maxItemBytes);
  return {
    whole: wholeOf(items),
    items,
    unchecked: source === null ? `${media.range}: no schema of an item; only the syntax of JSON is checked` : null,
  };
}

function compileEvents(media: MediaType, context: BodyContext): FormatCheck {
  const source = media.itemSchema;
  if (source === null) return notChecked(`${media.range}: no itemSchema; events are not looked into`);
  const event = context.schemas.value(source, context.direction);
  const data = schemaBelow(source, ['properties', 'data', 'contentSchema'], context.document);
  const json = data === null ? null : context.schemas.json(data, context.direction, context.undeclared, context.bounds);
  const items = () => new EventStreamCheck(event, json, context.undeclared !== 'as-declared', context.maxItemBytes);
  return {
    whole: wholeOf(items),
    items,
    unchecked:
      json === null
        ? `${media.range}: no contentSchema of data; what the data of an event holds is not looked into`
        : null,
  };
}

/** A whole body is a stream of one chunk. */
function wholeOf(items: () => StreamCheck): (bytes: Uint8Array) => BodyResult {
  return (bytes) => {
    const stream = items();
    const first = stream.push(bytes);
    if (!first.ok) return first;
    const rest = stream.end();
    if (!rest.ok) return rest;
    const dropped = [...first.dropped, ...rest.dropped];
    // What the end cut off was not checked, and is not in what the stream gave.
    const same = dropped.length === 0 && first.bytes.length + rest.bytes.length === bytes.length;
    return same ? passed(bytes) : passed(concatenate([first.bytes, rest.bytes]), dropped.slice(0, 20));
  };
}
