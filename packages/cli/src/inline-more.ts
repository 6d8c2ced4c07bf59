import { setFlagsFromString } from 'node:v8';

/**
 * Lets the engine put more of what a function calls into the function itself. The way of a request leads through some two hundred small functions of many stages; by V8's
 * own bounds, which are for pages and scripts that end soon, most of them stay calls. For a process that does nothing but serve, and before what it
 * serves with was compiled (docs/decisions/0008-more-is-put-inline.md).
 */
export function inlineMore(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
  setFlagsFromString('--min-inlining-frequency=0.05');
}
