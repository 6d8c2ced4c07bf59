import { defineCodes } from './code-entry.ts';

export const ROLE_CODES = defineCodes({
  AUTHZ_ROLE_MISSING: {
    status: 403,
    title: 'Not allowed',
    cause: 'The credential is valid, but its principal has no role that may call the operation.',
    remedy:
      'The access record names the roles that would do (`wanted`) and those that the principal has (`held`); the client is told neither. Give the principal one of them where it is issued or with `sallyport roles grant`, or give one of its roles a permission for the operation.',
  },
  AUTHZ_GRANTS_UNAVAILABLE: {
    status: 503,
    title: 'Service unavailable',
    cause:
      'The principal needs a role that may have been granted to it in the store, and the store has not answered for longer than `store.grace`.',
    remedy:
      'Bring the store back; the gateway looks for it four times a second. Roles that a credential brings itself go on working.',
  },
});
