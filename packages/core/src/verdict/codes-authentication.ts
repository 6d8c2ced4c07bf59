import { defineCodes } from './code-entry.ts';

export const AUTHENTICATION_CODES = defineCodes({
  AUTHN_CREDENTIAL_MISSING: {
    status: 401,
    title: 'Authentication is required',
    cause: 'No credential of any scheme that the operation declares was sent.',
    remedy: 'Send one of the credentials that the WWW-Authenticate header names.',
  },
  AUTHN_CREDENTIAL_INVALID: {
    status: 401,
    title: 'The credential is not valid',
    cause: 'What the client is told for every credential that was sent and refused; the log holds the particular code.',
    remedy: 'Obtain a new credential.',
  },
});
