import { DocumentReadError } from './document-read-error.ts';
import type { DocumentReader } from './model.ts';

const BASE = 'memory:///';

/**
 * Reads documents that are already in memory. Names are relative paths such as `api.yaml` or `schemas/pet.json`; references are resolved
 * against the file they stand in (RFC 3986, section 5.2). Whatever is not in `files` is missing; another scheme or host is forbidden.
 */
export function createMemoryReader(files: Readonly<Record<string, string>>): DocumentReader {
  const known = new Map(Object.entries(files));
  return {
    read(reference, from) {
      const url = URL.parse(reference, new URL(from === null ? '' : encodeURI(from.toWellFormed()), BASE));
      if (url === null || !url.href.startsWith(BASE))
        throw new DocumentReadError('DOCUMENT_REFERENCE_FORBIDDEN', `${reference} is not one of the files in memory`);
      const file = fileName(url);
      const text = known.get(file);
      if (text === undefined) throw new DocumentReadError('DOCUMENT_REFERENCE_BROKEN', `there is no file ${file}`);
      return { file, text };
    },
  };
}

function fileName(url: URL): string {
  const path = url.pathname.slice(1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
