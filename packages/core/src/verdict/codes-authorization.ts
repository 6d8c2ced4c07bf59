import { defineCodes } from './code-entry.ts';

export const AUTHORIZATION_CODES = defineCodes({
  AUTHZ_SCOPE_MISSING: {
    status: 403,
    title: 'Not allowed',
    cause: 'The credential is valid, but lacks a scope or role that the document declares for the operation.',
    remedy: 'Obtain a credential with the scopes that the WWW-Authenticate header names (RFC 6750, section 3.1).',
  },
  AUTHZ_PERMIT_MISSING: {
    status: 403,
    title: 'Not allowed',
    cause:
      'The operation needs a policy that permits the request, and none does. `erring` in the record names a permit that could not be evaluated.',
    remedy:
      'Ask with `sallyport explain` which policies can permit the operation, and write one where the request is meant to be allowed.',
  },
  AUTHZ_POLICY_FORBIDS: {
    status: 403,
    title: 'Not allowed',
    cause: 'A policy forbids the request; the rule in the record names it.',
    remedy: 'Nothing, where the policy is meant; else narrow it. A permit never outweighs it.',
    shownAs: 'AUTHZ_PERMIT_MISSING',
  },
  AUTHZ_POLICY_FAILED: {
    status: 403,
    title: 'Not allowed',
    cause:
      'A policy that forbids could not be evaluated for the request: an attribute was missing, or had a value that no type of Cedar holds. What it was to keep out may be just this request.',
    remedy: 'Let the policy ask with `has` for what may be missing; `error` in the record says what was.',
    shownAs: 'AUTHZ_PERMIT_MISSING',
  },
});
