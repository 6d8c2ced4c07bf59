import { describe, expect, it } from 'vitest';
import { maskedPointer } from './masked-pointer.ts';

const CLASSES = new Set(['contacts', 'a/b']);

describe('maskedPointer', () => {
  it('keeps names and indexes', () => {
    expect(maskedPointer('/items/3/first_name', CLASSES)).toBe('/items/3/first_name');
    expect(maskedPointer('', CLASSES)).toBe('');
  });
  it('hides keys that are no names', () => {
    expect(maskedPointer('/users/bob@example.com/x', new Set())).toBe('/users/*/x');
    expect(maskedPointer('/users/a b', new Set())).toBe('/users/*');
    expect(maskedPointer('/1234567', new Set())).toBe('/*');
    expect(maskedPointer(`/${'a'.repeat(65)}`, new Set())).toBe('/*');
    expect(maskedPointer('/a\r\nforged', new Set())).toBe('/*');
  });
  it('hides whatever stands below a member of a data class, but the member itself', () => {
    expect(maskedPointer('/Contacts/bob/0/name', CLASSES)).toBe('/Contacts/*/0/*');
    expect(maskedPointer('/a~1b/bob', CLASSES)).toBe('/*/*');
  });
  it('keeps names of response headers as they are', () => {
    expect(maskedPointer('x-internal', CLASSES)).toBe('x-internal');
  });
});
