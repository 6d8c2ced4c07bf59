import type { ConfigurationProblem } from '@sallyport/core';

/** Tells what is wrong in the files of TLS, and what soon will be. */
export class TlsFileProblems {
  readonly problems: ConfigurationProblem[] = [];
  readonly warnings: ConfigurationProblem[] = [];

  add(file: string, message: string, hint: string): void {
    this.problems.push({ code: 'TLS_FILE_INVALID', file, line: 0, column: 0, path: '', message, hint });
  }

  warn(file: string, message: string, hint: string): void {
    this.warnings.push({ code: 'TLS_FILE_WARNING', file, line: 0, column: 0, path: '', message, hint });
  }
}
