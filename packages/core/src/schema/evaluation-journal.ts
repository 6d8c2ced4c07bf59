import type { CutTree } from './cut-members.ts';
import { addCut } from './cut-members.ts';
import { foldCase } from '../json/fold-case.ts';
import type { SchemaNode } from './normalized-graph.ts';
import type { ValuePath } from './value-path.ts';

/** Every member or item of the value is evaluated. */
export const ALL: unique symbol = Symbol('all');

/** A member that has to go: hidden, or closed out by `additionalProperties: false`. */
interface Drop {
  readonly drop: string;
}

/** A member's name, an item's index, all of them, one to drop, or a schema that says something about members. */
type Entry = string | number | typeof ALL | Drop | { readonly mentions: SchemaNode };

/** One undeclared member. `mentions` is a schema that describes its neighbours. */
export interface UndeclaredMember {
  readonly path: ValuePath;
  readonly mentions: SchemaNode;
}

interface Declared {
  all: boolean;
  mentions: SchemaNode | null;
  readonly names: Set<string>;
}

/**
 * What schemas that hold have said about the members of objects and the items of arrays, in the order they said it: the annotations of
 * JSON Schema 2020-12 (core, 7.7). A schema that turns out not to hold takes back its entries by cutting the journal to where it began.
 */
export class EvaluationJournal {
  readonly #values: object[] = [];
  readonly #entries: Entry[] = [];

  get length(): number {
    return this.#values.length;
  }

  add(value: object, entry: Entry): void {
    this.#values.push(value);
    this.#entries.push(entry);
  }

  cutTo(length: number): void {
    this.#values.length = length;
    this.#entries.length = length;
  }

  /** The names evaluated for a value since `from`; ALL when all are. */
  namesSince(from: number, value: object): ReadonlySet<string> | typeof ALL {
    const names = new Set<string>();
    for (let i = from; i < this.#values.length; i++) {
      if (this.#values[i] !== value) continue;
      const entry = this.#entries[i];
      if (entry === ALL) return ALL;
      if (typeof entry === 'string') names.add(entry);
      else if (typeof entry === 'object' && 'drop' in entry) names.add(entry.drop);
    }
    return names;
  }

  /** The indexes evaluated for a value since `from`; ALL when all are. */
  indexesSince(from: number, value: object): ReadonlySet<number> | typeof ALL {
    const indexes = new Set<number>();
    for (let i = from; i < this.#values.length; i++) {
      if (this.#values[i] !== value) continue;
      const entry = this.#entries[i];
      if (entry === ALL) return ALL;
      if (typeof entry === 'number') indexes.add(entry);
    }
    return indexes;
  }

  /** Members marked to be dropped, as a tree of cuts below `root`. Adds their places to `paths`. */
  drops(root: unknown, paths: ValuePath[]): CutTree {
    const marked = new Map<object, Set<string>>();
    for (const [i, entry] of this.#entries.entries()) {
      if (typeof entry !== 'object' || !('drop' in entry)) continue;
      const value = this.#values[i] as object;
      marked.set(value, (marked.get(value) ?? new Set()).add(entry.drop));
    }
    const tree: CutTree = new Map();
    if (marked.size === 0) return tree;
    walkObjects(root, (value, path) => {
      const names = marked.get(value);
      for (const name of names ?? []) {
        const place: ValuePath = { parent: path, token: name };
        paths.push(place);
        addCut(tree, place);
      }
      return (name) => names?.has(name) !== true;
    });
    return tree;
  }

  /** The members that no schema names in `properties`, and that differ from a name there in case only. */
  caseVariants(root: unknown): UndeclaredMember[] {
    const named = new Map<object, NamedMembers>();
    for (const [i, entry] of this.#entries.entries()) {
      if (typeof entry !== 'object' || !('mentions' in entry)) continue;
      const value = this.#values[i] as object;
      let about = named.get(value);
      if (about === undefined) named.set(value, (about = { names: new Set(), folded: new Map() }));
      nameMembers(about, entry.mentions);
    }
    const found: UndeclaredMember[] = [];
    walkObjects(root, (value, path) => {
      const about = named.get(value);
      for (const name of about === undefined ? [] : Object.keys(value)) {
        if (about?.names.has(name) !== false) continue;
        const mentions = about.folded.get(foldCase(name));
        if (mentions !== undefined) found.push({ path: { parent: path, token: name }, mentions });
      }
      return () => true;
    });
    return found;
  }

  /**
   * The members that no schema declares: some schema speaks of the object's members, none names this one or takes any. An object of
   * whose members no schema speaks is a free-form map, all of it declared.
   */
  undeclared(root: unknown): UndeclaredMember[] {
    const declared = new Map<object, Declared>();
    for (const [i, entry] of this.#entries.entries()) {
      const value = this.#values[i] as object;
      if (typeof entry === 'number' || Array.isArray(value)) continue;
      let about = declared.get(value);
      if (about === undefined) declared.set(value, (about = { all: false, mentions: null, names: new Set() }));
      if (entry === ALL) about.all = true;
      else if (typeof entry === 'string') about.names.add(entry);
      else if ('mentions' in entry) about.mentions ??= entry.mentions;
    }
    const found: UndeclaredMember[] = [];
    walkObjects(root, (value, path) => {
      const about = declared.get(value);
      if (about === undefined || about.all || about.mentions === null) return () => true;
      const { names, mentions } = about;
      for (const name of Object.keys(value))
        if (!names.has(name)) found.push({ path: { parent: path, token: name }, mentions });
      return (name) => names.has(name);
    });
    return found;
  }
}

/** What the `properties` of the schemas that hold for one object name. */
interface NamedMembers {
  readonly names: Set<string>;
  readonly folded: Map<string, SchemaNode>;
}

function nameMembers(named: NamedMembers, mentions: SchemaNode): void {
  const { properties } = mentions;
  if (typeof properties !== 'object' || properties === null) return;
  for (const name of Object.keys(properties)) {
    named.names.add(name);
    named.folded.set(foldCase(name), mentions);
  }
}

/** Visits every object of a value without recursion; the visitor says which members to go into. */
function walkObjects(root: unknown, visit: (value: object, path: ValuePath) => (name: string) => boolean): void {
  const open: { value: unknown; path: ValuePath }[] = [{ value: root, path: null }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--)
        if (typeof value[i] === 'object') open.push({ value: value[i], path: { parent: path, token: i } });
      continue;
    }
    const enters = visit(value, path);
    for (const [name, member] of Object.entries(value).reverse()) {
      if (typeof member === 'object' && member !== null && enters(name))
        open.push({ value: member, path: { parent: path, token: name } });
    }
  }
}
