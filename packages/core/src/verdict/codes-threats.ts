import { defineCodes } from './code-entry.ts';

/** Values that are what their schema says, and something else to whoever runs them. */
export const THREAT_CODES = defineCodes({
  THREAT_DETECTED: {
    status: 403,
    title: 'A value of the request is not accepted',
    cause:
      'A free text looks like an injection: `errors` names the parameter or the place in the body, the log the category, the score and the feature that gave it away. The value itself is written nowhere.',
    remedy:
      'Where it is honest, add an exception under threats.exceptions for the field and the category, or describe the value in its schema: an enum, a format or a tight pattern needs no guessing. Where a URI may lead within, an exception with hosts names the host, or the schema does by an enum or a pattern that holds it, and what ends it behind it.',
  },
});
