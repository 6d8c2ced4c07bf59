import type { MediaType } from '../../openapi/model.ts';
import type { SchemaIssue, ValueCheck } from '../../schema/schema-compiler.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { failedAt, failedBy, malformed, passed, type BodyFailed, type BodyResult } from './body-result.ts';
import { parseContentDisposition } from './content-disposition.ts';
import { schemaOrAnything, undeclaredFor, type BodyContext } from './format-check.ts';
import type { ParsedMediaType } from './media-type.ts';
import { LooseNames } from './loose-names.ts';
import { schemaBelow } from './member-source.ts';
import { isBoundary, parseMultipart, type Part } from './multipart-parser.ts';
import { partTypes, readPart, type PartFacts, type PartRule } from './part-reader.ts';
import { pointerTo, setMember } from './structured-value.ts';
import { ARRAY, compileTypeGuide, OBJECT } from './type-guide.ts';
import type { TypeGuide } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';

const CRLF = new Uint8Array([13, 10]);

interface NamedPart {
  readonly part: Part;
  readonly name: string | null;
  readonly facts: PartFacts;
}

/** What is to be sent instead of what came: parts left out, contents replaced. */
interface Changes {
  readonly replaced: Map<Part, Uint8Array>;
  readonly left: Set<Part>;
  readonly dropped: string[];
}

/**
 * Checks `multipart/*`. In `form-data` every part has a name, and only properties that are arrays may be repeated. Elsewhere the parts are
 * the items of an array where the schema allows one, and named properties where it allows only an object.
 */
export class MultipartCheck {
  readonly #guide: TypeGuide;
  readonly #check: ValueCheck;
  readonly #schema: string;
  readonly #undeclared: BodyContext['undeclared'];
  readonly #loose: LooseNames | null;
  readonly #rules: ReadonlyMap<string, PartRule>;
  readonly #item: PartRule;
  readonly #other: PartRule;

  constructor(media: MediaType, context: BodyContext) {
    const source = schemaOrAnything(media);
    this.#guide = compileTypeGuide(context.schemas.normalized(source, context.direction));
    this.#check = context.schemas.value(source, context.direction);
    this.#schema = `${source.file}#${source.pointer}`;
    const undeclared = undeclaredFor(media.schema, context);
    this.#undeclared = this.#guide.open ? 'as-declared' : undeclared;
    this.#loose = context.lookalikes === 'refuse' ? new LooseNames(this.#guide.properties) : null;
    const rule = (names: readonly string[], guide: TypeGuide, encoding: string | null): PartRule => {
      const below = media.schema === null ? null : schemaBelow(media.schema, names, context.document);
      const json = below === null ? null : context.schemas.json(below, context.direction, undeclared, context.bounds);
      return {
        guide,
        json,
        undeclared,
        bounds: context.bounds,
        types: partTypes(encoding === null ? undefined : media.encoding.get(encoding), guide),
      };
    };
    this.#rules = new Map(
      [...this.#guide.properties].map((name) => {
        const guide = this.#guide.property(name);
        return [
          name,
          isList(guide)
            ? rule(['properties', name, 'items'], guide.item, name)
            : rule(['properties', name], guide, name),
        ];
      }),
    );
    this.#item = rule(['items'], this.#guide.item, null);
    const other = this.#guide.property('');
    const types = partTypes(undefined, other);
    this.#other = { guide: other, json: null, undeclared, bounds: context.bounds, types };
  }

  readonly bytes = (bytes: Uint8Array, type: ParsedMediaType): BodyResult => {
    const boundary = type.parameters.get('boundary');
    if (!isBoundary(boundary)) return malformed('syntax', 'must name a valid boundary in its Content-Type');
    const parts = parseMultipart(bytes, boundary);
    if (parts instanceof Undecodable) return failedAt(parts, null);
    const formData = type.subtype === 'form-data';
    const named: NamedPart[] = [];
    for (const part of parts) {
      const one = nameOf(part, formData);
      if (one instanceof Undecodable) return failedAt(one, null);
      named.push(one);
    }
    const changes: Changes = { replaced: new Map(), left: new Set(), dropped: [] };
    const specific = this.#judge(bytes, named, formData, changes, false);
    if (specific !== null && this.#judge(bytes, named, formData, changes, true) !== null) return specific;
    if (changes.left.size === 0 && changes.replaced.size === 0) return passed(bytes);
    return passed(rebuild(bytes, parts, boundary, changes), changes.dropped);
  };

  #judge(
    bytes: Uint8Array,
    parts: readonly NamedPart[],
    formData: boolean,
    changes: Changes,
    asString: boolean,
  ): BodyFailed | null {
    changes.left.clear();
    changes.replaced.clear();
    changes.dropped.length = 0;
    const issues: SchemaIssue[] = [];
    const positional = !formData && (this.#guide.types & OBJECT) === 0;
    const value = positional
      ? this.#readItems(bytes, parts, changes, issues, asString)
      : this.#readNamed(bytes, parts, changes, issues, asString);
    if (value instanceof Undecodable) return failedAt(value, this.#schema);
    if (issues.length > 0) return failedBy(issues);
    const found = this.#check(value);
    return found === null ? null : failedBy(found);
  }

  #readItems(
    bytes: Uint8Array,
    parts: readonly NamedPart[],
    changes: Changes,
    issues: SchemaIssue[],
    asString: boolean,
  ): unknown {
    const items: unknown[] = [];
    for (const { part, facts } of parts) {
      const pointer = joinPointer('', items.length);
      const value = readInto(bytes, part, facts, this.#item, changes, issues, pointer, asString);
      if (value instanceof Undecodable) return value;
      items.push(value);
    }
    return items;
  }

  #readNamed(
    bytes: Uint8Array,
    parts: readonly NamedPart[],
    changes: Changes,
    issues: SchemaIssue[],
    asString: boolean,
  ): unknown {
    const form: Record<string, unknown> = {};
    for (const { part, name, facts } of parts) {
      if (name === null) return new Undecodable('syntax', 'must name each part');
      const rule = this.#rules.get(name);
      if (rule === undefined && this.#undeclared !== 'as-declared' && !this.#guide.declares(name)) {
        if (this.#undeclared === 'refuse')
          return new Undecodable('undeclared', 'must not have parts that are not declared');
        changes.left.add(part);
        if (changes.dropped.length < 20) changes.dropped.push(joinPointer('', name));
        continue;
      }
      if (rule === undefined && this.#loose?.has(name) === true)
        return new Undecodable('undeclared', 'must not have parts that could be taken for declared ones');
      const value = readInto(
        bytes,
        part,
        facts,
        rule ?? this.#other,
        changes,
        issues,
        pointerTo(this.#guide, name),
        asString,
      );
      if (value instanceof Undecodable) return value;
      const before = Object.hasOwn(form, name) ? form[name] : undefined;
      if (!isList(this.#guide.property(name))) {
        const problem = setMember(form, name, value);
        if (problem !== null) return problem;
      } else if (Array.isArray(before)) before.push(value);
      else {
        const problem = setMember(form, name, [value]);
        if (problem !== null) return problem;
      }
    }
    return form;
  }
}

function isList(guide: TypeGuide): boolean {
  return (guide.types & ARRAY) !== 0;
}

function readInto(
  bytes: Uint8Array,
  part: Part,
  facts: PartFacts,
  rule: PartRule,
  changes: Changes,
  issues: SchemaIssue[],
  pointer: string,
  asString: boolean,
): unknown {
  const reading = readPart(bytes.subarray(part.start, part.end), facts, rule, asString);
  if (reading instanceof Undecodable)
    return new Undecodable(reading.keyword, reading.message, pointer + reading.pointer);
  if (reading.issues !== null)
    for (const issue of reading.issues) issues.push({ ...issue, pointer: pointer + issue.pointer });
  if (reading.bytes !== null) {
    // The header would then state another length than the content has.
    if (part.headers.has('content-length'))
      return new Undecodable('undeclared', 'must not have undeclared members in a part with a Content-Length', pointer);
    changes.replaced.set(part, reading.bytes);
  }
  return reading.value;
}

function nameOf(part: Part, formData: boolean): NamedPart | Undecodable {
  const length = part.headers.get('content-length');
  if (length !== undefined && length !== String(part.end - part.start))
    return new Undecodable('syntax', 'must not have a part whose Content-Length is not its length');
  const header = part.headers.get('content-disposition');
  const facts = {
    contentType: part.headers.get('content-type') ?? null,
    transferEncoding: part.headers.get('content-transfer-encoding') ?? null,
  };
  if (header === undefined) {
    return formData
      ? new Undecodable('syntax', 'must have a Content-Disposition in each part')
      : { part, name: null, facts: { ...facts, filename: null } };
  }
  const disposition = parseContentDisposition(header);
  if (disposition instanceof Undecodable) return disposition;
  if (formData && (disposition.kind !== 'form-data' || disposition.name === null))
    return new Undecodable('syntax', 'must have parts of form-data, each with a name');
  return { part, name: disposition.name, facts: { ...facts, filename: disposition.filename } };
}

function rebuild(bytes: Uint8Array, parts: readonly Part[], boundary: string, changes: Changes): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    if (changes.left.has(part)) continue;
    const content = changes.replaced.get(part) ?? bytes.subarray(part.start, part.end);
    pieces.push(bytes.subarray(part.from, part.start), content, CRLF);
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`, 'latin1'));
  return Buffer.concat(pieces);
}
