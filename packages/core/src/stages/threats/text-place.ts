import { interned } from '../../interned.ts';
import type { ContentEncoding } from '../../schema/text-content.ts';
import { ANY, ARRAY, OBJECT, STRING, type TypeSet } from '../validation/type-guide.ts';
import { both, either, FREE, maybe, type PlaceFormula } from './place-formula.ts';
import type { MemberName, SaidBelow } from './said-below.ts';
import { filedInAll, isPinned, type PlaceSchema, UNKNOWN_SCHEMA, whyOfAll } from './schema-facts.ts';

/** Items with a schema of their own, beyond which any item is free. */
const MAX_PREFIX = 64;
/** What a parameter or a field may be made of, within each other. */
const MAX_NESTED = 4;
/** Ways in which names that nobody declares match patterns, of which the places are kept: a client chooses them. */
const MAX_SIGNATURES = 256;

/** Keeps the places of a document. */
export interface PlaceKeeper {
  readonly below: SaidBelow;
  /** The one place of which this is said. */
  at(formula: PlaceFormula, declared: boolean): TextPlace;
  /** Whether a name matches a pattern of `patternProperties`. */
  matches(pattern: string, name: string): boolean;
  /** True once so much was made of the document that no more is kept. */
  readonly isSpent: boolean;
  /** True once the request has had its share beyond that as well: no more is made. */
  readonly isExhausted: boolean;
  spend(units: number): void;
}

/**
 * What the schema says of texts at one place of a value: whether it confines them so that nothing has to be guessed, and whether they are
 * URIs. A text counts as confined only where every value that the schema allows there is: of schemas that hold together one has to confine it,
 * of alternatives each. Places are found again by the schemas that they consist of, so that they are no more than the document makes them.
 */
export class TextPlace {
  /** False where an own schema of the document says nothing of the place: a member nobody declared. */
  readonly declared: boolean;
  /** Null where nothing is said, and nothing below. */
  readonly #places: PlaceKeeper | null;
  readonly #formula: PlaceFormula;
  #judged: {
    readonly kinds: TypeSet;
    readonly confined: string | null;
    readonly uri: boolean;
    readonly pinned: boolean;
    readonly filed: ContentEncoding | null;
  } | null = null;
  #members: Map<string, TextPlace> | null = null;
  #names: ReadonlySet<string> | null = null;
  #patterns: readonly string[] | null = null;
  #bySignature: Map<string, TextPlace> | null = null;
  #items: TextPlace[] | null = null;
  #contents: Map<ContentEncoding, TextPlace> | null = null;
  #anyItem: TextPlace | null = null;
  #orItem: TextPlace | null = null;
  #unheld: TextPlace | null = null;
  #longest: number | null = null;

  constructor(places: PlaceKeeper | null, formula: PlaceFormula, declared: boolean) {
    this.#places = places;
    this.#formula = formula;
    this.declared = declared;
  }

  /** Why a text here needs no look; null where it is free. */
  get confined(): string | null {
    return this.#judge().confined;
  }

  /** Whether a text here is a URI of which it has to be asked where it leads. `enforced`: whether what schemas say holds, as a pattern that names the host. */
  isUri(enforced: boolean): boolean {
    const { uri, pinned } = this.#judge();
    return uri && !(enforced && pinned);
  }

  /** Whether a text could stand here at all, by what is said of types. */
  get holdsText(): boolean {
    const { must, may } = this.#formula;
    return must === null
      ? may.length === 0 || may.some(({ facts }) => facts.text)
      : must.some((together) => together.every(({ facts }) => facts.text));
  }

  /** Whether a list could, and anything is said of it. */
  get holdsArray(): boolean {
    return (this.#judge().kinds & ARRAY) !== 0 && this.#formula.may.some(({ facts }) => facts.lists);
  }

  /** Whether any schema says that it is a file. */
  get isFile(): boolean {
    return this.#formula.may.some(({ facts }) => facts.file);
  }

  /** Whether any schema says that a text here is JSON. */
  get isJson(): boolean {
    return this.#formula.may.some(({ facts }) => facts.json);
  }

  /** The same of JSON that is written in base64. */
  get isPackedJson(): boolean {
    return this.#formula.may.some(({ facts }) => facts.packed);
  }

  /** In which base64 a text here is a file; null where it may be anything else. */
  get filed(): ContentEncoding | null {
    return this.#judge().filed;
  }

  /** False where a list or an object could stand here, or the JSON of one. */
  get isScalar(): boolean {
    return !this.holdsStructure && !this.isJson && !this.isPackedJson;
  }

  get holdsStructure(): boolean {
    return (this.#judge().kinds & (ARRAY | OBJECT)) !== 0;
  }

  /** The place of what is in a text here, where that is JSON. */
  content(encoding: ContentEncoding): TextPlace {
    const places = this.#places;
    if (places === null) return this;
    const known = this.#contents?.get(encoding);
    if (known !== undefined) return known;
    const place = this.#placeOf((schema) => places.below.ofContent(schema, encoding), STRING, true);
    if (!places.isSpent) (this.#contents ??= new Map()).set(encoding, place);
    return place;
  }

  /** Whether JSON in a text is what is said of it here, for the place of a content: nobody else holds it to that. */
  holds(content: Uint8Array): boolean {
    return (this.#formula.must ?? []).some((together) => together.every((schema) => schema.holds(content)));
  }

  /** Why nothing needs a look, whatever a raw text stands for here: a text, a list of them or what is written otherwise. Null for objects. */
  whole(depth = 0): string | null {
    const { kinds, confined } = this.#judge();
    if (confined === null || (kinds & OBJECT) !== 0 || depth >= MAX_NESTED) return null;
    if ((kinds & ARRAY) === 0) return confined;
    const items = this.anyItem.whole(depth + 1);
    return items === null || (kinds & STRING) === 0 ? items : confined;
  }

  /** The place of a member by its name; of one that no schema names, by what is said of all others. */
  member(name: string): TextPlace {
    const places = this.#places;
    if (places === null) return this;
    const known = this.#members?.get(name);
    if (known !== undefined) return known;
    const matches = (pattern: string): boolean => places.matches(pattern, name);
    // A client sends as many names as it likes: those that nobody declares are one place for each way that they match patterns.
    if (!this.#declaredNames.has(name)) return this.#undeclared({ text: name, matches });
    const place = this.#placeOf((schema) => places.below.ofMember(schema, { text: name, matches }), OBJECT, true);
    if (places.isSpent) return place;
    // Only names of the document are kept: they are finitely many. Not as the piece of a request that they came in.
    this.#members ??= new Map();
    this.#members.set(interned(name), place);
    return place;
  }

  item(index: number): TextPlace {
    const places = this.#places;
    if (places === null) return this;
    const at = Math.min(index, this.#prefix);
    const known = this.#items?.[at];
    if (known !== undefined) return known;
    const place = this.#placeOf((schema) => places.below.ofItem(schema, at), ARRAY, true);
    if (!places.isSpent) (this.#items ??= [])[at] = place;
    return place;
  }

  /** What holds for an item of which it is not known where it stands. */
  get anyItem(): TextPlace {
    const places = this.#places;
    if (places === null) return this;
    if (this.#anyItem !== null) return this.#anyItem;
    const formulas = Array.from({ length: Math.min(this.#prefix, MAX_PREFIX) + 1 }, (_, i) => this.item(i).#formula);
    const place = this.#made(either(this.#prefix > MAX_PREFIX ? [FREE, ...formulas] : formulas), true);
    if (!places.isSpent) this.#anyItem = place;
    return place;
  }

  /** Where a text may be the value or one of its items, as with fields and parts that can be repeated. */
  get orItem(): TextPlace {
    const places = this.#places;
    if (places === null || (this.#judge().kinds & ARRAY) === 0) return this;
    if (this.#orItem !== null) return this.#orItem;
    const place = this.#made(either([this.#formula, this.anyItem.#formula]), this.declared);
    if (!places.isSpent) this.#orItem = place;
    return place;
  }

  /** Whether every member and item has this place as well, as nothing is said of any. Not told once so much was made that each is charged for. */
  get isSameBelow(): boolean {
    const { must, may } = this.#formula;
    return this.#places === null || (!this.declared && must === null && may.length === 0 && !this.#places.isSpent);
  }

  /** Where a name between brackets leads: an index to an item, where there is a list; to a member as well, where an object says something of it. */
  below(name: string): TextPlace {
    if (!/^\d+$/.test(name) || !this.holdsArray) return this.member(name);
    const saysOfMembers = this.#formula.may.some(({ facts }) => facts.names.size > 0 || facts.speaksOfOthers);
    if ((this.#judge().kinds & OBJECT) === 0 || !saysOfMembers) return this.anyItem;
    return this.#made(either([this.anyItem.#formula, this.member(name).#formula]), true);
  }

  /** The same place where nothing holds values to their schemas. */
  get unheld(): TextPlace {
    const places = this.#places;
    if (places === null || this.#unheld !== null) return this.#unheld ?? this;
    const place = this.#made(maybe(this.#formula), this.declared);
    if (!places.isSpent) this.#unheld = place;
    return place;
  }

  /** The place of a part of a `multipart` whose parts are items or members; nothing holds it to either. */
  partOf(name: string | null): TextPlace {
    const item = this.anyItem.unheld;
    return name === null ? item : this.#made(either([item.#formula, this.member(name).unheld.#formula]), item.declared);
  }

  /** Names of the members that the schema declares. */
  names(): readonly string[] {
    return [...this.#declaredNames];
  }

  /** Whether nothing has to hold here, as where only some of several alternatives speak of it. */
  get isOpen(): boolean {
    return this.#formula.must === null;
  }

  #judge(): {
    readonly kinds: TypeSet;
    readonly confined: string | null;
    readonly uri: boolean;
    readonly pinned: boolean;
    readonly filed: ContentEncoding | null;
  } {
    if (this.#judged !== null) return this.#judged;
    const { must, may } = this.#formula;
    const alternatives = (must ?? []).map((together) => ({
      kinds: together.reduce<TypeSet>((all, { facts }) => all & facts.kinds, ANY),
      why: together.find(({ facts }) => facts.why !== null)?.facts.why ?? null,
      pinned: together.some(({ facts }) => facts.pinned),
      filed: together.find(({ facts }) => facts.filed !== null)?.facts.filed ?? null,
    }));
    const kinds = must === null ? ANY : alternatives.reduce<TypeSet>((any, one) => any | one.kinds, 0);
    const confined = (kinds & STRING) === 0 ? nameOf(kinds) : null;
    this.#judged = {
      kinds,
      confined: must === null ? null : (whyOfAll(alternatives)?.why ?? confined),
      uri: may.some(({ facts }) => facts.uri),
      pinned: must !== null && alternatives.every(isPinned),
      filed: filedInAll(alternatives),
    };
    return this.#judged;
  }

  #undeclared(name: MemberName): TextPlace {
    const places = this.#places;
    if (places === null) return this;
    this.#patterns ??= [...new Set(this.#formula.may.flatMap(({ facts }) => [...facts.patterns]))];
    const signature = this.#patterns.map((pattern) => (name.matches(pattern) ? '1' : '0')).join('');
    this.#bySignature ??= new Map();
    const known = this.#bySignature.get(signature);
    if (known !== undefined) return known;
    const place = this.#placeOf((schema) => places.below.ofMember(schema, name), OBJECT, false);
    // Beyond that, each is worked out again and charged for: whoever sends them all takes nothing from others.
    if (!places.isSpent && this.#bySignature.size < MAX_SIGNATURES) this.#bySignature.set(signature, place);
    return place;
  }

  /** What is said below by each schema, joined as the schemas are here; of alternatives, by those that could be of the kind. */
  #placeOf(of: (schema: PlaceSchema) => PlaceFormula, kind: TypeSet, declared: boolean): TextPlace {
    const places = this.#places;
    if (places === null || places.isExhausted) return BEYOND;
    const { must, may } = this.#formula;
    places.spend(may.length / 8);
    const possible = (must ?? []).filter((together) => together.every(({ facts }) => (facts.kinds & kind) !== 0));
    const held = either(possible.map((together) => both(together.map(of))));
    return this.#made(both([held, ...may.map((schema) => maybe(of(schema)))]), declared);
  }

  #made(formula: PlaceFormula, declared: boolean): TextPlace {
    return this.#places === null || this.#places.isExhausted ? BEYOND : this.#places.at(formula, declared);
  }

  get #declaredNames(): ReadonlySet<string> {
    if (this.#names !== null) return this.#names;
    const sets = [...new Set(this.#formula.may.map(({ facts }) => facts.names))].filter((set) => set.size > 0);
    const [first = new Set<string>()] = sets;
    this.#names = sets.length <= 1 ? first : new Set(sets.flatMap((set) => [...set]));
    if (sets.length > 1) this.#places?.spend(this.#names.size);
    return this.#names;
  }

  get #prefix(): number {
    return (this.#longest ??= this.#formula.may.reduce((most, { facts }) => Math.max(most, facts.prefix), 0));
  }
}

/** What stands where a text cannot: its members and items are places of their own. */
function nameOf(kinds: TypeSet): string {
  if ((kinds & (ARRAY | OBJECT)) !== 0) return 'a structure';
  return kinds === 0 ? 'nothing is allowed' : 'no text';
}

/** A place of which nothing is known. */
export const ANYWHERE = new TextPlace(null, FREE, false);
/** A place of which it would cost too much to know anything: whatever stands there is looked at, as a URI as well. */
const BEYOND = new TextPlace(null, { must: null, may: [UNKNOWN_SCHEMA] }, false);
