import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  CATALOGUE,
  CEDAR_CODES,
  describePolicy,
  DOCUMENT_CODES,
  PLAN_CODES,
  POLICY_CODES,
  policyJsonSchema,
  type CodeEntry,
  type ConfigurationCodeEntry,
} from '@sallyport/core';
import { adminDocument, START_CODES } from '@sallyport/gateway';
import { createProgram } from 'sallyport';

/**
 * Writes the reference pages from the code that they describe: codes, configuration, command line, the JSON Schema of
 * sallyport.yaml, and the document of the admin API. `--check` writes nothing and fails where a page is not what the code says.
 */
const ROOT = resolve(import.meta.dirname, '..');
const CHECK = process.argv.includes('--check');
const NOTE = '<!-- Generated from the code by `npm run docs`; edit the code. -->\n';

const schema = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
const admin = `${JSON.stringify(adminDocument({ keys: true, tokens: true, certificates: true, metrics: true }), null, 2)}\n`;
const pages: Readonly<Record<string, string>> = {
  'docs/reference/codes.md': codesPage(),
  'docs/reference/configuration.md': configurationPage(),
  'docs/reference/cli.md': cliPage(),
  'docs/reference/sallyport.schema.json': schema,
  'packages/cli/sallyport.schema.json': schema,
  'docs/reference/admin-api.openapi.json': admin,
  'packages/gateway/admin-api.openapi.json': admin,
};

let stale = 0;
for (const [path, text] of Object.entries(pages)) {
  const file = resolve(ROOT, path);
  if ((existsSync(file) ? readFileSync(file, 'utf8') : null) === text) continue;
  stale += 1;
  if (CHECK) console.error(`${path} is not what the code says; run: npm run docs`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
if (CHECK && stale === 0) console.log('docs: the reference is what the code says');
process.exitCode = CHECK && stale > 0 ? 1 : 0;

function codesPage(): string {
  const rows = Object.entries(CATALOGUE as Readonly<Record<string, CodeEntry>>).map(
    ([code, entry]) =>
      `### ${code}\n\n${entry.status} · ${entry.title}${entry.shownAs === undefined ? '' : ` · the client is told \`${entry.shownAs}\``}\n\n${entry.cause}\n\n**What to do:** ${entry.remedy}\n`,
  );
  const of = (where: string, codes: Readonly<Record<string, ConfigurationCodeEntry>>): string =>
    `### ${where}\n\n${Object.entries(codes)
      .map(([code, { title, remedy }]) => `- \`${code}\`: ${title}. ${remedy}`)
      .join('\n')}\n`;
  const problems = [
    of('In the document', DOCUMENT_CODES),
    of('In the policy', POLICY_CODES),
    of('In files of Cedar policies', CEDAR_CODES),
    of('Between document and policy', PLAN_CODES),
    of('In what the policy names: files, keys, addresses, the store', START_CODES),
  ];
  return `# Codes\n\n${NOTE}\nEvery refusal carries one of these codes, in the problem that the client gets (RFC 9457, member \`code\`) and in the access record. Problems of configuration have codes of their own, [below](#problems-of-configuration). Codes are never renamed or reused.\n\n## Denials\n\n${rows.join('\n')}\n## Problems of configuration\n\nReported at start and by \`sallyport check\`, all at once, with file, line and column, or with the file alone where all of it is meant. Warnings keep nothing from starting.\n\n${problems.join('\n')}`;
}

function configurationPage(): string {
  const rows = describePolicy().map(
    ({ path, type, default: fallback, description }) =>
      `| \`${path}\` | ${cell(type)} | ${fallback === null ? '' : `\`${fallback}\``} | ${cell(description)} |`,
  );
  return `# sallyport.yaml\n\n${NOTE}\nEverything has a safe default. Unknown keys, wrong types and references that lead nowhere are errors, all reported at once. The JSON Schema of the file is [sallyport.schema.json](sallyport.schema.json).\n\n| setting | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function cliPage(): string {
  const program = createProgram();
  const plain = { helpWidth: 100 };
  const all = program.commands.flatMap((command) => [
    command,
    ...command.commands.filter(({ parent }) => parent === command),
  ]);
  const sections = all.map((command) => {
    let help = '';
    const name = [command.parent === program ? '' : command.parent?.name(), command.name()].join(' ').trim();
    command
      .configureOutput({ writeOut: (text) => (help += text) })
      .configureHelp(plain)
      .outputHelp();
    return `## sallyport ${name}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`;
  });
  return `# The command line\n\n${NOTE}\nExit code 0: well; 1: found something; 2: could not run.\n\n${sections.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
