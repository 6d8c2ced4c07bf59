import { fileReason } from '@sallyport/gateway';

/** Writes to standard output, and rejects where it is not taken: for what is lost then. All else is said with `console`. */
export function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * Lets commands end well when their output is closed, as by `| head -1`: who closes it has read enough, and the exit code stays what it is.
 * Output that cannot be written for another reason, such as a full disk, is a failure: a file that was cut off must not pass for a whole one.
 */
export function endWellWithoutReaders(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (isClosed(error)) return;
    console.error(`sallyport: standard output: ${fileReason(error)}`);
    process.on('exit', () => (process.exitCode = 2));
  });
}

/** Why `writeOut` rejected, in words. */
export function outputReason(error: unknown): string {
  return isClosed(error) ? 'standard output is closed' : `standard output: ${fileReason(error)}`;
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
