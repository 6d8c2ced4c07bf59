import { defineCodes } from './code-entry.ts';

export const LIMIT_CODES = defineCodes({
  LIMIT_EXCEEDED: {
    status: 429,
    title: 'Too many requests',
    cause: 'A limit of the policy, or one that the key has of its own, was used up; the denial names which.',
    remedy: 'Wait as long as the Retry-After header says.',
  },
  LIMIT_STORE_UNAVAILABLE: {
    status: 503,
    title: 'The service is temporarily unavailable',
    cause: 'The counters could not be reached, so the limit could not be decided.',
    remedy: 'Restore the counters store.',
  },
});
