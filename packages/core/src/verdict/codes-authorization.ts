import { defineCodes } from './code-entry.ts';

export const AUTHORIZATION_CODES = defineCodes({
  AUTHZ_SCOPE_MISSING: {
    status: 403,
    title: 'Not allowed',
    cause: 'The credential is valid, but lacks a scope or role that the document declares for the operation.',
    remedy: 'Obtain a credential with the scopes that the WWW-Authenticate header names (RFC 6750, section 3.1).',
  },
});
