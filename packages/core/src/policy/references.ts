import type { PolicyCode } from './policy-codes.ts';

/** What references are resolved with; the shell decides what may be read. */
export interface ReferenceReader {
  /** The value of an environment variable, undefined where it is not set. */
  readonly environment: (name: string) => string | undefined;
  /** The text of a file, named relative to the file that mentions it. Throws where it cannot be read. */
  readonly readFile: (path: string, from: string) => string;
  /** What Vault said of a secret, which was asked for before; absent where nobody was asked. */
  readonly vaultSecret?: (path: string, field: string) => VaultAnswer;
}

/** The text of one field of a secret, or why it cannot be had. */
export type VaultAnswer =
  | { readonly ok: true; readonly text: string }
  /** `message` is for people and holds nothing of the secret. */
  | { readonly ok: false; readonly message: string };

export interface ReferenceProblem {
  readonly code: PolicyCode;
  readonly message: string;
  readonly hint: string;
}

export type Resolution =
  | { readonly ok: true; readonly text: string; readonly resolved: boolean }
  | { readonly ok: false; readonly problem: ReferenceProblem };

/** One reference and nothing else: `${env:NAME}`. Also used in the JSON Schema, so that editors accept one anywhere. */
export const REFERENCE_PATTERN = '\\$\\{(env|file|vault):[^{}]+\\}';

const WHOLE_REFERENCE = /^\$\{(?:env|file|vault):[^{}]*\}$/;
const VAULT_REFERENCE =
  /^([0-9A-Za-z_-][0-9A-Za-z._-]{0,127}(?:\/[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}){1,15})#([\x21-\x7a|~]{1,128})$/;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** True where the text holds a reference or an escaped one, so that it must go through `resolveReferences`. */
export function holdsReference(text: string): boolean {
  return text.includes('${');
}

/** True where the whole text is one reference. */
export function isReference(text: string): boolean {
  return WHOLE_REFERENCE.test(text);
}

/** Path and field of what stands in `${vault:path#field}`; null where it is not written so. */
export function parseVaultReference(body: string): { readonly path: string; readonly field: string } | null {
  const [, path, field] = VAULT_REFERENCE.exec(body) ?? [];
  return path === undefined || field === undefined ? null : { path, field };
}

/**
 * Replaces every `${env:NAME}` (and, where `files` is set, `${file:path}`, where `vault` is, `${vault:path#field}`) of a text by what it refers to. `$${` stands for a
 * literal `${`. What cannot be resolved, is empty, or is not a reference that Sallyport knows is a problem: never a literal,
 * for a literal `${SECRET}` as a password is a password that everybody can read here. What comes in is not looked at again.
 */
export function resolveReferences(
  text: string,
  from: string,
  reader: ReferenceReader,
  files: boolean,
  vault = files,
): Resolution {
  let out = '';
  let at = 0;
  let resolved = false;
  for (;;) {
    const start = text.indexOf('${', at);
    if (start < 0) return { ok: true, text: out + text.slice(at), resolved };
    if (start > at && text[start - 1] === '$') {
      out += `${text.slice(at, start - 1)}\${`;
      at = start + 2;
      continue;
    }
    const end = text.indexOf('}', start);
    if (end < 0)
      return problem(
        'POLICY_REFERENCE_UNKNOWN',
        'the reference is not closed',
        'Write ${env:NAME}, ${file:path} or ${vault:path#field}, or $${ for a literal ${.',
      );
    const found = resolveOne(text.slice(start + 2, end), from, reader, files, vault);
    if (!found.ok) return found;
    out += text.slice(at, start) + found.text;
    at = end + 1;
    resolved = true;
  }
}

function resolveOne(body: string, from: string, reader: ReferenceReader, files: boolean, vault: boolean): Resolution {
  const colon = body.indexOf(':');
  const scheme = colon < 0 ? '' : body.slice(0, colon);
  const name = body.slice(colon + 1);
  if (scheme === 'env') return resolveEnvironment(name, reader);
  if (scheme === 'file') {
    if (files) return resolveFile(name, from, reader);
    return problem(
      'POLICY_REFERENCE_UNKNOWN',
      'a ${file:…} reference stands only where a secret does',
      'Write ${env:NAME} here.',
    );
  }
  if (scheme === 'vault') {
    if (vault) return resolveVaultSecret(name, reader);
    return problem(
      'POLICY_REFERENCE_UNKNOWN',
      'a ${vault:…} reference stands only where a secret does',
      'Write ${env:NAME} here.',
    );
  }
  const hint =
    colon < 0 && ENVIRONMENT_NAME.test(body)
      ? `Write \${env:${body}} for an environment variable, or $\${ for a literal \${.`
      : 'Write ${env:NAME}, ${file:path} or ${vault:path#field}, or $${ for a literal ${.';
  return problem('POLICY_REFERENCE_UNKNOWN', 'this is not a reference that Sallyport knows', hint);
}

function resolveEnvironment(name: string, reader: ReferenceReader): Resolution {
  if (!ENVIRONMENT_NAME.test(name))
    return problem(
      'POLICY_REFERENCE_UNKNOWN',
      'the reference names no environment variable',
      'Write ${env:NAME}: letters, digits and underscores.',
    );
  const value = reader.environment(name);
  if (value === undefined)
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the environment variable ${name} is not set`,
      `Set ${name} before Sallyport starts.`,
    );
  if (value === '')
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the environment variable ${name} is empty`,
      `Give ${name} a value before Sallyport starts.`,
    );
  return { ok: true, text: value, resolved: true };
}

function resolveFile(path: string, from: string, reader: ReferenceReader): Resolution {
  if (path === '') return problem('POLICY_REFERENCE_UNKNOWN', 'the reference names no file', 'Write ${file:path}.');
  let text: string;
  try {
    text = reader.readFile(path, from);
  } catch (error) {
    // Only a system error's code is repeated: a message could quote the file.
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)
        ? ` (${error.code})`
        : '';
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the file ${path} cannot be read${code}`,
      'Name a file that exists and that the process may read; the path is relative to the policy file.',
    );
  }
  // Editors and `echo` end a file with a line end that is not part of the secret.
  const value = text.replace(/\r?\n$/, '');
  if (value === '')
    return problem('POLICY_REFERENCE_UNRESOLVED', `the file ${path} is empty`, 'Put the secret into the file.');
  return { ok: true, text: value, resolved: true };
}

function resolveVaultSecret(body: string, reader: ReferenceReader): Resolution {
  const reference = parseVaultReference(body);
  if (reference === null)
    return problem(
      'POLICY_REFERENCE_UNKNOWN',
      'the reference names no field of a secret',
      'Write ${vault:path#field}, such as ${vault:secret/door#clientSecret}.',
    );
  const { path, field } = reference;
  if (reader.vaultSecret === undefined)
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the secret ${path} cannot be had from Vault: the policy names none that could be asked`,
      'Say where it is and how to log in: vault: { address: https://vault.example.com:8200, token: vault.token }.',
    );
  const answer = reader.vaultSecret(path, field);
  if (!answer.ok)
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the secret ${path} cannot be had from Vault: ${answer.message}`,
      'See that the setting vault is right, that the secret is there, and that the login may read it.',
    );
  if (answer.text === '')
    return problem(
      'POLICY_REFERENCE_UNRESOLVED',
      `the field ${field} of the secret ${path} is empty`,
      'Give it a value in Vault.',
    );
  return { ok: true, text: answer.text, resolved: true };
}

function problem(code: PolicyCode, message: string, hint: string): Resolution {
  return { ok: false, problem: { code, message, hint } };
}
