import { describe, expect, test } from 'vitest';
import { createMemoryReader } from './memory-document-reader.ts';

describe('createMemoryReader', () => {
  const reader = createMemoryReader({ 'api.yaml': 'root', 'schemas/pet.json': 'pet', 'schemas/a b.json': 'space' });

  test('resolves a reference against the file it stands in', () => {
    expect(reader.read('api.yaml', null)).toEqual({ file: 'api.yaml', text: 'root' });
    expect(reader.read('./schemas/pet.json', 'api.yaml')).toEqual({ file: 'schemas/pet.json', text: 'pet' });
    expect(reader.read('../api.yaml', 'schemas/pet.json')).toEqual({ file: 'api.yaml', text: 'root' });
    expect(reader.read('a%20b.json', 'schemas/pet.json').text).toBe('space');
  });

  test.each(['https://example.com/pet.json', 'file:///etc/passwd', '//host/pet.json'])('refuses %s', (reference) => {
    expect(() => reader.read(reference, 'api.yaml')).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_REFERENCE_FORBIDDEN' }),
    );
  });

  test('says which file is missing', () => {
    expect(() => reader.read('nowhere.yaml', 'api.yaml')).toThrow('there is no file nowhere.yaml');
    expect(() => reader.read('constructor', 'api.yaml')).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_REFERENCE_BROKEN' }),
    );
  });
});
