import type { ConfigurationError, ConfigurationProblem, UnusableOperation } from '@sallyport/core';
import type { CompileReport } from '../reload/warm-up.ts';
import type { EventLevel, Recorder } from './recorder.ts';

/** What a gateway tells its operators of itself. It goes to the log; before there is one, it waits for it. */
export class GatewayEvents {
  readonly #onUnusable: (problem: ConfigurationProblem) => void;
  readonly #waiting: [EventLevel, string, string][] = [];
  #recorder: Recorder | null = null;

  /** `onUnusable` is told of each schema that cannot be compiled, beside the log. */
  constructor(onUnusable: (problem: ConfigurationProblem) => void = () => undefined) {
    this.#onUnusable = onUnusable;
  }

  /** What was told so far goes to this log, and all else from now on. */
  writeTo(recorder: Recorder): void {
    this.#recorder = recorder;
    for (const event of this.#waiting.splice(0)) this.tell(...event);
  }

  readonly tell = (level: EventLevel, message: string, detail: string): void => {
    if (this.#recorder === null) this.#waiting.push([level, message, detail]);
    else this.#recorder.event(level, message, detail === '' ? {} : { detail });
  };

  /** The keys of an issuer cannot be had, or can again where `error` is null. */
  readonly keys = (schemes: string, error: string | null): void => {
    if (error === null) this.#recorder?.event('info', 'the keys of an issuer are loaded again', { schemes });
    else
      this.#recorder?.event(
        'warn',
        'the keys of an issuer cannot be loaded; tokens are judged by those loaded before, if any',
        {
          schemes,
          // The address is the operator's own; a query in it may hold a credential.
          reason: error.replace(/\?\S*?(?=: |$)/g, '?…'),
        },
      );
  };

  readonly compiling: CompileReport = {
    unusable: (found) => this.#unusable(found),
    stopped: (error) =>
      this.#recorder?.event('error', 'compiling ahead has stopped; the first request for an operation compiles it', {
        detail: error instanceof Error ? error.message : String(error),
      }),
  };

  warnings(warnings: readonly ConfigurationProblem[]): void {
    for (const { code, file, message } of warnings) this.#recorder?.event('warn', message, { code, file });
  }

  /** A fault of ours, on either side of the change to what was loaded. */
  reloadFailed({ message }: ConfigurationError): void {
    this.#recorder?.event('error', 'a reload failed; what it did not come to goes on as it was', { detail: message });
  }

  reloadRefused({ problems, message }: ConfigurationError): void {
    this.#recorder?.event('error', 'reload refused; the running policy stays', {
      problems: problems.length,
      detail: message,
    });
  }

  /** `kept` names the settings that go on as they were. */
  reloaded(operations: number, kept: readonly string[]): void {
    this.#recorder?.event('info', 'reloaded', { operations });
    if (kept.length > 0)
      this.#recorder?.event('warn', 'some settings take effect at the next start only', { settings: kept.join(', ') });
  }

  #unusable({ problem, mode }: UnusableOperation): void {
    const { code, file, line, message, hint } = problem;
    const [level, what] =
      mode === 'enforce'
        ? (['error', 'an operation refuses every request'] as const)
        : (['warn', 'an operation is not checked as its document says'] as const);
    this.#recorder?.event(level, what, { code, file, line, detail: message, hint });
    this.#onUnusable(problem);
  }
}
