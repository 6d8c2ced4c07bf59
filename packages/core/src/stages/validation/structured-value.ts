import { joinPointer } from '../../json/json-pointer.ts';
import { scalarReader } from './scalar-text.ts';
import type { TypeGuide } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';

/** Items and members of one parameter or form, at most. */
export const MAX_ITEMS = 1000;

/** Reads the items of an array, each by its own schema. */
export function readItems(texts: readonly string[], guide: TypeGuide, asString: boolean): unknown {
  if (texts.length > MAX_ITEMS) return new Undecodable('maxItems', `must not have more than ${MAX_ITEMS} items`);
  const reader = scalarReader(guide.item);
  const items: unknown[] = [];
  for (let index = 0; index < texts.length; index += 1) {
    const value = reader(texts[index] as string, asString);
    if (value instanceof Undecodable) return new Undecodable(value.keyword, value.message, `/${index}`);
    items.push(value);
  }
  return items;
}

/** Reads names and values in turn as the members of an object. A name given twice is refused, and so is `__proto__`. */
export function readMembers(texts: readonly string[], guide: TypeGuide, asString: boolean): unknown {
  if (texts.length > MAX_ITEMS * 2)
    return new Undecodable('maxProperties', `must not have more than ${MAX_ITEMS} members`);
  const members: Record<string, unknown> = {};
  for (let index = 0; index + 1 < texts.length; index += 2) {
    const name = texts[index] as string;
    const value = scalarReader(guide.property(name))(texts[index + 1] as string, asString);
    if (value instanceof Undecodable) return new Undecodable(value.keyword, value.message, pointerTo(guide, name));
    const problem = setMember(members, name, value);
    if (problem !== null) return problem;
  }
  return members;
}

/** Sets a member once. Prototype pollution: `__proto__` would change what the validator and others see as inherited. */
export function setMember(members: Record<string, unknown>, name: string, value: unknown): Undecodable | null {
  if (name === '__proto__') return new Undecodable('forbidden-member', 'must not have a member of this name');
  if (Object.hasOwn(members, name)) return new Undecodable('duplicate', 'must not name a member twice');
  members[name] = value;
  return null;
}

/** A pointer that names only what the document declares: any other name is the client's text. */
export function pointerTo(guide: TypeGuide, name: string): string {
  return guide.properties.has(name) ? joinPointer('', name) : '';
}
