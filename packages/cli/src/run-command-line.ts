import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';

/** Runs what was typed after the program's name. Sets `process.exitCode`: 0 well, 1 found something, 2 could not run. Never rejects. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const program = createProgram();
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride();
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    // Commander's own exit code for a wrong command line is 1, which here means that something was found.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = reportFailure(error, words[0] === 'run');
  }
}
