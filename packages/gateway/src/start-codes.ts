import type { ConfigurationCodeEntry } from '@sallyport/core';

/** Every code of a problem with what the policy names and only a start can look at: files, keys, addresses, the store. Codes are never renamed or reused. */
export const START_CODES = Object.freeze({
  IDENTITY_FILE_UNREADABLE: {
    title: 'A file of keys, users or a key set cannot be read',
    remedy:
      'Correct the path, which counts from the policy file, in a command from where it is typed, or let this process read it.',
  },
  API_KEY_FILE_INVALID: {
    title: 'A file of API keys is not understood at the place given',
    remedy: 'Write what the hint shows; the keys themselves never stand in it, only their SHA-256.',
  },
  PASSWORD_FILE_INVALID: {
    title: 'A line of a file of users is not understood',
    remedy: 'Write lines with sallyport hash-password.',
  },
  KEY_SET_FILE_INVALID: {
    title: 'A file is no key set that can be used',
    remedy: 'Write a JSON Web Key Set with at least one key for signatures.',
  },
  KEY_SET_ADDRESS: {
    title: 'Keys of an issuer are to be read from an address that is not safe',
    remedy: 'Use an https address; http is for this machine alone.',
  },
  INTROSPECTION_ADDRESS: {
    title: 'Tokens are to be introspected at an address that is not safe',
    remedy: 'Use an https address; http is for this machine alone.',
  },
  CLIENT_KEY_INVALID: {
    title: 'The key that proves us to an issuer (clientKey) cannot be used',
    remedy: 'Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client.pem.',
  },
  STORE_UNUSABLE: {
    title: 'The store cannot be opened',
    remedy:
      'See that its file can be written, or its server reached with what the URL says; the message has the reason.',
  },
  STORE_KEY: {
    title: 'The key that the secrets in the store are sealed under is missing, too short or another one',
    remedy: 'Set store.key to the key that it was made with, or restore the file beside the database.',
  },
  STORE_NEWER: {
    title: 'A later version of Sallyport has written the store',
    remedy: 'Run that version, or name another store.',
  },
  LOG_FILE_UNWRITABLE: {
    title: 'The file that the log goes to cannot be written',
    remedy: 'Make its folder, name a file that this process may write, or write - for standard output.',
  },
  TLS_FILE_INVALID: {
    title: 'A certificate, key or list of the listener or the upstream cannot be used',
    remedy: 'Do what the hint says: the message names the file and what is wrong with it.',
  },
  TLS_FILE_WARNING: {
    title: 'Warning: a certificate or list will soon not hold any more, or holds less than it seems',
    remedy: 'Do what the hint says, before clients are refused.',
  },
} satisfies Record<string, ConfigurationCodeEntry>);

export type StartCode = keyof typeof START_CODES;
