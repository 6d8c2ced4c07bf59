import { joinPointer } from '../../json/json-pointer.ts';
import { ARRAY, OBJECT, type TypeGuide } from './type-guide.ts';

/**
 * Pointer of an object below a form field or part that has a member its schema does not declare; null where there is none. An object whose schema
 * names no properties at all is free. For what stands inside a field: there it can only be refused, since a text inside a text is not rewritten.
 */
export function findUndeclared(value: unknown, guide: TypeGuide, pointer = ''): string | null {
  if (Array.isArray(value)) {
    if ((guide.types & ARRAY) === 0) return null;
    for (let index = 0; index < value.length; index += 1) {
      const found = findUndeclared(value[index], guide.item, joinPointer(pointer, index));
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof value !== 'object' || value === null || (guide.types & OBJECT) === 0) return null;
  for (const [name, member] of Object.entries(value)) {
    const isNamed = guide.properties.has(name);
    if (!guide.declares(name) && !guide.open && guide.properties.size > 0) return pointer;
    const found = findUndeclared(member, guide.property(name), isNamed ? joinPointer(pointer, name) : pointer);
    if (found !== null) return found;
  }
  return null;
}
