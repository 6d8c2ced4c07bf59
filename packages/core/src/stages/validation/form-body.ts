import type { Encoding, MediaType } from '../../openapi/model.ts';
import type { JsonBounds, ValueCheck } from '../../schema/schema-compiler.ts';
import { failedAt, failedBy, malformed, passed, type BodyResult } from './body-result.ts';
import { LooseNames } from './loose-names.ts';
import { readDeepObject } from './deep-object.ts';
import { schemaOrAnything, undeclaredFor, type BodyContext } from './format-check.ts';
import { decodePercent } from './percent-decoding.ts';
import { scalarReader } from './scalar-text.ts';
import { readStrictJson } from './strict-json.ts';
import { MAX_ITEMS, pointerTo, readItems, readMembers, setMember } from './structured-value.ts';
import { textStyle, toItemTexts, toMemberTexts } from './text-style.ts';
import { ARRAY, compileTypeGuide, OBJECT, type TypeGuide } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';
import { findUndeclared } from './undeclared-members.ts';
import { joinPointer } from '../../json/json-pointer.ts';

const decoder = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** Pairs of one form, at most. */
const MAX_PAIRS = MAX_ITEMS;

/** What came for one property: values of its name, or bracketed names and values in turn. */
interface Field {
  readonly texts: string[];
  readonly brackets: string[];
}

interface Fields {
  readonly byName: Map<string, Field>;
  /** The text without dropped pairs; null where nothing was dropped. */
  readonly kept: string | null;
  readonly dropped: readonly string[];
}

/**
 * Checks `application/x-www-form-urlencoded` (WHATWG URL, section 5; OpenAPI 3.1, 4.8.15). Only properties that are arrays may be repeated. Objects
 * come bracketed (`address[city]=…`) or as JSON text. At most 1,000 pairs; every byte ASCII; percent-decoded once.
 */
export class FormCheck {
  readonly #guide: TypeGuide;
  readonly #check: ValueCheck;
  readonly #bounds: JsonBounds;
  readonly #encoding: ReadonlyMap<string, Encoding>;
  readonly #schema: string;
  /** Of fields; inside of them it is `#within`. */
  readonly #undeclared: BodyContext['undeclared'];
  readonly #within: BodyContext['undeclared'];
  readonly #loose: LooseNames | null;

  constructor(media: MediaType, context: BodyContext) {
    const source = schemaOrAnything(media);
    this.#guide = compileTypeGuide(context.schemas.normalized(source, context.direction));
    this.#check = context.schemas.value(source, context.direction);
    this.#bounds = context.bounds;
    this.#encoding = media.encoding;
    this.#schema = `${source.file}#${source.pointer}`;
    this.#within = undeclaredFor(media.schema, context);
    this.#undeclared = this.#guide.open ? 'as-declared' : this.#within;
    this.#loose = context.lookalikes === 'refuse' ? new LooseNames(this.#guide.properties) : null;
  }

  readonly bytes = (bytes: Uint8Array): BodyResult => {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte > 0x7e || byte < 0x21) return malformed('syntax', 'must be percent-encoded ASCII');
    }
    const result = this.text(decoder.decode(bytes));
    return result.ok && result.text !== null
      ? passed(encoder.encode(result.text), result.dropped)
      : result.ok
        ? passed(bytes)
        : result;
  };

  /** Checks the text of a form; `text` is what is left of it where pairs were dropped. */
  text(
    text: string,
  ):
    | { readonly ok: true; readonly text: string | null; readonly dropped: readonly string[] }
    | (BodyResult & { readonly ok: false }) {
    const fields = this.#split(text);
    if (fields instanceof Undecodable) return failedAt(fields, this.#schema);
    const specific = this.#judge(this.#read(fields.byName, false));
    if (specific !== null && this.#judge(this.#read(fields.byName, true)) !== null) return specific;
    return { ok: true, text: fields.kept, dropped: fields.dropped };
  }

  #judge(value: unknown): (BodyResult & { readonly ok: false }) | null {
    if (value instanceof Undecodable) return failedAt(value, this.#schema);
    const issues = this.#check(value);
    return issues === null ? null : failedBy(issues);
  }

  #split(text: string): Fields | Undecodable {
    const byName = new Map<string, Field>();
    const kept: string[] = [];
    const dropped: string[] = [];
    let stripped = false;
    if (text === '') return { byName, kept: null, dropped };
    // `note=x;role=admin` is two fields to Python before 3.9.2 and others that divide at `;` as well.
    if (text.includes(';')) return new Undecodable('syntax', 'must have `;` percent-encoded');
    const pairs = text.split('&', MAX_PAIRS + 1);
    if (pairs.length > MAX_PAIRS) return new Undecodable('keys', `must not have more than ${MAX_PAIRS} fields`);
    for (const pair of pairs) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const written = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true);
      const value = decodePercent(equals < 0 ? '' : pair.slice(equals + 1), true);
      if (written === null || value === null) return new Undecodable('syntax', 'must be UTF-8, percent-encoded once');
      const bracket = this.#bracketOf(written);
      const name = bracket < 0 ? written : written.slice(0, bracket);
      if (this.#undeclared !== 'as-declared' && !this.#guide.declares(name)) {
        if (this.#undeclared === 'refuse')
          return new Undecodable('undeclared', 'must not have fields that are not declared');
        stripped = true;
        if (dropped.length < 20) dropped.push(joinPointer('', name));
        continue;
      }
      if (!this.#guide.properties.has(name) && this.#loose?.has(name) === true)
        return new Undecodable('undeclared', 'must not have fields that could be taken for declared ones');
      kept.push(pair);
      let field = byName.get(name);
      if (field === undefined) {
        field = { texts: [], brackets: [] };
        byName.set(name, field);
      }
      if (bracket < 0) field.texts.push(value);
      else field.brackets.push(written.slice(bracket), value);
    }
    return { byName, kept: stripped ? kept.join('&') : null, dropped };
  }

  /** Where the brackets of an object's member begin; -1 where the name is to be taken as it is. */
  #bracketOf(written: string): number {
    const bracket = written.indexOf('[');
    if (bracket <= 0 || this.#guide.properties.has(written)) return -1;
    const name = written.slice(0, bracket);
    return this.#guide.properties.has(name) && (this.#guide.property(name).types & OBJECT) !== 0 ? bracket : -1;
  }

  #read(fields: ReadonlyMap<string, Field>, asString: boolean): unknown {
    const form: Record<string, unknown> = {};
    for (const [name, field] of fields) {
      const value = this.#readField(name, field, asString);
      if (value instanceof Undecodable)
        return new Undecodable(value.keyword, value.message, pointerTo(this.#guide, name) + value.pointer);
      const problem = setMember(form, name, value);
      if (problem !== null) return problem;
    }
    if (this.#within === 'as-declared') return form;
    for (const [name, value] of Object.entries(form)) {
      const found = findUndeclared(value, this.#guide.property(name), pointerTo(this.#guide, name));
      if (found !== null) return new Undecodable('undeclared', 'must not have members that are not declared', found);
    }
    return form;
  }

  #readField(name: string, field: Field, asString: boolean): unknown {
    const guide = this.#guide.property(name);
    const encoding = this.#encoding.get(name);
    if (field.brackets.length > 0) {
      if (field.texts.length > 0) return new Undecodable('duplicate', 'must be sent once');
      return readDeepObject(field.brackets, guide, asString);
    }
    const first = field.texts[0] as string;
    const style = encoding?.style ?? null;
    const explode = encoding?.explode ?? (style === null || style === 'form');
    if ((guide.types & ARRAY) !== 0 && explode && encoding?.contentType !== 'application/json') {
      const scalar = field.texts.length === 1 && (guide.types & ~ARRAY) !== 0 && asString;
      return scalar ? scalarReader(guide)(first, asString) : readItems(field.texts, guide, asString);
    }
    if (field.texts.length > 1) return new Undecodable('duplicate', 'must be sent once');
    if (encoding?.contentType === 'application/json') return readStrictJson(first, this.#bounds);
    const text = textStyle(name, style ?? 'form', false, false);
    if ((guide.types & ARRAY) !== 0) return readItems(toItemTexts(text, first) ?? [], guide, asString);
    if ((guide.types & OBJECT) === 0) return scalarReader(guide)(first, asString);
    if (style === null) return readStrictJson(first, this.#bounds);
    const members = toMemberTexts(text, first);
    return members === null
      ? new Undecodable('syntax', 'must have a value for each name')
      : readMembers(members, guide, asString);
  }
}
