import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CedarCode, ConfigurationProblem, Policy, PolicyFile, PolicySources } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import { CedarMissingError, cedarLanguage } from './cedar-language.ts';

const ENDING = '.cedar';

/** The policies that a policy file names, read. */
export interface ReadPolicies {
  /** Null where none are named, or where they cannot be read: then there are problems. */
  readonly sources: PolicySources | null;
  /** Every file and folder that was looked into; a change of one asks for a reload. */
  readonly files: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
}

/**
 * Reads what `authorization.policies` names: of a folder, every file that ends in `.cedar`, by name and not below it. A folder without one is a problem:
 * policies that are not there forbid nothing.
 */
export function readPolicyFiles(policy: Policy): ReadPolicies {
  const paths = policy.policies?.files ?? null;
  if (paths === null) return { sources: null, files: [], problems: [] };
  const files: string[] = [];
  const problems: ConfigurationProblem[] = [];
  const read: PolicyFile[] = [];
  const add = (code: CedarCode, message: string, hint: string): void => {
    const place = policy.file === null ? null : { file: policy.file, pointer: '/authorization/policies' };
    const at = policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 };
    problems.push({ code, ...at, path: place?.pointer ?? '', message, hint });
  };
  for (const path of paths) {
    files.push(path);
    for (const file of filesOf(path, add)) {
      if (file !== path) files.push(file);
      if (read.some((one) => one.file === file)) continue;
      try {
        read.push({ file, text: readFileSync(file, 'utf8') });
      } catch (error) {
        add(
          'CEDAR_UNREADABLE',
          `${file} cannot be read: ${fileReason(error)}`,
          'Name a file that this process may read.',
        );
      }
    }
  }
  if (problems.length > 0) return { sources: null, files, problems };
  try {
    return { sources: { files: read, language: cedarLanguage() }, files, problems };
  } catch (error) {
    if (!(error instanceof CedarMissingError)) throw error;
    add('CEDAR_ENGINE_MISSING', error.message, 'Install it beside sallyport: npm install @cedar-policy/cedar-wasm');
    return { sources: null, files, problems };
  }
}

function filesOf(path: string, add: (code: CedarCode, message: string, hint: string) => void): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(ENDING) && !name.startsWith('.'));
    if (names.length === 0)
      add(
        'CEDAR_UNREADABLE',
        `${path} holds no file that ends in ${ENDING}`,
        `Put the policies into it, or name a file.`,
      );
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    add('CEDAR_UNREADABLE', `${path} cannot be read: ${fileReason(error)}`, 'The path counts from the policy file.');
    return [];
  }
}
