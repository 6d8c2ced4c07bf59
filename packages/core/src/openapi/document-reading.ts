import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { DocumentCode } from './document-codes.ts';
import type { DocumentFiles } from './document-files.ts';
import type { ProblemList } from './document-problems.ts';
import { child, isArrayAt, isObjectAt, items, type Located, ownMember } from './located.ts';
import type { Dialect, DocumentPlace, SchemaSource } from './model.ts';

/** A document while it is read: its files, what was found wrong so far, and the ways to take a value that may be of the wrong kind. */
export class DocumentReading {
  readonly files: DocumentFiles;
  readonly dialect: Dialect;
  /** Names of the security schemes that are declared and cannot be checked; a warning says why. */
  readonly unusableSchemes = new Set<string>();
  readonly #errors: ProblemList;
  readonly #warnings: ProblemList;
  /** Where each reference that was followed leads in the end: however long a chain is, each link of it is followed once. */
  readonly #ends = new Map<string, Located | 'circle'>();

  constructor(files: DocumentFiles, dialect: Dialect, errors: ProblemList, warnings: ProblemList) {
    this.files = files;
    this.dialect = dialect;
    this.#errors = errors;
    this.#warnings = warnings;
  }

  /** The document cannot be guarded as it stands. */
  error(code: DocumentCode, place: DocumentPlace, message: string, hint: string | null = null): void {
    this.#errors.add(code, place, message, hint);
  }

  /** There is one right reading, or what is wrong concerns a part that is refused when it is used. */
  warn(code: DocumentCode, place: DocumentPlace, message: string, hint: string | null = null): void {
    this.#warnings.add(code, place, message, hint);
  }

  /** The object member `key`; null where it is absent or, with an error, no object. */
  object(parent: Located, key: string): Located<JsonObject> | null {
    const at = child(parent, key);
    return at === null ? null : this.asObject(at, `\`${key}\``);
  }

  asObject(at: Located, what: string): Located<JsonObject> | null {
    if (isObjectAt(at)) return at;
    this.error('DOCUMENT_INVALID', at, `${what} must be an object`);
    return null;
  }

  /** The items of the array member `key`; none where it is absent or, with an error, no array. */
  array(parent: Located, key: string): readonly Located[] {
    const at = child(parent, key);
    if (at === null) return [];
    if (isArrayAt(at)) return items(at);
    this.error('DOCUMENT_INVALID', at, `\`${key}\` must be an array`);
    return [];
  }

  /** The string member `key`; null where it is absent or, with an error, no string. */
  string(parent: Located, key: string): string | null {
    const node = ownMember(parent.node, key);
    if (node === undefined || typeof node === 'string') return node ?? null;
    this.error('DOCUMENT_INVALID', child(parent, key) ?? parent, `\`${key}\` must be a string`);
    return null;
  }

  /** The boolean member `key`, or `absent`. */
  boolean(parent: Located, key: string, absent: boolean): boolean {
    const node = ownMember(parent.node, key);
    if (node === undefined || typeof node === 'boolean') return node ?? absent;
    if (node === 'true' || node === 'false') {
      this.warn(
        'DOCUMENT_INVALID',
        child(parent, key) ?? parent,
        `\`${key}\` is a string; it is read as the boolean it spells`,
      );
      return node === 'true';
    }
    this.error('DOCUMENT_INVALID', child(parent, key) ?? parent, `\`${key}\` must be true or false`);
    return absent;
  }

  /** Follows `$ref` as far as it goes. Null, with an error, where it is broken, forbidden or leads back to itself. Not for schemas: they stay as they are. */
  follow(start: Located, what: string): Located<JsonObject> | null {
    let at = start;
    const passed: string[] = [];
    let end: Located | 'circle' | undefined;
    for (;;) {
      const object = this.asObject(at, what);
      const reference = object === null ? undefined : ownMember(object.node, '$ref');
      if (reference === undefined) break;
      if (typeof reference !== 'string') {
        this.error('DOCUMENT_INVALID', at, '`$ref` must be a string');
        break;
      }
      const place = `${at.file}#${at.pointer}`;
      end = this.#ends.get(place);
      if (end !== undefined) break;
      // Until its end is known.
      this.#ends.set(place, 'circle');
      passed.push(place);
      const resolution = this.files.resolve(at, reference);
      if (!resolution.ok) {
        at = child(at, '$ref') ?? at;
        this.error(resolution.code, at, `${what}: ${resolution.message}`);
        break;
      }
      at = resolution.at;
    }
    end ??= at;
    for (const place of passed) this.#ends.set(place, end);
    if (end === 'circle') {
      this.error('DOCUMENT_REFERENCE_CYCLE', start, `this reference of ${what} leads back to itself`);
      return null;
    }
    return isObjectAt(end) && ownMember(end.node, '$ref') === undefined ? end : null;
  }

  /** The schema at the member `key`, as authored. Null where there is none or, with an error, something that no schema can be. */
  schema(parent: Located, key: string): SchemaSource | null {
    const at = child(parent, key);
    if (at === null) return null;
    const dialect = this.files.dialectOf(at.file) ?? this.dialect;
    if (isObjectAt(at) || (typeof at.node === 'boolean' && dialect === 'json-schema-2020-12'))
      return { file: at.file, pointer: at.pointer, dialect, node: at.node };
    this.error('DOCUMENT_INVALID', at, `\`${key}\` must be a schema`);
    return null;
  }

  /** A schema that the document does not hold in one piece; `place` is what a person should look at. */
  madeSchema(place: DocumentPlace, node: JsonValue): SchemaSource {
    return {
      file: place.file,
      pointer: place.pointer,
      dialect: this.files.dialectOf(place.file) ?? this.dialect,
      node,
    };
  }
}
