#!/usr/bin/env node
import { heedSignals } from './heed-signals.ts';

// Before the rest is read, which takes most of the time of a start.
if (process.argv[2] === 'run') heedSignals();
const [{ endWellWithoutReaders }, { runCommandLine }] = await Promise.all([
  import('./output.ts'),
  import('./run-command-line.ts'),
]);
endWellWithoutReaders();
await runCommandLine(process.argv.slice(2));
