import { canonicalLiteral } from '../stages/head/canonical-path.ts';
import { foldCase } from '../json/fold-case.ts';
import type { PathReading } from './path-reading.ts';
import {
  comparePatterns,
  isWholeSegment,
  matchSegment,
  parseSegment,
  patternKey,
  type SegmentPattern,
} from './segment-pattern.ts';

/** One route: an upper-case method and a full path template, base path included: `/v1/accounts/{accountId}`. */
export interface Route<T> {
  readonly method: string;
  readonly template: string;
  readonly value: T;
  /** How the values of its expressions are read, where the shortest reading of a segment is not always it. Absent: as they are found. */
  readonly read?: PathReading | null;
}

/** Where a path and a method lead. */
export interface RouteMatch<T> {
  /** Null where the path is not declared, or not with this method. */
  readonly value: T | null;
  /** The methods of the path for `Allow` (RFC 9110, section 15.5.6), HEAD where there is GET, and OPTIONS; sorted. Empty where the path is not declared. */
  readonly allow: readonly string[];
  /** The values of the template's expressions, percent-encoded, in order. */
  readonly values: readonly string[];
}

export interface Router<T> {
  /** Finds the route of a path in canonical form (`canonicalPath`) and a method. Never throws. */
  find(path: string, method: string): RouteMatch<T>;
}

/** The methods of one template. */
class Leaf<T> {
  readonly methods = new Map<string, Route<T>>();
  allow: readonly string[] = [];
  /** In the tree without case: the leaves that this one stands for. */
  readonly meant = new Set<Leaf<T>>();
}

/** What may follow one prefix of segments. */
class Node<T> {
  readonly fixed = new Map<string, Node<T>>();
  /** In the order in which they are tried, as soon as `sortPatterns` was called. */
  patterns: { readonly pattern: SegmentPattern; readonly node: Node<T> }[] = [];
  readonly byPattern = new Map<string, Node<T>>();
  any: Node<T> | null = null;
  leaf: Leaf<T> | null = null;
}

/**
 * Compiles routes. Concrete segments come before templated ones (OpenAPI 3.1, 4.8.8.2), segment by segment from the left, more
 * literal text before less; the order of `routes` never matters, but that the last of two equal ones wins. Case counts; a trailing
 * slash counts: `/a` and `/a/` are two paths. An expression never matches an empty text, nor past a `/`. GET serves HEAD where HEAD is not declared.
 * The path decides before the method: where `/users/me` is declared, `DELETE /users/me` is not `DELETE /users/{id}`.
 * Where `/users/me` is declared, `/users/ME` is nothing: to routers that ignore case it is `/users/me`, and by the rules here it would be `/users/{id}`.
 * A search visits each node of the tree at most once, whatever the path: what a client sends cannot make it exponential.
 */
export function createRouter<T extends NonNullable<unknown>>(routes: readonly Route<T>[]): Router<T> {
  const exact = new Tree<T>(canonicalLiteral);
  let anyCase = false;
  /** Decoded, as routers that decode before they route compare it, and without case. */
  const caseless = new Tree<T>((text) => {
    const literal = canonicalLiteral(text);
    const plain = folded(literal);
    if (plain !== literal) anyCase = true;
    return plain;
  });
  const leaves = new Set<Leaf<T>>();
  for (const route of routes) {
    const leaf = exact.insert(route.template);
    leaf.methods.set(route.method, route);
    leaves.add(leaf);
    caseless.insert(route.template).meant.add(leaf);
  }
  for (const leaf of leaves) complete(leaf);
  exact.sortPatterns();
  caseless.sortPatterns();
  return new TreeRouter(exact, caseless, !anyCase);
}

/** Routes by their literal text, in the form that `literal` gives it. */
class Tree<T> {
  readonly #literal: (text: string) => string;
  readonly #root = new Node<T>();
  readonly #fixedPaths = new Map<string, Leaf<T>>();
  /** Lengths of fixed paths: a look-up hashes the whole of a path that came from a client. */
  readonly #fixedLengths = new Set<number>();

  constructor(literal: (text: string) => string) {
    this.#literal = literal;
  }

  insert(template: string): Leaf<T> {
    if (!template.includes('{')) {
      const path = template.split('/').map(this.#literal).join('/');
      const leaf = this.#fixedPaths.get(path) ?? new Leaf<T>();
      this.#fixedPaths.set(path, leaf);
      this.#fixedLengths.add(path.length);
      return leaf;
    }
    let node = this.#root;
    for (const segment of template.split('/').slice(1)) node = child(node, segment, this.#literal);
    node.leaf ??= new Leaf<T>();
    return node.leaf;
  }

  /** Once, when every route is there: for each of them it would be all of them again. */
  sortPatterns(): void {
    const nodes = [this.#root];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      node.patterns.sort((left, right) => comparePatterns(left.pattern, right.pattern));
      for (const next of node.fixed.values()) nodes.push(next);
      for (const next of node.byPattern.values()) nodes.push(next);
      if (node.any !== null) nodes.push(node.any);
    }
  }

  fixed(path: string): Leaf<T> | null {
    return this.#fixedLengths.has(path.length) ? (this.#fixedPaths.get(path) ?? null) : null;
  }

  templated(path: string, values: string[]): Leaf<T> | null {
    return path.charCodeAt(0) === 0x2f ? descend(this.#root, path, 1, values) : null;
  }

  find(path: string): Leaf<T> | null {
    return this.fixed(path) ?? this.templated(path, []);
  }
}

function folded(path: string): string {
  if (!path.includes('%')) return path.toLowerCase();
  try {
    return foldCase(decodeURIComponent(path));
  } catch {
    return path.toLowerCase();
  }
}

function child<T>(parent: Node<T>, segment: string, literalOf: (text: string) => string): Node<T> {
  const pattern = parseSegment(segment, literalOf);
  if (pattern === null) {
    const literal = literalOf(segment);
    const node = parent.fixed.get(literal) ?? new Node<T>();
    parent.fixed.set(literal, node);
    return node;
  }
  if (isWholeSegment(pattern)) {
    parent.any ??= new Node<T>();
    return parent.any;
  }
  const key = patternKey(pattern);
  const known = parent.byPattern.get(key);
  if (known !== undefined) return known;
  const node = new Node<T>();
  parent.byPattern.set(key, node);
  parent.patterns.push({ pattern, node });
  return node;
}

function complete<T>(leaf: Leaf<T>): void {
  const get = leaf.methods.get('GET');
  if (get !== undefined && !leaf.methods.has('HEAD')) leaf.methods.set('HEAD', get);
  leaf.allow = Object.freeze([...new Set([...leaf.methods.keys(), 'OPTIONS'])].sort());
}

/** The escapes that a canonical path may hold of characters that it may also hold raw. */
const TWO_SPELLINGS = /%2[6BC]|%3D/;
const EVERY_SPELLING = /%2[6BC]|%3D/g;

/** Whether folding could change a path: a canonical path is ASCII. */
function folds(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if ((code >= 0x41 && code <= 0x5a) || code === 0x25 || code < 0x21 || code > 0x7e) return true;
  }
  return false;
}

const NOWHERE: RouteMatch<never> = Object.freeze({ value: null, allow: [], values: [] });

class TreeRouter<T extends NonNullable<unknown>> implements Router<T> {
  readonly #exact: Tree<T>;
  readonly #caseless: Tree<T>;

  /** The two trees are the same: a path that is its own folded form leads to the same leaf in both. */
  readonly #same: boolean;

  constructor(exact: Tree<T>, caseless: Tree<T>, same: boolean) {
    this.#exact = exact;
    this.#caseless = caseless;
    this.#same = same;
  }

  find(path: string, method: string): RouteMatch<T> {
    const values: string[] = [];
    const fixed = this.#exact.fixed(path);
    const leaf = fixed ?? this.#exact.templated(path, values);
    if (leaf === null) return NOWHERE;
    // An upstream that decodes before it routes takes `1%2C2` for `{lat},{lon}` where here it was `{name}`: then it is neither.
    if (path.includes('%') && TWO_SPELLINGS.test(path)) {
      if (this.#exact.find(path.replace(EVERY_SPELLING, decodeURIComponent)) !== leaf) return NOWHERE;
    }
    // Express, ASP.NET and others ignore case: `/users/EXPORT` is their `/users/export`, and would be guarded here as `/users/{id}`.
    if (fixed === null) {
      const isFolded = this.#same && !folds(path);
      if (!isFolded && this.#caseless.find(folded(path))?.meant.has(leaf) !== true) return NOWHERE;
    }
    const route = leaf.methods.get(method);
    if (route === undefined) return { value: null, allow: leaf.allow, values };
    const { read, value } = route;
    return { value, allow: leaf.allow, values: read === null || read === undefined ? values : read(values) };
  }
}

/** Matches what follows `start`, the place behind a slash; null where nothing does, with `values` as they were. */
function descend<T>(node: Node<T>, path: string, start: number, values: string[]): Leaf<T> | null {
  const slash = path.indexOf('/', start);
  const segment = slash < 0 ? path.slice(start) : path.slice(start, slash);
  // Where nothing fixed may follow, what a client chose need not be hashed.
  const fixed = node.fixed.size === 0 ? undefined : node.fixed.get(segment);
  if (fixed !== undefined) {
    const leaf = slash < 0 ? fixed.leaf : descend(fixed, path, slash + 1, values);
    if (leaf !== null) return leaf;
  }
  const before = values.length;
  for (const { pattern, node: next } of node.patterns) {
    if (!matchSegment(pattern, segment, values)) continue;
    const leaf = slash < 0 ? next.leaf : descend(next, path, slash + 1, values);
    if (leaf !== null) return leaf;
    values.length = before;
  }
  if (node.any === null || segment === '') return null;
  values.push(segment);
  const leaf = slash < 0 ? node.any.leaf : descend(node.any, path, slash + 1, values);
  if (leaf === null) values.length = before;
  return leaf;
}
