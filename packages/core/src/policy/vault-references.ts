import { isObject, type JsonValue } from '../json/json-value.ts';
import { normalizeVault } from './normalize/normalize-vault.ts';
import { parseYaml } from './parse-yaml.ts';
import type { PolicyInput } from './parse-policy.ts';
import { PolicyProblems } from './policy-problems.ts';
import { PolicySource } from './policy-statements.ts';
import { FAILED } from './read-scalar.ts';
import { readShape } from './read-shape.ts';
import { parseVaultReference, type ReferenceReader } from './references.ts';
import { vaultShape } from './schema/schema-vault.ts';
import type { VaultPolicy } from './vault-policy.ts';

/** What of a policy has to be asked for before the policy can be parsed. */
export interface VaultReferences {
  readonly vault: VaultPolicy;
  /** Each once, in the order of the file. */
  readonly paths: readonly string[];
}

const REFERENCE = /(^|[^$])\$\{vault:([^{}]*)\}/g;

/**
 * Finds what a policy refers to in Vault, and how Vault is reached. Null where it refers to nothing, or where the setting `vault` is missing or
 * wrong: `parsePolicy` then says so. References in the setting itself are not looked at, for nothing could answer them.
 */
export function listVaultReferences(input: PolicyInput, references: ReferenceReader): VaultReferences | null {
  if (!input.text.includes('${vault:')) return null;
  const parsed = parseYaml(input.text);
  if (!parsed.ok || !isObject(parsed.value ?? null)) return null;
  const { vault: authored, ...rest } = parsed.value as Readonly<Record<string, JsonValue>>;
  const paths = new Set<string>();
  collect(rest, paths);
  if (authored === undefined || paths.size === 0) return null;
  const origins = { documentFile: '', locateInDocument: null, fromDocument: new Map(), fromStart: new Set<string>() };
  const source = new PolicySource(input.file, parsed.positions, origins);
  const problems = new PolicyProblems(source);
  const read = readShape(vaultShape, authored, '/vault', { problems, source, references });
  const vault = read === FAILED ? null : normalizeVault(read, source.place('/vault'), problems);
  return vault === null || problems.any ? null : { vault, paths: [...paths] };
}

function collect(value: JsonValue, paths: Set<string>): void {
  if (typeof value === 'string')
    for (const [, , body = ''] of value.matchAll(REFERENCE)) {
      const reference = parseVaultReference(body);
      if (reference !== null) paths.add(reference.path);
    }
  else if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) collect(child, paths);
}
