import { ConfigurationError, type ConfigurationProblem } from '../../configuration-error.ts';
import type { JsonValue } from '../../json/json-value.ts';
import { loadDocument } from '../load-document.ts';
import { createMemoryReader } from '../memory-document-reader.ts';
import type { ApiDocument, Operation } from '../model.ts';

/** Loads a document that is written as a value in a test; `files` are what it refers to. */
export function documentOf(root: JsonValue, files: Readonly<Record<string, JsonValue>> = {}): ApiDocument {
  const texts = Object.entries({ 'api.json': root, ...files }).map(
    ([file, value]) => [file, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return loadDocument(createMemoryReader(Object.fromEntries(texts)), 'api.json');
}

/** The problems of a document that must not load. */
export function refusalOf(
  root: JsonValue,
  files: Readonly<Record<string, JsonValue>> = {},
): readonly ConfigurationProblem[] {
  try {
    documentOf(root, files);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('the document loads');
}

export function operationOf(document: ApiDocument, id: string): Operation {
  const operation = document.operations.find((each) => each.id === id);
  if (operation === undefined)
    throw new Error(`no operation ${id} among ${document.operations.map((each) => each.id).join(', ')}`);
  return operation;
}

export function warningsOf(document: ApiDocument): readonly string[] {
  return document.warnings.map((warning) => `${warning.code} ${warning.path}`);
}
