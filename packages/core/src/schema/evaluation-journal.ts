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

/** A member that has to be there: named, and not evaluated. */
interface Asked {
  readonly asked: string;
}

/** A member's name, an item's index, all of them, one to drop or asked for, or a schema that says something about members. */
type Entry = string | number | typeof ALL | Drop | Asked | { readonly mentions: SchemaNode };

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
 * What a schema that holds has said about the members of an object or the items of an array, in the order it said it: the annotations of
 * JSON Schema 2020-12 (core, 7.7). The journals of the schemas that it applied stand among its entries, and one may stand in several.
 */
export class EvaluationJournal {
  /** What it is about; a text, a number or the like has nothing that could be said about it. */
  readonly #value: unknown;
  readonly #entries: (Entry | EvaluationJournal)[] = [];
  #drops = 0;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** How many members have to go for it to be so, of the value and of what is below it; one counts for each way that leads to it. */
  get drops(): number {
    return this.#drops;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (typeof entry === 'object' && 'drop' in entry) this.#drops++;
  }

  include(journal: EvaluationJournal): void {
    if (journal.#entries.length === 0) return;
    this.#entries.push(journal);
    this.#drops += journal.#drops;
  }

  /** The names evaluated so far; ALL when all are. */
  names(): ReadonlySet<string> | typeof ALL {
    const names = new Set<string>();
    let all = false;
    this.#read('here', (_, entry) => {
      if (entry === ALL) all = true;
      else if (typeof entry === 'string') names.add(entry);
      else if (typeof entry === 'object' && 'drop' in entry) names.add(entry.drop);
    });
    return all ? ALL : names;
  }

  /** The indexes evaluated so far; ALL when all are. */
  indexes(): ReadonlySet<number> | typeof ALL {
    const indexes = new Set<number>();
    let all = false;
    this.#read('here', (_, entry) => {
      if (entry === ALL) all = true;
      else if (typeof entry === 'number') indexes.add(entry);
    });
    return all ? ALL : indexes;
  }

  /** Shows what it and the journals in it say, each once and in order, without recursion: of the same value, or of all that is below it too. */
  #read(scope: 'here' | 'below', show: (value: object, entry: Entry) => void): void {
    const seen = new Set<EvaluationJournal>([this]);
    const open: { readonly journal: EvaluationJournal; at: number }[] = [{ journal: this, at: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { journal } = top;
      const entry = journal.#entries[top.at++];
      if (entry === undefined) open.pop();
      else if (!(entry instanceof EvaluationJournal)) show(journal.#value as object, entry);
      else if (!seen.has(entry) && (scope === 'below' || entry.#value === this.#value)) {
        seen.add(entry);
        open.push({ journal: entry, at: 0 });
      }
    }
  }

  /** Members marked to be dropped, as a tree of cuts below `root`. Adds their places to `paths`. */
  cuts(root: unknown, paths: ValuePath[]): CutTree {
    const marked = new Map<object, Set<string>>();
    this.#read('below', (value, entry) => {
      if (typeof entry === 'object' && 'drop' in entry)
        marked.set(value, (marked.get(value) ?? new Set()).add(entry.drop));
    });
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
    this.#read('below', (value, entry) => {
      if (typeof entry !== 'object' || !('mentions' in entry)) return;
      let about = named.get(value);
      if (about === undefined) named.set(value, (about = { names: new Set(), folded: new Map() }));
      nameMembers(about, entry.mentions);
    });
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
   * The members that no schema declares: some schema speaks of the object's members, none names this one, asks for it or takes any. An object
   * of whose members no schema speaks is a free-form map, all of it declared.
   */
  undeclared(root: unknown): UndeclaredMember[] {
    const declared = new Map<object, Declared>();
    this.#read('below', (value, entry) => {
      if (typeof entry === 'number' || Array.isArray(value)) return;
      let about = declared.get(value);
      if (about === undefined) declared.set(value, (about = { all: false, mentions: null, names: new Set() }));
      if (entry === ALL) about.all = true;
      else if (typeof entry === 'string') about.names.add(entry);
      else if ('asked' in entry) about.names.add(entry.asked);
      else if ('mentions' in entry) about.mentions ??= entry.mentions;
    });
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
