/** The name of an error and its frames. Its message may quote what a client sent, line breaks and all: V8's own JSON errors do. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown: no error';
  const stack = error.stack ?? '';
  const frames = stack.startsWith(`${error.name}: ${error.message}`)
    ? stack.slice(error.name.length + 2 + error.message.length)
    : '';
  return `${error.name}${frames}`;
}
