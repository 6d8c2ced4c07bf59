import { parsePointer } from '../json/json-pointer.ts';
import { isObject, type JsonValue } from '../json/json-value.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import type { ProblemList } from './document-problems.ts';
import { dialectOf, versionOf } from './document-version.ts';
import { childPointer, ownMember, type Located } from './located.ts';
import type { Dialect, DocumentPlace, DocumentReader } from './model.ts';
import { parseSource, type ParsedText } from './parse-source.ts';
import { type Resource, ResourceIndex } from './resource-index.ts';
import type { SourceFile } from './source-file.ts';
import { finish, type Steps } from '../steps.ts';

/** Where a reference leads, or why it leads nowhere. */
export type Resolution =
  | { readonly ok: true; readonly at: Located }
  | {
      readonly ok: false;
      readonly code: 'DOCUMENT_REFERENCE_BROKEN' | 'DOCUMENT_REFERENCE_FORBIDDEN';
      readonly message: string;
    };

/** The files of one document, each read and parsed once, and the references between them. */
export class DocumentFiles {
  readonly #reader: DocumentReader;
  readonly #errors: ProblemList;
  readonly #parsed = new Map<string, ParsedText>();
  readonly #read = new Map<string, { readonly file: string } | Extract<Resolution, { ok: false }>>();
  readonly #dialects = new Map<string, Dialect | null>();
  readonly #index = new ResourceIndex();
  /** Members of what a reference leads to, by member and place of the reference. */
  readonly #members = new Map<string, Located | null>();
  #totalLength = 0;
  #sealed = false;

  constructor(reader: DocumentReader, errors: ProblemList) {
    this.#reader = reader;
    this.#errors = errors;
  }

  /** Reads the root file; null where it cannot be read or parsed, with the problem added. */
  *openRoot(name: string): Steps<SourceFile | null> {
    const opened = yield* this.#readFile(name, null);
    if ('ok' in opened) {
      this.#errors.add(
        'DOCUMENT_UNREADABLE',
        { file: name, pointer: '' },
        opened.message,
        'Name an OpenAPI document that this process may read: on the command line, or under `api` in sallyport.yaml.',
      );
      return null;
    }
    return this.#parsed.get(opened.file)?.source ?? null;
  }

  /** From now on nothing is read any more: what was not reached while loading does not exist. */
  seal(): void {
    this.#sealed = true;
  }

  text(file: string): Pick<SourceFile, 'format' | 'text'> | null {
    return this.#parsed.get(file) ?? null;
  }

  get files(): readonly string[] {
    return [...this.#parsed.keys()];
  }

  /** The dialect a file declares for itself; null for a fragment, which follows the file that refers to it. */
  dialectOf(file: string): Dialect | null {
    return this.#dialects.get(file) ?? null;
  }

  /** The value a place names, or null. */
  at(place: DocumentPlace): Located | null {
    const source = this.#parsed.get(place.file)?.source;
    return source
      ? this.#walk({ file: place.file, pointer: '', node: source.root }, pointerTokens(place.pointer), 0)
      : null;
  }

  /** Resolves one reference, once: what it leads to may be a reference again. */
  resolve(from: DocumentPlace, reference: string, depth = 0): Resolution {
    const hash = reference.indexOf('#');
    const uri = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? '' : reference.slice(hash + 1);
    const base = this.#index.enclosing(from);
    const resource = uri === '' ? base : this.#resource(uri, base);
    if (resource === null) return broken(`two schemas call themselves ${uri}`);
    if ('ok' in resource) return resource;
    // Authors who give a schema an `$id` go on writing `#/components/…` in it. Second chances are for the outermost call only, or a
    // document could make them double with every step.
    const second = depth === 0 && uri === '' && resource.pointer !== '';
    const at =
      this.#fragment(resource, fragment, depth) ??
      (second ? this.#fragment({ ...resource, pointer: '' }, fragment, depth) : null);
    return at === null ? broken(`${reference} leads nowhere`) : { ok: true, at };
  }

  #resource(uri: string, base: Resource): Resource | null | Extract<Resolution, { ok: false }> {
    const known = this.#index.lookup(uri, base);
    if (known !== undefined) return known;
    const opened = this.#open(uri, base.file);
    if ('ok' in opened) return opened;
    if (this.#parsed.get(opened.file)?.source === null) return broken(`${opened.file} cannot be parsed`);
    return this.#index.enclosing({ file: opened.file, pointer: '' });
  }

  #open(reference: string, from: string | null): { readonly file: string } | Extract<Resolution, { ok: false }> {
    const key = `${from ?? ''}\n${reference}`;
    const before = this.#read.get(key);
    if (before !== undefined) return before;
    const opened = this.#sealed
      ? broken(`${reference} was not loaded with the document`)
      : finish(this.#readFile(reference, from));
    this.#read.set(key, opened);
    return opened;
  }

  *#readFile(
    reference: string,
    from: string | null,
  ): Steps<{ readonly file: string } | Extract<Resolution, { ok: false }>> {
    let file: string;
    let text: string;
    try {
      ({ file, text } = this.#reader.read(reference, from));
    } catch (error) {
      const forbidden = error instanceof Error && 'code' in error && error.code === 'DOCUMENT_REFERENCE_FORBIDDEN';
      const message = error instanceof Error ? error.message : 'the file cannot be read';
      return { ok: false, code: forbidden ? 'DOCUMENT_REFERENCE_FORBIDDEN' : 'DOCUMENT_REFERENCE_BROKEN', message };
    }
    if (this.#parsed.has(file)) return { file };
    if (this.#parsed.size >= DOCUMENT_BOUNDS.maxFiles)
      return broken(`the document has more than ${DOCUMENT_BOUNDS.maxFiles} files`);
    this.#totalLength += text.length;
    if (this.#totalLength > DOCUMENT_BOUNDS.maxTotalLength)
      return broken(`the files of the document have more than ${DOCUMENT_BOUNDS.maxTotalLength} characters`);
    const parsed = yield* parseSource(file, text, this.#errors);
    this.#parsed.set(file, parsed);
    if (parsed.source !== null) {
      const dialect = declaredDialect(parsed.source.root);
      this.#dialects.set(file, dialect);
      this.#index.add(parsed.source, dialect === null || dialect === 'json-schema-2020-12');
    }
    return { file };
  }

  #fragment(resource: Resource, fragment: string, depth: number): Located | null {
    if (fragment !== '' && !fragment.startsWith('/')) {
      const place = this.#index.anchor(resource, decoded(fragment));
      return place === null ? null : this.at(place);
    }
    const start = this.at(resource);
    if (start === null) return null;
    // A fragment is percent-encoded (RFC 6901, section 6); authors forget it, so a name that holds a bare `%` is tried as written too.
    const text = decoded(fragment);
    return (
      this.#walk(start, pointerTokens(text), depth) ??
      (text === fragment || depth > 0 ? null : this.#walk(start, pointerTokens(fragment), depth))
    );
  }

  /** Walks down, and through references on the way: `#/components/schemas/A/properties/b` where `A` is itself a `$ref`. */
  #walk(start: Located, tokens: readonly string[], depth: number): Located | null {
    let at = start;
    for (const token of tokens) {
      const next = step(at.node, token);
      if (next !== undefined) {
        at = { file: at.file, pointer: childPointer(at.pointer, token), node: next };
        continue;
      }
      const beyond = this.#beyond(at, token, depth);
      if (beyond === null) return null;
      at = beyond;
    }
    return at;
  }

  /** The member of what a reference leads to, over as many references in a row as there are. */
  #beyond(start: Located, token: string, depth: number): Located | null {
    if (depth >= DOCUMENT_BOUNDS.maxReferenceDepth) return null;
    const passed: string[] = [];
    let at = start;
    let found: Located | null = null;
    for (;;) {
      const reference = ownMember(at.node, '$ref');
      const place = `${token}\n${at.file}\n${at.pointer}`;
      if (typeof reference !== 'string') break;
      const known = this.#members.get(place);
      if (known !== undefined) {
        found = known;
        break;
      }
      // Until it is found: a reference that leads back to itself has no members.
      this.#members.set(place, null);
      passed.push(place);
      const through = this.resolve(at, reference, depth + 1);
      if (!through.ok) {
        // At the end of another way, or before another file is read, it may still lead somewhere.
        for (const each of passed) this.#members.delete(each);
        return null;
      }
      at = through.at;
      const node = step(at.node, token);
      if (node === undefined) continue;
      found = { file: at.file, pointer: childPointer(at.pointer, token), node };
      break;
    }
    for (const each of passed) this.#members.set(each, found);
    return found;
  }
}

function step(node: JsonValue, token: string): JsonValue | undefined {
  if (Array.isArray(node))
    return /^(?:0|[1-9]\d{0,9})$/.test(token) ? (node[Number(token)] as JsonValue | undefined) : undefined;
  return ownMember(node, token);
}

function pointerTokens(pointer: string): readonly string[] {
  return pointer.startsWith('/') ? parsePointer(pointer) : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function broken(message: string): Extract<Resolution, { ok: false }> {
  return { ok: false, code: 'DOCUMENT_REFERENCE_BROKEN', message };
}

function declaredDialect(root: JsonValue): Dialect | null {
  if (!isObject(root)) return null;
  const result = versionOf(root);
  if (result.ok) return dialectOf(result.version);
  const schema = ownMember(root, '$schema');
  return typeof schema === 'string' && schema.startsWith('https://json-schema.org/draft/2020-12/')
    ? 'json-schema-2020-12'
    : null;
}
