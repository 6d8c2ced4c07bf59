import { ConfigurationError, type Steps } from '@sallyport/core';
import { openEncryption } from '../encryption/load-encryption.ts';
import { closeApi, type LoadedApi } from '../load-api.ts';
import { inPieces } from './in-pieces.ts';
import { compileSmall } from './warm-up.ts';

/**
 * Loads what a gateway is to run on next, between exchanges, and opens it. Null where `isOver` says meanwhile that nobody needs it any more; what keeps
 * it from being taken, whatever that is, and nothing of it stays open then.
 */
export async function loadNext(
  steps: Steps<LoadedApi>,
  isOver: () => boolean,
): Promise<LoadedApi | ConfigurationError | null> {
  try {
    const next = await inPieces(steps, isOver);
    if (next !== null) await open(next);
    return next;
  } catch (error) {
    return faultError(error);
  }
}

async function open(next: LoadedApi): Promise<void> {
  try {
    await next.identity.open();
    await openEncryption(next.plan.policy, next.fieldKeys, true);
    compileSmall(next.plan);
  } catch (error) {
    await closeApi(next);
    throw error;
  }
}

/** Whatever was thrown, as what keeps a plan from being taken. */
export function faultError(error: unknown): ConfigurationError {
  if (error instanceof ConfigurationError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ConfigurationError([
    { code: 'INTERNAL_FAULT', file: '', line: 0, column: 0, path: '', message, hint: null },
  ]);
}
