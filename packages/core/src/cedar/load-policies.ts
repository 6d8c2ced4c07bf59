import type { ConfigurationProblem } from '../configuration-error.ts';
import type { ApiModel } from './api-model.ts';
import { toCedarSchema } from './api-model.ts';
import type { CedarCode } from './cedar-codes.ts';
import { PolicyCompileError } from './compile-error.ts';
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts';
import type { PolicyJson } from './policy-json.ts';
import type { LanguageProblem, PolicyFile, PolicyLanguage, PolicySources } from './policy-language.ts';
import { lineAndColumn, offsetOfByte, splitPolicies } from './split-policies.ts';

/** A policy, compiled, and where it stands. */
export interface LoadedPolicy extends CompiledPolicy {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface LoadedPolicies {
  /** In the order of the files, and from top to bottom. */
  readonly policies: readonly LoadedPolicy[];
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

/** Everything a policy was made from, for messages about it. */
interface Authored {
  readonly file: PolicyFile;
  readonly text: string;
  /** In the file. */
  readonly start: number;
  readonly id: string;
  readonly json: PolicyJson;
}

/** A file larger than this nobody reads; what reads it would have to hold it several times. */
const MAX_FILE_CHARACTERS = 16 * 1024 * 1024;

/**
 * Reads, validates and compiles policies: every problem of every file at once. A policy is known by its `@id`; without one, by its file's name and
 * its number in it, from nought: `bank.cedar:policy0`.
 */
export function loadPolicies({ files, language }: PolicySources, model: ApiModel): LoadedPolicies {
  const problems: ConfigurationProblem[] = [];
  const warnings: ConfigurationProblem[] = [];
  const authored: Authored[] = [];
  const byId = new Map<string, Authored>();
  for (const file of files) {
    for (const policy of parseFile(file, language, problems)) {
      const before = byId.get(policy.id);
      if (before === undefined) {
        authored.push(policy);
        byId.set(policy.id, policy);
      } else {
        const { line } = lineAndColumn(before.file.text, before.start);
        problems.push(
          problemIn(
            policy,
            'CEDAR_ID_TWICE',
            `the id ${quote(policy.id)} is taken`,
            `See ${nameOf(before.file.file)}:${line}.`,
            0,
          ),
        );
      }
    }
  }
  const texts = new Map(authored.map(({ id, text }) => [id, text]));
  for (const finding of authored.length === 0 ? [] : language.validate(toCedarSchema(model), texts)) {
    const policy = byId.get(finding.policyId);
    if (policy === undefined) continue;
    const at = finding.startByte === null ? 0 : offsetOfByte(policy.text, finding.startByte);
    const message = finding.message.replace(/^for policy `[^`]*`, /, '');
    const impossible = /impossible|applicable action/.test(message);
    const code = finding.severity === 'error' ? 'CEDAR_INVALID' : impossible ? 'CEDAR_NEVER_HOLDS' : 'CEDAR_WARNING';
    const list = finding.severity === 'error' ? problems : warnings;
    const told = impossible ? `the policy ${quote(policy.id)} can never hold: no request is what it asks for` : message;
    const problem = problemIn(policy, code, told, toHint(finding), at);
    // The reference engine says in two ways that a policy cannot hold.
    if (!impossible || !list.some((other) => other.message === told)) list.push(problem);
  }
  const broken = new Set(problems.map(({ file, path }) => `${file}\n${path}`));
  const policies: LoadedPolicy[] = [];
  for (const policy of authored) {
    try {
      const place = lineAndColumn(policy.file.text, policy.start);
      policies.push({ ...compilePolicy(policy.id, policy.json), file: policy.file.file, ...place });
    } catch (error) {
      if (!(error instanceof PolicyCompileError)) throw error;
      if (!broken.has(`${policy.file.file}\n${policy.id}`))
        problems.push(problemIn(policy, 'CEDAR_UNSUPPORTED', error.message, null, 0));
    }
  }
  // What a broken policy is said to never do is the fault of what is broken.
  const sound = warnings.filter(({ file, path }) => !broken.has(`${file}\n${path}`));
  return { policies, problems: problems.sort(byPlace), warnings: sound.sort(byPlace) };
}

function parseFile(file: PolicyFile, language: PolicyLanguage, problems: ConfigurationProblem[]): Authored[] {
  const whole = { file, text: file.text, start: 0, id: '' };
  if (file.text.length > MAX_FILE_CHARACTERS) {
    problems.push(problemIn(whole, 'CEDAR_UNSUPPORTED', 'the file is larger than 16 MiB', 'Divide it.', 0));
    return [];
  }
  const policies: Authored[] = [];
  const name = nameOf(file.file);
  for (const [index, { text, start }] of splitPolicies(file.text).entries()) {
    const unnamed = { file, text, start, id: `${name}:policy${index}` };
    const parsed = language.parse(text);
    if (parsed.ok) {
      const id = parsed.json.annotations?.['id'];
      policies.push({ ...unnamed, id: typeof id === 'string' && id !== '' ? id : unnamed.id, json: parsed.json });
      continue;
    }
    const { problem } = parsed;
    const at = problem.startByte === null ? 0 : offsetOfByte(text, problem.startByte);
    problems.push(problemIn(unnamed, 'CEDAR_SYNTAX', problem.message, toHint(problem), at));
  }
  return policies;
}

function problemIn(
  { file, start, id }: { readonly file: PolicyFile; readonly start: number; readonly id: string },
  code: CedarCode,
  message: string,
  hint: string | null,
  at: number,
): ConfigurationProblem {
  return { code, file: file.file, ...lineAndColumn(file.text, start + at), path: id, message, hint };
}

function toHint({ message, hint }: LanguageProblem): string | null {
  if (hint === null) {
    if (/attribute .* not found/.test(message))
      return 'Attributes are those that the document declares and a type of Cedar can hold: `sallyport cedar-schema` prints them.';
    return null;
  }
  const plain = hint.replace(/^for policy `[^`]*`, /, '');
  const sentence = plain.charAt(0).toUpperCase() + plain.slice(1);
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

function nameOf(path: string): string {
  return path.slice(path.search(/[^/\\]*$/));
}

function byPlace(one: ConfigurationProblem, other: ConfigurationProblem): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.line - other.line || one.column - other.column || (one.message < other.message ? -1 : 1);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
