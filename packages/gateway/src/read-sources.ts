import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  BrokenDocumentError,
  ConfigurationError,
  listVaultReferences,
  finish,
  loadDocumentSteps,
  namedDocument,
  parsePolicy,
  type ApiDocument,
  type ConfigurationProblem,
  type DocumentReader,
  type Policy,
  type PolicyContext,
  type PolicyInput,
  type PolicyOverrides,
  type Steps,
  type VaultAnswer,
  type VaultReferences,
} from '@sallyport/core';
import { withAllProblems } from './documents/all-problems.ts';
import { decodeText } from './documents/decode-text.ts';
import { DocumentFileError } from './documents/document-file-error.ts';
import { createFileDocumentReader, decodeReference } from './documents/file-document-reader.ts';
import type { EgressOptions } from './egress/egress.ts';
import { fileReason } from './file-reason.ts';
import { resolvePolicyPaths, resolveVault } from './resolve-policy-paths.ts';

/** What a user names: a document, a policy file, both or only what the policy file names. */
export interface ApiSources {
  /** Path of `sallyport.yaml`; null runs on safe defaults. */
  readonly policyFile: string | null;
  /** The policy itself instead of what stands in `policyFile`, which then only says where relative paths count from. */
  readonly policyText?: string;
  readonly overrides: PolicyOverrides;
  readonly environment: (name: string) => string | undefined;
  /** What Vault said of the secrets that the policy refers to; absent where nobody was asked. */
  readonly vaultSecret?: (path: string, field: string) => VaultAnswer;
  /** True where a certificate for development and the store may be made and written; whoever only looks leaves no trace. */
  readonly makesFiles?: boolean;
  /**
   * Where something keeps the API from being loaded: tells the warnings as well, and the schemas that cannot be compiled, as problems or as warnings. It
   * takes as long as compiling the whole document. Default null: only what keeps it from being loaded.
   */
  readonly allProblems?: 'problems' | 'warnings' | null;
  /** Told of every file that is asked for, also where it is not there or keeps the API from being loaded: by then somebody may be about to write it. */
  readonly onFile?: (file: string) => void;
  /** How names are looked up that Sallyport connects to by itself, and where refusals are counted; for tests and embedding. */
  readonly egress?: EgressOptions;
}

/** Document and policy as they were read, and every file that they came from. */
export interface ReadSources {
  readonly document: ApiDocument;
  readonly policy: Policy;
  readonly files: readonly string[];
}

/** Reads document and policy without opening a connection. Throws `ConfigurationError` with every problem of both. */
export function readSources(sources: ApiSources): ReadSources {
  return finish(readSourcesSteps(sources));
}

/** The same in pieces. */
export function* readSourcesSteps(sources: ApiSources): Steps<ReadSources> {
  const problems: ConfigurationProblem[] = [];
  let readable: ApiDocument | null = null;
  const failed = (error: unknown): null => {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    if (error instanceof BrokenDocumentError) readable = error.readable;
    return null;
  };
  const attempt = <T>(make: () => T): T | null => {
    try {
      return make();
    } catch (error) {
      return failed(error);
    }
  };
  const attemptDocument = function* (path: string, allow: readonly string[]): Steps<ApiDocument | null> {
    try {
      return yield* readDocument(path, note, allow);
    } catch (error) {
      return failed(error);
    }
  };
  const files: string[] = [];
  const note = (file: string): void => {
    files.push(file);
    sources.onFile?.(file);
  };
  const input =
    sources.policyFile === null
      ? null
      : attempt(() =>
          sources.policyText === undefined
            ? readPolicyFile(sources.policyFile as string)
            : { file: resolve(sources.policyFile as string), text: sources.policyText },
        );
  const context: PolicyContext = {
    environment: sources.environment,
    ...(sources.vaultSecret === undefined ? {} : { vaultSecret: sources.vaultSecret }),
    overrides: sources.overrides,
    readFile(path, from) {
      const file = resolve(dirname(from), path);
      note(file);
      return readFileSync(file, 'utf8');
    },
  };
  if (input !== null) note(input.file);
  const parse = (more: Partial<PolicyContext>): Policy | null =>
    attempt(() => resolvePolicyPaths(parsePolicy(input, { ...context, ...more }), sources));
  const first = problems.length > 0 ? null : parse({});
  if (first !== null) problems.push(...missingFolders(first, sources.overrides.documentFolders?.length ?? 0));
  if (problems.length > 0) for (const folder of first?.documentFolders ?? []) sources.onFile?.(folder);
  const named = first ?? namedSources(input, sources.overrides);
  const documentPath = named.document;
  yield;
  const document = documentPath === '' ? null : yield* attemptDocument(documentPath, named.documentFolders ?? []);
  const extensions = document?.extensions ?? {};
  const extended = document !== null && Object.keys(extensions).some((name) => name.startsWith('x-sallyport'));
  const policy =
    first !== null && extended
      ? parse({
          documentExtensions: extensions,
          documentFile: document.file,
          locateInDocument: (place) => document.locate(place),
        })
      : first;
  if (problems.length > 0)
    throw withAllProblems(
      new ConfigurationError(problems),
      document ?? readable,
      policy ?? first,
      sources.allProblems ?? null,
    );
  if (document === null || policy === null)
    throw new ConfigurationError([
      {
        code: 'DOCUMENT_MISSING',
        file: sources.policyFile ?? 'sallyport.yaml',
        line: 0,
        column: 0,
        path: '',
        message: 'no OpenAPI document was named',
        hint: 'Name one: sallyport run openapi.yaml --upstream http://127.0.0.1:3000, or write `api: openapi.yaml` into sallyport.yaml.',
      },
    ]);
  return { document, policy, files };
}

/** Document and folders where the policy is refused: what is wrong with either is told at once all the same. */
function namedSources(
  input: PolicyInput | null,
  overrides: PolicyOverrides,
): Pick<Policy, 'document' | 'documentFolders'> {
  const named = input === null ? null : namedDocument(input);
  const folder = dirname(input?.file ?? '');
  const written =
    named === null || /^https?:/i.test(named.document) ? named?.document : resolve(folder, named.document);
  return {
    document: overrides.document ?? written ?? '',
    documentFolders: [
      ...(named?.folders ?? []).map((path) => resolve(folder, path)),
      ...(overrides.documentFolders ?? []).map((path) => resolve(path)),
    ],
  };
}

/** Folders of the policy that are none. They would be told of as broken references, one by one, or not at all. */
function missingFolders(policy: Policy, fromStart: number): ConfigurationProblem[] {
  const folders = policy.documentFolders ?? [];
  const file = policy.file ?? '';
  return folders.flatMap((folder, index) => {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return [];
    const path = `/apiFolders/${index}`;
    const nowhere = { file: 'command line', line: 0, column: 0 };
    return [
      {
        code: 'POLICY_FOLDER_MISSING',
        path,
        message: `${folder} is no folder`,
        hint: 'Name a folder that the document refers into; one in the policy counts from the policy file.',
        ...(index < folders.length - fromStart ? (policy.locate?.({ file, pointer: path }) ?? nowhere) : nowhere),
      },
    ];
  });
}

function* readDocument(path: string, note: (file: string) => void, allow: readonly string[]): Steps<ApiDocument> {
  if (/^https?:\/\//i.test(path))
    throw unreadable(
      'DOCUMENT_UNREADABLE',
      path,
      'a document is read from a file, never from a URL',
      'Save a copy and name that: what is guarded must not change with what another machine answers.',
    );
  let reader: DocumentReader;
  try {
    reader = createFileDocumentReader(path, { allow });
  } catch (error) {
    throw unreadable(
      'DOCUMENT_UNREADABLE',
      path,
      error instanceof Error ? error.message : String(error),
      'Name an OpenAPI document that this process may read.',
    );
  }
  const names = new Map<string, string>();
  return yield* loadDocumentSteps(
    {
      read(reference, from) {
        // By the name that leads to it as well: a mounted folder changes by switching a link, and what the link led to stays as it was.
        const name =
          from === null ? resolve(path) : resolve(dirname(names.get(from) ?? from), decodeReference(reference));
        try {
          const read = reader.read(reference, from);
          names.set(read.file, name);
          note(name);
          note(resolve(read.file));
          return read;
        } catch (error) {
          // What must not be read is not watched either.
          if (error instanceof DocumentFileError && error.code === 'DOCUMENT_REFERENCE_BROKEN') note(name);
          throw error;
        }
      },
    },
    path,
  );
}

/** What the policy refers to in Vault; null where it refers to nothing, or cannot be read: whoever reads it whole says why. */
export function vaultReferencesOf(sources: ApiSources): VaultReferences | null {
  if (sources.policyFile === null) return null;
  const file = resolve(sources.policyFile);
  try {
    const found = listVaultReferences(
      { file, text: sources.policyText ?? readFileSync(file, 'utf8') },
      {
        environment: sources.environment,
        readFile: (path, from) => readFileSync(resolve(dirname(from), path), 'utf8'),
      },
    );
    return found === null
      ? null
      : { ...found, vault: resolveVault(found.vault, (path) => resolve(dirname(file), path)) };
  } catch {
    return null;
  }
}

function readPolicyFile(path: string): { readonly file: string; readonly text: string } {
  if (/^https?:\/\//i.test(path))
    throw unreadable(
      'POLICY_UNREADABLE',
      path,
      'a policy is read from a file, never from a URL',
      'Save a copy and name that: who may do what must not change with what another machine answers.',
    );
  const file = resolve(path);
  const refused = (message: string): ConfigurationError =>
    unreadable('POLICY_UNREADABLE', file, message, 'Name a file that this process may read, in UTF-8, after --config.');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw refused(`the policy cannot be read: ${fileReason(error)}`);
  }
  const decoded = decodeText(bytes);
  if ('wrong' in decoded) throw refused(`the policy ${decoded.wrong}`);
  return { file, text: decoded.text };
}

/** A whole file is what is wrong, and no place in it. */
function unreadable(
  code: 'DOCUMENT_UNREADABLE' | 'POLICY_UNREADABLE',
  file: string,
  message: string,
  hint: string,
): ConfigurationError {
  return new ConfigurationError([{ code, file, line: 0, column: 0, path: '', message, hint }]);
}
