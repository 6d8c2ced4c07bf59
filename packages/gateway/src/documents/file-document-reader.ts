import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { DocumentReader } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import { decodeText } from './decode-text.ts';
import { DocumentFileError } from './document-file-error.ts';

const MAX_BYTES = 64 * 1024 * 1024;

export interface FileReaderOptions {
  /** Further folders that references may lead into. Relative ones count from the working directory. Default: none. */
  readonly allow?: readonly string[];
}

/**
 * Reads a document from files: those in the root document's folder and below it, or in a folder of `allow`, and no others.
 *
 * References are relative paths, percent-decoded. Refused with a `DocumentFileError` are other schemes (`http:`, `file:`) and hosts, absolute
 * paths, what leads out of the folders by `..` or by a symbolic link, what is no regular file, what is over 64 MiB, and what is not UTF-8 (a byte
 * order mark is dropped). Files are known by their path relative to the working directory, outside of it by their absolute path.
 * A root file or an allowed folder that does not exist is an error of the first `read`.
 */
export function createFileDocumentReader(rootFile: string, { allow = [] }: FileReaderOptions = {}): DocumentReader {
  // Where the files are is asked at the first read, so that a missing one is a problem of the document like any other.
  let opened: { readonly root: string; readonly folders: Folders } | null = null;
  const known = new Map<string, string>();
  return {
    read(reference, from) {
      opened ??= openFolders(rootFile, allow);
      const { root, folders } = opened;
      const path = from === null ? root : target(reference, known.get(from) ?? resolve(from), folders);
      const text = readText(path, from === null ? rootFile : reference);
      const file = shownName(path);
      known.set(file, path);
      return { file, text };
    },
  };
}

function openFolders(rootFile: string, allow: readonly string[]): { readonly root: string; readonly folders: Folders } {
  const root = realPath(resolve(rootFile), rootFile);
  return {
    root,
    folders: {
      real: [dirname(root), ...allow.map((folder) => realPath(resolve(folder), folder))],
      named: allow.map((folder) => resolve(folder)),
    },
  };
}

function shownName(path: string): string {
  const name = relative(process.cwd(), path);
  return (name.startsWith('..') ? path : name).split(sep).join('/');
}

/** The folders that may be read: as they really are, and as references may name them when one is itself a link. */
interface Folders {
  readonly real: readonly string[];
  readonly named: readonly string[];
}

/** The real path that a reference names. Checked after links are resolved, and it is that path which is opened: a link may not lead out. */
function target(reference: string, from: string, folders: Folders): string {
  const path = resolve(dirname(from), relativePath(reference));
  // Asked before the file system is: whether a file outside exists is nobody's business either.
  if (!isInside(path, folders.real) && !isInside(path, folders.named)) throw outside(reference);
  const real = realPath(path, reference);
  if (!isInside(real, folders.real)) throw outside(reference);
  return real;
}

function relativePath(reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) {
    throw new DocumentFileError(
      'DOCUMENT_REFERENCE_FORBIDDEN',
      `${reference} is not read: a document may refer to files beside it only, never to a URL. Save a copy in the document's folder and refer to that`,
    );
  }
  if (/^[/\\]/.test(reference))
    throw new DocumentFileError(
      'DOCUMENT_REFERENCE_FORBIDDEN',
      `${reference} is not read: a reference must be relative to the file it stands in`,
    );
  const path = decodeReference(reference.replace(/\?.*$/s, ''));
  // A NUL ends the name for the operating system; a backslash and a drive letter are separators on some systems and part of a name on others.
  if (path.includes('\u0000') || path.includes('\\') || /^[a-z]:/i.test(path) || path.startsWith('/')) {
    throw new DocumentFileError(
      'DOCUMENT_REFERENCE_FORBIDDEN',
      `${reference} is not read: it is no plain relative path`,
    );
  }
  return path;
}

/** The path that a reference means; one with a broken escape is taken as it stands (RFC 3986, section 2.1). */
export function decodeReference(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

function outside(reference: string): DocumentFileError {
  return new DocumentFileError(
    'DOCUMENT_REFERENCE_FORBIDDEN',
    `${reference} is not read: it leads out of the document's folder. Where that is meant, name the other folder under apiFolders in sallyport.yaml or with --allow-folder`,
  );
}

function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

function realPath(path: string, name: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = missing ? `there is no file ${name}` : `${name} cannot be read: ${fileReason(error)}`;
    throw new DocumentFileError('DOCUMENT_REFERENCE_BROKEN', message, { cause: error });
  }
}

function readText(path: string, name: string): string {
  const decoded = decodeText(readBytes(path, name));
  if ('wrong' in decoded) throw new DocumentFileError('DOCUMENT_REFERENCE_BROKEN', `${name} ${decoded.wrong}`);
  return decoded.text;
}

/** Size and kind are asked of the open file, so that it cannot be exchanged in between. */
function readBytes(path: string, name: string): Uint8Array {
  let file: number;
  try {
    // Without O_NONBLOCK a named pipe would hold the start for ever; the path is real, so a link is one that was put there just now.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw new DocumentFileError('DOCUMENT_REFERENCE_BROKEN', `${name} cannot be read: ${fileReason(error)}`, {
      cause: error,
    });
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new DocumentFileError('DOCUMENT_REFERENCE_BROKEN', `${name} is not a file`);
    if (stat.size > MAX_BYTES)
      throw new DocumentFileError(
        'DOCUMENT_REFERENCE_BROKEN',
        `${name} has ${stat.size} bytes; at most ${MAX_BYTES} are read`,
      );
    return readFileSync(file);
  } catch (error) {
    if (error instanceof DocumentFileError) throw error;
    throw new DocumentFileError('DOCUMENT_REFERENCE_BROKEN', `${name} cannot be read: ${fileReason(error)}`, {
      cause: error,
    });
  } finally {
    closeSync(file);
  }
}
