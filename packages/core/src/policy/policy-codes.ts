import type { ConfigurationCodeEntry } from '../configuration-error.ts';

/** Every code of a problem in the policy. Codes are never renamed or reused. Those of warnings start nothing from failing. */
export const POLICY_CODES = Object.freeze({
  POLICY_UNREADABLE: {
    title: 'The file, or a file that it names, cannot be read',
    remedy: 'Correct the path, which counts from the policy file, or let this process read it.',
  },
  POLICY_FOLDER_MISSING: {
    title: 'A folder of apiFolders is none',
    remedy:
      'Name a folder; in the policy it counts from the policy file, after --allow-folder from where the command is typed.',
  },
  POLICY_SYNTAX: { title: 'The file is not one YAML document', remedy: 'Correct the YAML at the place given.' },
  POLICY_TOO_LARGE: {
    title: 'The file is too large',
    remedy: 'Stay below 1 MiB, 32 levels and 100,000 values, aliases written out.',
  },
  POLICY_UNKNOWN_KEY: {
    title: 'There is no such setting',
    remedy: 'Correct the name; a setting that is not understood would protect nothing.',
  },
  POLICY_TYPE: { title: 'A value has the wrong type', remedy: 'Write what the message names.' },
  POLICY_VALUE: { title: 'A value is not among those allowed', remedy: 'Write one of those that the message names.' },
  POLICY_UNIT: {
    title: 'A number lacks its unit, or has one that is not known',
    remedy: 'Write a whole number with one unit, as the hint shows.',
  },
  POLICY_RANGE: {
    title: 'A value is too small or too large',
    remedy: 'Stay within the bounds that the message names.',
  },
  POLICY_REQUIRED: { title: 'A setting is missing', remedy: 'Add the setting that the message names.' },
  POLICY_NOT_YET: { title: 'The setting is not available in this version', remedy: 'Do what the hint says instead.' },
  POLICY_DUPLICATE: { title: 'Two entries have the same name', remedy: 'Give each its own.' },
  POLICY_CONTRADICTION: { title: 'Two settings cannot both hold', remedy: 'Remove one of the two.' },
  POLICY_STATED_TWICE: {
    title: 'The document states the same thing twice',
    remedy: 'State it once: under x-sallyport or as x-sallyport-….',
  },
  POLICY_REFERENCE_UNKNOWN: {
    title: 'A reference is not understood',
    remedy: 'Write ${env:NAME}, or ${file:path} where a secret stands.',
  },
  POLICY_REFERENCE_UNRESOLVED: {
    title: 'A reference leads nowhere',
    remedy: 'Set the environment variable, or provide the file.',
  },
  POLICY_REFERENCE_IN_DOCUMENT: {
    title: 'A reference stands in the document',
    remedy: 'Move the setting into the policy file.',
  },
  POLICY_SECRET_LITERAL: { title: 'A secret stands in the file', remedy: 'Refer to it: ${env:NAME} or ${file:path}.' },
  POLICY_SECRET_IN_URL: {
    title: 'A URL holds a user name or password',
    remedy: 'Remove it from the URL: URLs end up in logs.',
  },
  POLICY_URL: { title: 'A URL is not usable here', remedy: 'Write the kind of URL that the message names.' },
  POLICY_HEADER: {
    title: 'A header name or value is not usable',
    remedy: 'Write a header name of token characters that Sallyport does not manage itself.',
  },
  POLICY_ADDRESS: {
    title: 'An address or range is not usable',
    remedy: 'Write an IP address, or a range as ADDRESS/PREFIX.',
  },
  POLICY_EGRESS_NEVER: {
    title: 'An address is one that nothing is ever asked at',
    remedy:
      'Name another: metadata services, link-local and multicast addresses, and 0.0.0.0 are asked by nobody, whatever the policy allows.',
  },
  POLICY_LISTEN_EXPOSED: {
    title: 'The listener would take plain HTTP from the network',
    remedy: 'Set listen.tls, or say listen.tls: off where TLS ends in front of Sallyport.',
  },
  POLICY_ADMIN_EXPOSED: {
    title: 'The admin API would be open to the network',
    remedy: 'Set admin.tls and metrics: credential, or keep admin.host on a loopback address.',
  },
  POLICY_PORT_CLASH: { title: 'Two listeners want the same port', remedy: 'Give each its own.' },
  POLICY_UPSTREAM_LOOP: {
    title: 'The upstream is the address that the door itself listens at',
    remedy:
      'Name the address of the API in upstream, or listen at another port. `sallyport run` does not start; commands that do not know its `--port` and `--host` warn.',
  },
  POLICY_PROXY_TOO_WIDE: {
    title: 'A trusted range covers strangers',
    remedy: 'Name the addresses of your own proxies.',
  },
  POLICY_CORS_UNSAFE: { title: 'The CORS settings would open the API to every site', remedy: 'Name the origins.' },
  POLICY_ALGORITHMS_UNSAFE: {
    title: 'The algorithms can be confused with each other',
    remedy: 'Name either asymmetric algorithms or HS…, never both.',
  },
  POLICY_KEY_UNSAFE: { title: 'A key is no secret', remedy: 'Replace the key.' },
  POLICY_LIMIT_NEVER: { title: 'A limit would never refuse anything', remedy: 'Lower the rate, or remove the limit.' },
  POLICY_LIMIT_KEY_ABSENT: {
    title: 'A limit counts by what no request has',
    remedy: 'Configure the authentication that provides it, or count by address.',
  },
  POLICY_COST_ABOVE_LIMIT: {
    title: 'An operation costs more than a limit ever allows',
    remedy: 'Lower the cost or raise the limit.',
  },
  POLICY_OPERATION_UNKNOWN: {
    title: 'The document has no such operation',
    remedy: 'Write an operationId, METHOD /path or tag:NAME of the document.',
  },
  POLICY_OPERATION_TWICE: { title: 'One operation is named twice', remedy: 'Keep one of the two entries.' },
  POLICY_OPERATION_CONFLICT: {
    title: 'Two tags of an operation say different things',
    remedy: 'Say it for the operation itself.',
  },
  POLICY_ROLE_UNKNOWN: {
    title: 'There is no such role',
    remedy: 'Correct the name, or declare the role under authorization.roles.',
  },
  POLICY_ROLE_CYCLE: {
    title: 'Roles inherit each other',
    remedy: 'Take one of the roles that the message names out of inherits.',
  },
  POLICY_PERMISSION_UNKNOWN: {
    title: 'A permission covers nothing of the document',
    remedy: 'Write a scope or operationId of the document, tag:NAME, or METHOD /path as the document writes it.',
  },
  POLICY_PERMISSION_AMBIGUOUS: {
    title: 'A permission is the name of a scope and of an operation',
    remedy: 'Write scope:NAME or operation:NAME.',
  },
  POLICY_PERMISSION_PUBLIC: {
    title: 'A permission covers only what anyone may call',
    remedy: 'Declare security for the operation in the document, or remove the permission.',
  },
  POLICY_OWNERSHIP_PLACE: {
    title: 'No request has the id of an object where the policy looks for it',
    remedy: 'Write the name as the document has it; what no request has protects nothing.',
  },
  POLICY_OWNERSHIP_READ: {
    title: 'Nobody can be asked whose an object is before the operation is done',
    remedy: 'Name the operation that reads the object under read, or another service, or decide by claims.',
  },
  POLICY_OWNERSHIP_UNKNOWN: {
    title: 'There is no such resource under authorization.ownership',
    remedy: 'Declare it in the policy file, or the whole of it in the document.',
  },
  POLICY_SCHEME_UNKNOWN: {
    title: 'The document has no such security scheme',
    remedy: 'Name a security scheme of the document.',
  },
  POLICY_MODE_OFF: {
    title: 'Warning: a protection is switched off',
    remedy: 'Use observe to look without refusing, enforce to protect.',
  },
  POLICY_LIMITS_NONE: {
    title: 'Warning: no request is limited',
    remedy: 'Leave limits out, so that the default holds, or write one.',
  },
  POLICY_UPSTREAM_UNVERIFIED: {
    title: "Warning: the upstream's certificate is not verified",
    remedy: 'Name the certificate authority in upstream.tls.ca instead.',
  },
  POLICY_UPSTREAM_PLAIN: {
    title: 'Warning: the way to the upstream is not encrypted',
    remedy: 'Use https to an upstream on another machine.',
  },
  POLICY_LISTEN_PLAIN: {
    title: 'Warning: plain HTTP is taken from the network',
    remedy: 'Let only the proxy that ends TLS reach the port.',
  },
  POLICY_LISTEN_SELF_SIGNED: {
    title: 'Warning: the network is served with a self-signed certificate',
    remedy: 'Use a certificate of an authority that clients trust.',
  },
  POLICY_CORS_PLAIN: { title: 'Warning: an origin without TLS is allowed', remedy: 'Use https origins.' },
  POLICY_STORE_PLAIN: {
    title: 'Warning: the way to the store is not encrypted',
    remedy: 'Add ?sslmode=verify-full to the URL of a database on another machine.',
  },
  POLICY_KEY_IN_QUERY: {
    title: 'Warning: API keys are taken from the query',
    remedy: 'Send keys in a header: URLs end up in logs and histories.',
  },
} satisfies Record<string, ConfigurationCodeEntry>);

export type PolicyCode = keyof typeof POLICY_CODES;
