import { ConfigurationError } from '@sallyport/core';
import { faultError } from './load-next.ts';

/**
 * Makes of one reload one that may be asked for at any time: each has its turn after the one before. Never rejects, whatever a reload throws: `onFault` is told, and
 * the next one has its turn all the same.
 */
export function reloadInTurn(
  reload: () => Promise<ConfigurationError | null>,
  onFault: (fault: ConfigurationError) => void,
): () => Promise<ConfigurationError | null> {
  let last: Promise<ConfigurationError | null> = Promise.resolve(null);
  return () => {
    last = last.then(reload).catch((error: unknown) => {
      const fault = faultError(error);
      try {
        onFault(fault);
      } catch {
        // Whoever cannot be told of it may be the fault itself; it is the answer all the same.
      }
      return fault;
    });
    return last;
  };
}
