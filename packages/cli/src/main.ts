#!/usr/bin/env node
import { endWellWithoutReaders } from './output.ts';
import { runCommandLine } from './run-command-line.ts';

endWellWithoutReaders();
await runCommandLine(process.argv.slice(2));
