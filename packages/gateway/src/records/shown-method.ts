import { METHODS } from 'node:http';

const KNOWN: ReadonlySet<string> = new Set(METHODS);

/** A method as it is written down. One that nobody knows is a client's own word and may hold anything; OpenTelemetry calls it `_OTHER`. */
export function shownMethod(method: string): string {
  return method === '' || KNOWN.has(method) ? method : '_OTHER';
}
