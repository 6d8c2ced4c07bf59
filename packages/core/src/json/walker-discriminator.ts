import { isObject } from './json-value.ts';
import { own, type Schema, type WalkerRoot } from './walker-root.ts';
import { type Shape, scalarsOf, shapeOf } from './walker-shape.ts';

/** A member that every branch of a union requires, and the texts it has in each: no value then holds for two branches. */
export interface Discriminator {
  readonly name: string;
  /** By branch. */
  readonly texts: readonly (readonly string[])[];
}

/**
 * The member that tells the branches apart by the schemas themselves, whatever the document calls its discriminator: required in each, a
 * text from a list in each, no text in two lists. Null where there is none.
 */
export function discriminatorOf(root: WalkerRoot, branches: readonly Shape[]): Discriminator | null {
  const [first] = branches;
  if (first === undefined) return null;
  for (const name of requiredNames(first)) {
    // Found by its bytes as they stand in the text, so a name that JSON must escape is none.
    if (!name.isWellFormed() || JSON.stringify(name).includes('\\')) continue;
    const texts = branches.map((branch) => (requiredNames(branch).has(name) ? textsOf(root, branch, name) : null));
    const all = texts.flatMap((list) => list ?? []);
    if (texts.every((list) => list !== null) && new Set(all).size === all.length) return { name, texts };
  }
  return null;
}

function requiredNames(shape: Shape): ReadonlySet<string> {
  const lists = shape.leaves.map((leaf) => own(leaf, 'required'));
  return new Set(
    lists
      .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
      .filter((name) => typeof name === 'string'),
  );
}

function textsOf(root: WalkerRoot, branch: Shape, name: string): readonly string[] | null {
  const schemas: Schema[] = [];
  for (const leaf of branch.leaves) {
    const properties = own(leaf, 'properties');
    const schema = isObject(properties) ? own(properties, name) : undefined;
    if (schema !== undefined) schemas.push(schema as Schema);
  }
  const scalars = scalarsOf(shapeOf(root, schemas));
  return scalars?.every((scalar): scalar is string => typeof scalar === 'string') === true
    ? (scalars as readonly string[])
    : null;
}
