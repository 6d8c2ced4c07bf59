#!/usr/bin/env node
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';

const program = createProgram();
// Commander's own exit code for a wrong command line is 1, which here means that something was found.
for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
