import type { Secret } from '@sallyport/core';

/** A secret of a policy, where a test writes the policy itself. */
export const testSecret = (value: string): Secret => ({ reference: 'test', reveal: () => value });
