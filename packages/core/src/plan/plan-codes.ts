import type { ConfigurationCodeEntry } from '../configuration-error.ts';

/** Every code of a problem that shows only when document and policy are put together. Codes are never renamed or reused. */
export const PLAN_CODES = Object.freeze({
  AUTHN_SCHEME_UNKNOWN: {
    title: 'An operation asks for a security scheme that the document does not define',
    remedy: 'Correct its name, or define it under components.securitySchemes.',
  },
  AUTHN_SCHEME_UNCONFIGURED: {
    title: 'A security scheme is used, and the policy does not say how to check it',
    remedy: 'Write what the hint shows under authentication.',
  },
  AUTHN_SCHEME_MISMATCH: {
    title: 'The policy configures a security scheme as something else than the document declares',
    remedy: 'Write what the hint shows, or correct the type of the scheme in the document.',
  },
  AUTHN_SCHEME_UNSUPPORTED: {
    title: 'A security scheme is of a type that cannot be checked',
    remedy: 'Declare it as apiKey, mutualTLS, http with bearer, dpop or basic, oauth2 or openIdConnect.',
  },
  AUTHZ_WITHOUT_AUTHENTICATION: {
    title: 'An operation asks for scopes or roles, and authentication, which would prove them, is off for it',
    remedy: 'Switch authentication on for it, or authorization or roles off as well.',
  },
  OWNERSHIP_UNDECLARED: {
    title: 'Warning: operations take an id, and nobody asks whose the object is',
    remedy: 'Declare it under authorization.ownership, or say public: true where anybody may have it.',
  },
  OWNERSHIP_WRITABLE: {
    title: 'Warning: a body may set the member that says whose the object is',
    remedy: 'Declare the member readOnly, or say with x-sallyport-writable or data.writable who may set it.',
  },
  OWNERSHIP_ROLE_UNKNOWN: {
    title: 'Warning: ownership excepts a role that the policy file does not declare',
    remedy: 'Correct the name under unless.roles, or declare the role under authorization.roles.',
  },
  OWNERSHIP_SUBJECTS_SHARED: {
    title: 'Warning: owners are compared with subjects, and several issuers give subjects out',
    remedy:
      'Say with issuers whose subjects own, and how each is written there; or compare with a claim that no two issuers share.',
  },
  DATA_MARK_INVALID: {
    title: 'A mark of the document (x-sallyport-…) is not understood',
    remedy: 'Write what the message names: a mark that is not understood would protect nothing.',
  },
  DATA_CLASS_UNKNOWN: {
    title: 'The policy says what becomes of a class of data that nothing is of',
    remedy: 'Correct the name, or say what is of it, under data.classes or by x-sallyport-data.',
  },
  DATA_ROLE_UNKNOWN: {
    title: 'Warning: a role may see or set data, and the policy file does not declare it',
    remedy:
      'Correct its name under data.visible, data.writable or in the mark, or declare it under authorization.roles.',
  },
  POLICY_FIELD_UNKNOWN: {
    title: 'Warning: the policy names a property, a parameter or a place of a body that no operation declares',
    remedy: 'Correct the name, or remove it: nothing is protected or excepted by it, and nobody owns anything by it.',
  },
  POLICY_UPSTREAM_PATH_REPEATED: {
    title: 'Warning: the upstream has a path that the servers of the document have too',
    remedy: 'Leave it out of upstream.url, unless the API is where the message says that it is asked.',
  },
  DATA_ENCRYPT_KEYS: {
    title: 'Fields are to be encrypted, and there are no keys that can be used',
    remedy:
      'Name file and master key under data.encrypt.keys; make them with sallyport data-keys create, or restore them.',
  },
  DATA_ENCRYPT_INDEX: {
    title: 'An index of an encrypted field cannot be made as the policy says',
    remedy: 'Do what the message says: an index of few values tells them, and one that is not written finds nothing.',
  },
  SCHEMA_UNUSABLE: {
    title:
      'A schema cannot be compiled: the calls of its operation are refused (`OPERATION_UNUSABLE`), or pass unchecked where the rule is only observed',
    remedy:
      'Correct the schema, or switch the rule off for the operation. It keeps nothing from starting; `sallyport check` exits with 1.',
  },
} satisfies Record<string, ConfigurationCodeEntry>);
