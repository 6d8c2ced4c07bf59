/** What an administrator may do: the scopes of admin keys and of administrators' tokens. */
export const ADMIN_SCOPES = {
  'keys:read': 'list and show API keys, never the keys themselves',
  'keys:write': 'make, rotate and revoke API keys',
  'revocations:read': 'list what is revoked',
  'revocations:write': 'revoke tokens, subjects and certificates, and lift revocations',
  'sessions:read': 'list sessions of browsers, without cookies and tokens',
  'sessions:write': 'end sessions of browsers',
  'audit:read': 'list and verify the audit trail',
  'plan:read': 'see the operations of the API and what is checked on each',
  'status:read': 'see how the gateway is, its metrics among it',
} as const;
/** A scope of the admin API. */
export type AdminScope = keyof typeof ADMIN_SCOPES;
