import { isObject } from '../json/json-value.ts';
import { ownMember } from './located.ts';
import type { DocumentPlace } from './model.ts';
import type { SourceFile } from './source-file.ts';

/** A part of a file that has a URI of its own: the file itself, or a schema with an `$id` (JSON Schema 2020-12, section 8.2.1). */
export interface Resource extends DocumentPlace {
  readonly uri: string;
}

/** The URIs and anchors that loaded files give to their parts. */
export class ResourceIndex {
  /** Null where two different places claim one URI: which is meant cannot be told. */
  readonly #byUri = new Map<string, Resource | null>();
  readonly #byPlace = new Map<string, Resource>();
  readonly #anchors = new Map<string, DocumentPlace | null>();

  /** Registers a file. Its identifiers count only where the file follows JSON Schema 2020-12: earlier versions have none. */
  add(source: SourceFile, identifiersCount: boolean): void {
    const fileUri = uriOfFile(source.file);
    const self = identifiersCount && isObject(source.root) ? ownMember(source.root, '$self') : undefined;
    const uri = typeof self === 'string' ? withoutFragment(URL.parse(self, fileUri)?.href ?? fileUri) : fileUri;
    const root: Resource = { file: source.file, pointer: '', uri };
    this.#byPlace.set(placeKey(root), root);
    if (uri !== fileUri) this.#claim(root);
    if (identifiersCount) this.#addIdentifiers(source);
  }

  /** The innermost resource that a place of a registered file stands in. */
  enclosing(place: DocumentPlace): Resource {
    let pointer = place.pointer;
    for (;;) {
      const resource = this.#byPlace.get(placeKey({ file: place.file, pointer }));
      if (resource !== undefined) return resource;
      if (pointer === '') return { file: place.file, pointer: '', uri: uriOfFile(place.file) };
      pointer = pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
    }
  }

  /** The resource that `reference` names when it stands in `from`; undefined where no loaded file claims that URI. */
  lookup(reference: string, from: Resource): Resource | null | undefined {
    if (this.#byUri.size === 0) return undefined;
    const absolute = URL.parse(reference, from.uri)?.href;
    return absolute === undefined ? undefined : this.#byUri.get(withoutFragment(absolute));
  }

  anchor(resource: Resource, name: string): DocumentPlace | null {
    return this.#anchors.get(`${placeKey(resource)}\n${name}`) ?? null;
  }

  #addIdentifiers(source: SourceFile): void {
    // An outer schema comes before the schemas in it, so the base URI of each is known when it is its turn.
    for (const { keyword, value, pointer } of source.identifiers) {
      const place = { file: source.file, pointer };
      const absolute = keyword === '$id' ? URL.parse(value, this.enclosing(place).uri)?.href : undefined;
      if (absolute === undefined) continue;
      const resource = { ...place, uri: withoutFragment(absolute) };
      this.#byPlace.set(placeKey(place), resource);
      this.#claim(resource);
    }
    for (const { keyword, value, pointer } of source.identifiers) {
      if (keyword === '$id') continue;
      const place = { file: source.file, pointer };
      const key = `${placeKey(this.enclosing(place))}\n${value}`;
      const known = this.#anchors.get(key);
      this.#anchors.set(key, known === undefined || known?.pointer === pointer ? place : null);
    }
  }

  #claim(resource: Resource): void {
    const known = this.#byUri.get(resource.uri);
    this.#byUri.set(resource.uri, known === undefined ? resource : null);
  }
}

function placeKey(place: DocumentPlace): string {
  return `${place.file}\n${place.pointer}`;
}

function uriOfFile(file: string): string {
  return `document:///${encodeURI(file.toWellFormed())}`;
}

function withoutFragment(uri: string): string {
  const hash = uri.indexOf('#');
  return hash < 0 ? uri : uri.slice(0, hash);
}
