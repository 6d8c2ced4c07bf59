import { parsePointer } from '../../json/json-pointer.ts';

/** The last token of a JSON Pointer that is no index; `''` where there is none. */
export function lastName(pointer: string): string {
  return parsePointer(pointer).findLast((token) => !/^\d+$/.test(token)) ?? '';
}
