import { relative } from 'node:path';
import { styleText } from 'node:util';
import { ConfigurationError, renderConfigurationProblem, type ConfigurationProblem } from '@sallyport/core';
import { fileReason } from '@sallyport/gateway';
import { counted } from './counted.ts';
import { groupAlike, placesInWords } from './told-together.ts';

/** Prints why a command could not run, to standard error, and returns its exit code: 2. `isStart`: it would have started something. */
export function reportFailure(error: unknown, isStart = false): 2 {
  if (error instanceof ConfigurationError) {
    const count = error.problems.length === 1 ? 'One problem' : `${error.problems.length} problems`;
    const warned = error.warnings.length === 0 ? '' : ` and ${counted(groupAlike(error.warnings).length, 'warning')}`;
    if (error.warnings.length > 0) console.error(`${renderWarnings(error.warnings)}\n`);
    console.error(renderProblems(error.problems));
    console.error(`\n${count}${warned}${isStart ? '; nothing was started' : ''}.`);
  } else console.error(`sallyport: ${systemMessage(error)}`);
  return 2;
}

/** Problems as a person reads them: place, code and message, then what to write. */
export function renderProblems(problems: readonly ConfigurationProblem[]): string {
  return problems
    .map((problem) => {
      const [first = '', ...hint] = renderConfigurationProblem({ ...problem, file: placeOf(problem) }).split('\n');
      return [styleText('red', first, { stream: process.stderr }), ...hint].join('\n');
    })
    .join('\n');
}

/** Warnings as a person reads them: what is allowed, where, and what would be better; those of one cause together. In colour where they are written to a terminal. */
export function renderWarnings(
  warnings: readonly ConfigurationProblem[],
  stream: NodeJS.WriteStream = process.stderr,
): string {
  return groupAlike(warnings)
    .map((group) => {
      const [warning] = group;
      const [first = '', ...hint] = renderConfigurationProblem({ ...warning, file: placeOf(warning) }).split('\n');
      const places = placesInWords(group);
      const more = places === null ? hint : [`    ${places}`, ...hint];
      return [styleText('yellow', `warning ${first}`, { stream }), ...more].join('\n');
    })
    .join('\n');
}

/** What was said on the command line has no line; the option is its place. */
const OPTIONS: readonly (readonly [pointer: string, option: string])[] = [
  ['/upstream', '--upstream'],
  ['/apiFolders', '--allow-folder'],
  ['/listen/host', '--host'],
  ['/listen/port', '--port'],
  ['/admin/port', '--admin-port'],
  ['/mode', '--mode'],
  ['/operation', '--operation'],
];

function placeOf({ file, path }: ConfigurationProblem): string {
  if (file !== 'command line') return shortPath(file);
  const option = OPTIONS.find(([pointer]) => path === pointer || path.startsWith(`${pointer}/`));
  return option === undefined ? file : `${file} (${option[1]})`;
}

/** A path relative to where the user stands, when that is shorter. */
export function shortPath(file: string): string {
  if (!file.startsWith('/')) return file;
  const short = relative(process.cwd(), file);
  return short !== '' && short.length < file.length ? short : file;
}

function systemMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  const port = 'port' in error ? ` ${String(error.port)}` : '';
  const listens = 'syscall' in error && error.syscall === 'listen';
  if (code === 'EADDRINUSE')
    return `port${port} is taken by another program. Choose another with --port (the door) or --admin-port, or stop that program.`;
  if (code === 'EACCES' && listens)
    return `this user may not listen on port${port}. Choose one above 1023, or grant the right to bind it.`;
  if (code === 'EADDRNOTAVAIL') return 'the address to listen on is not one of this machine. See listen.host.';
  if (typeof code === 'string' && 'path' in error && typeof error.path === 'string')
    return `${shortPath(error.path)}: ${fileReason(error)}`;
  return process.env['SALLYPORT_DEBUG'] === undefined ? error.message : (error.stack ?? error.message);
}
