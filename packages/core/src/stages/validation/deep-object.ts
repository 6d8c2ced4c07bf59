import { joinPointer } from '../../json/json-pointer.ts';
import { scalarReader } from './scalar-text.ts';
import { pointerTo, setMember } from './structured-value.ts';
import { ARRAY, OBJECT, type TypeGuide } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';

/** `filter[a][b][c][d][e]`: brackets of one name, at most. */
const MAX_BRACKETS = 5;

const SYNTAX = new Undecodable('syntax', 'must name members as in name[member][member]');
const TOO_DEEP = new Undecodable('depth', `must not nest deeper than ${MAX_BRACKETS}`);
const TWICE = new Undecodable('duplicate', 'must not name a member twice');
const SPARSE = new Undecodable('syntax', 'must number its items from 0 without gaps');

/** A member as it was sent: a text, or members of its own, or items appended with `[]`. */
interface Branch {
  text: string | null;
  children: Map<string, Branch> | null;
  appended: string[] | null;
}

/**
 * Reads the pairs of one `deepObject` parameter: decoded names from the first bracket on (`[a][b]`) and their values, in turn.
 * Nested objects and arrays (`[tags][0]`, `[tags][]`) are read as far as the schema goes along with them. Array indexes must run from
 * 0 without gaps: readers differ over gaps (some close them, some fill them).
 */
export function readDeepObject(pairs: readonly string[], guide: TypeGuide, asString: boolean): unknown {
  const root: Branch = { text: null, children: null, appended: null };
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const problem = plant(root, pairs[index] as string, pairs[index + 1] as string);
    if (problem !== null) return problem;
  }
  return harvest(root, guide, asString, '');
}

/** The names between the brackets, `''` for `[]`; null where the text is anything else. */
function toBracketNames(text: string): string[] | null {
  const names: string[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf(']', at);
    if (text[at] !== '[' || end < 0) return null;
    const name = text.slice(at + 1, end);
    if (name.includes('[')) return null;
    names.push(name);
    at = end + 1;
    if (names.length > MAX_BRACKETS) return names;
  }
  return names;
}

function plant(root: Branch, brackets: string, value: string): Undecodable | null {
  const names = toBracketNames(brackets);
  if (names === null || names.length === 0) return SYNTAX;
  if (names.length > MAX_BRACKETS) return TOO_DEEP;
  let branch = root;
  for (let depth = 0; depth < names.length; depth += 1) {
    const name = names[depth] as string;
    if (branch.text !== null) return TWICE;
    if (name === '') {
      if (depth !== names.length - 1 || depth === 0) return SYNTAX;
      if (branch.children !== null) return SYNTAX;
      branch.appended ??= [];
      branch.appended.push(value);
      return null;
    }
    if (branch.appended !== null) return SYNTAX;
    branch.children ??= new Map<string, Branch>();
    let child = branch.children.get(name);
    if (child === undefined) {
      child = { text: null, children: null, appended: null };
      branch.children.set(name, child);
    }
    branch = child;
  }
  if (branch.text !== null || branch.children !== null || branch.appended !== null) return TWICE;
  branch.text = value;
  return null;
}

function harvest(branch: Branch, guide: TypeGuide, asString: boolean, pointer: string): unknown {
  if (branch.text !== null) return readText(branch.text, guide, asString, pointer);
  if (branch.appended !== null) return readAll(branch.appended, guide, asString, pointer);
  const children = branch.children ?? new Map<string, Branch>();
  if ((guide.types & ARRAY) !== 0 && ((guide.types & OBJECT) === 0 || children.has('0')))
    return readIndexed(children, guide, asString, pointer);
  const members: Record<string, unknown> = {};
  for (const [name, child] of children) {
    const value = harvest(child, guide.property(name), asString, pointer + pointerTo(guide, name));
    if (value instanceof Undecodable) return value;
    const problem = setMember(members, name, value);
    if (problem !== null) return problem;
  }
  return members;
}

function readText(text: string, guide: TypeGuide, asString: boolean, pointer: string): unknown {
  const value = scalarReader(guide)(text, asString);
  return value instanceof Undecodable ? new Undecodable(value.keyword, value.message, pointer) : value;
}

function readAll(texts: readonly string[], guide: TypeGuide, asString: boolean, pointer: string): unknown {
  const items: unknown[] = [];
  for (const text of texts) {
    const value = readText(text, guide.item, asString, joinPointer(pointer, items.length));
    if (value instanceof Undecodable) return value;
    items.push(value);
  }
  return items;
}

function readIndexed(
  children: ReadonlyMap<string, Branch>,
  guide: TypeGuide,
  asString: boolean,
  pointer: string,
): unknown {
  const items: unknown[] = [];
  // As many children as items and each index there once: the indexes are 0 to n-1. A client cannot make the array longer than what it sent.
  for (let index = 0; index < children.size; index += 1) {
    const child = children.get(String(index));
    if (child === undefined) return new Undecodable(SPARSE.keyword, SPARSE.message, pointer);
    const value = harvest(child, guide.item, asString, joinPointer(pointer, index));
    if (value instanceof Undecodable) return value;
    items.push(value);
  }
  return items;
}
