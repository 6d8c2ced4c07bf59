import { isObject, type JsonValue } from '../json/json-value.ts';
import type { PolicyInput } from './parse-policy.ts';
import { parseYaml } from './parse-yaml.ts';

/** Which document a policy names, with its folders, as they are written. */
export interface NamedDocument {
  readonly document: string;
  readonly folders: readonly string[];
}

/**
 * What a policy that `parsePolicy` refuses says of its document, so that what is wrong there is told with what is wrong in the policy. Null where it names none,
 * cannot be read at all, or would have to be looked up: a reference (`${env:…}`) is not followed.
 */
export function namedDocument({ text }: PolicyInput): NamedDocument | null {
  const parsed = parseYaml(text);
  const settings: JsonValue = parsed.ok ? (parsed.value ?? null) : null;
  if (!isObject(settings)) return null;
  const { api, apiFolders = [] } = settings;
  const folders: readonly unknown[] = Array.isArray(apiFolders) ? apiFolders : [];
  if (!isPath(api) || !folders.every(isPath)) return null;
  return { document: api, folders };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('$');
}
