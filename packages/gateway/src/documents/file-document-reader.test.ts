import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileDocumentReader } from './file-document-reader.ts';

const FORBIDDEN = expect.objectContaining({ code: 'DOCUMENT_REFERENCE_FORBIDDEN' }) as Error;
const BROKEN = expect.objectContaining({ code: 'DOCUMENT_REFERENCE_BROKEN' }) as Error;

describe('createFileDocumentReader', () => {
  let base = '';
  let root = '';
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(base, name), content);

  beforeAll(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-documents-')));
    for (const folder of ['api', 'api/schemas', 'shared', 'api-private']) mkdirSync(join(base, folder));
    root = join(base, 'api/openapi.yaml');
    write('api/openapi.yaml', 'root');
    write('api/schemas/pet.yaml', 'pet');
    write('api/schemas/a b.yaml', 'space');
    write('shared/common.yaml', 'common');
    write('api-private/secret.yaml', 'secret');
    symlinkSync(join(base, 'api-private/secret.yaml'), join(base, 'api/link.yaml'));
    symlinkSync(join(base, 'api-private'), join(base, 'api/linked'));
    symlinkSync(join(base, 'api/schemas/pet.yaml'), join(base, 'api/inner.yaml'));
    symlinkSync(join(base, 'shared'), join(base, 'shared-link'));
    symlinkSync(root, join(base, 'elsewhere.yaml'));
  });
  afterAll(() => rmSync(base, { recursive: true }));

  test('reads the root, and files below its folder relative to the file that names them', () => {
    const reader = createFileDocumentReader(root);
    const opened = reader.read('whatever', null);
    expect(opened).toEqual({ file: root, text: 'root' });
    const pet = reader.read('./schemas/pet.yaml', opened.file);
    expect(pet.text).toBe('pet');
    expect(reader.read('a%20b.yaml', pet.file).text).toBe('space');
    expect(reader.read('../openapi.yaml', pet.file)).toEqual(opened);
    expect(reader.read('inner.yaml', opened.file)).toEqual(pet);
  });

  test('names files below the working directory by their relative path', () => {
    const reader = createFileDocumentReader('package.json');
    expect(reader.read('', null).file).toBe('package.json');
    expect(reader.read('packages/core/package.json', 'package.json').file).toBe('packages/core/package.json');
  });

  test.each([
    'https://example.com/a.yaml',
    'http://127.0.0.1/a.yaml',
    'HTTP://127.0.0.1/a.yaml',
    'file:///etc/passwd',
    'file:schemas/pet.yaml',
    'data:text/plain,a',
    '//host/share/a.yaml',
    '/etc/passwd',
    '%2Fetc/passwd',
    '\\\\host\\share',
    'c:/windows/a.yaml',
    'schemas\\pet.yaml',
    '../shared/common.yaml',
    '../api-private/secret.yaml',
    '%2e%2e/api-private/secret.yaml',
    'schemas/../../api-private/secret.yaml',
    'pet.yaml%00.png',
    'link.yaml',
    'linked/secret.yaml',
    '..',
    '.',
  ])('refuses %s', (reference) => {
    const reader = createFileDocumentReader(root);
    const { file } = reader.read('', null);
    expect(() => reader.read(reference, file)).toThrow(FORBIDDEN);
  });

  test('does not tell whether a file outside exists', () => {
    const reader = createFileDocumentReader(root);
    const { file } = reader.read('', null);
    const message = (reference: string): string => {
      try {
        reader.read(reference, file);
        return '';
      } catch (error) {
        return String(error).replace(reference, 'REFERENCE');
      }
    };
    expect(message('../api-private/secret.yaml')).toBe(message('../api-private/nothing.yaml'));
  });

  test('reads folders that are allowed by name, also where the name is a link, and what they refer to among themselves', () => {
    const reader = createFileDocumentReader(root, { allow: [join(base, 'shared-link')] });
    const { file } = reader.read('', null);
    expect(reader.read('../shared/common.yaml', file)).toEqual({
      file: join(base, 'shared/common.yaml'),
      text: 'common',
    });
    expect(reader.read('../shared-link/common.yaml', file).text).toBe('common');
    expect(() => reader.read('../api-private/secret.yaml', join(base, 'shared/common.yaml'))).toThrow(FORBIDDEN);
  });

  test('the folder of a root that is a link is that of the file it leads to', () => {
    const reader = createFileDocumentReader(join(base, 'elsewhere.yaml'));
    const { file } = reader.read('', null);
    expect(file).toBe(root);
    expect(() => reader.read('../shared/common.yaml', file)).toThrow(FORBIDDEN);
  });

  test('a file that is missing, a folder, or a pipe is broken, and nothing waits', () => {
    const reader = createFileDocumentReader(root);
    const { file } = reader.read('', null);
    expect(() => reader.read('none.yaml', file)).toThrow('there is no file none.yaml');
    expect(() => reader.read('schemas', file)).toThrow('schemas is not a file');
    execFileSync('mkfifo', [join(base, 'api/pipe.yaml')]);
    expect(() => reader.read('pipe.yaml', file)).toThrow('pipe.yaml is not a file');
    expect(() => createFileDocumentReader(join(base, 'none.yaml')).read('', null)).toThrow(BROKEN);
    expect(() => createFileDocumentReader(root, { allow: [join(base, 'none')] }).read('', null)).toThrow(BROKEN);
  });

  test('reads a file of 64 MiB and refuses one byte more', () => {
    write('api/large.yaml', '');
    const reader = createFileDocumentReader(root);
    const { file } = reader.read('', null);
    truncateSync(join(base, 'api/large.yaml'), 64 * 1024 * 1024 + 1);
    expect(() => reader.read('large.yaml', file)).toThrow('at most 67108864 are read');
    truncateSync(join(base, 'api/large.yaml'), 64 * 1024 * 1024);
    writeFileSync(join(base, 'api/large.yaml'), '####', { flag: 'r+' });
    expect(reader.read('large.yaml', file).text).toHaveLength(64 * 1024 * 1024);
  });

  test.each([
    ['UTF-16 with its mark', Buffer.from('\ufeffopenapi: 3.0.0', 'utf16le'), 'is UTF-16 or UTF-32'],
    ['UTF-16 without', Buffer.from('openapi: 3.0.0', 'utf16le'), 'is UTF-16 or UTF-32'],
    ['big-endian UTF-16', Buffer.from('\ufeffopenapi: 3.0.0', 'utf16le').swap16(), 'is UTF-16 or UTF-32'],
    ['Latin-1', Buffer.from('title: Ã©tÃ©', 'latin1').subarray(0, 8), 'is not UTF-8'],
  ])('%s is refused with the way out', (_, content, message) => {
    write('api/encoded.yaml', content);
    const reader = createFileDocumentReader(root);
    const { file } = reader.read('', null);
    expect(() => reader.read('encoded.yaml', file)).toThrow(message);
    expect(() => reader.read('encoded.yaml', file)).toThrow('save it as UTF-8');
  });

  test('a byte order mark of UTF-8 is dropped', () => {
    write('api/marked.yaml', '\ufeffopenapi: 3.0.0');
    const reader = createFileDocumentReader(root);
    expect(reader.read('marked.yaml', reader.read('', null).file).text).toBe('openapi: 3.0.0');
  });
});
