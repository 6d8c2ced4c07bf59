import type { ConfigurationCodeEntry } from '../configuration-error.ts';

/** Every code of a problem or a warning in files of Cedar policies. Codes are never renamed or reused. */
export const CEDAR_CODES = Object.freeze({
  CEDAR_UNREADABLE: {
    title: 'A file or folder of authorization.policies cannot be read, or holds no policy',
    remedy: 'Name a file of Cedar, or a folder with files that end in .cedar; the path counts from the policy file.',
  },
  CEDAR_ENGINE_MISSING: {
    title: 'What reads Cedar is not installed',
    remedy: 'Install the package that the message names, or remove authorization.policies.',
  },
  CEDAR_SYNTAX: { title: 'A policy is no Cedar', remedy: 'Correct the policy at the place given.' },
  CEDAR_INVALID: {
    title: 'A policy asks for what cannot exist: an attribute, an action, a type',
    remedy:
      'Correct the name. What a policy can ask for is derived from the document; `sallyport cedar-schema` prints it.',
  },
  CEDAR_UNSUPPORTED: {
    title: 'A policy is Cedar, and not taken here',
    remedy: 'Write it as the message says.',
  },
  CEDAR_ID_TWICE: { title: 'Two policies have the same id', remedy: 'Give each its own @id.' },
  CEDAR_ACTION_AMBIGUOUS: {
    title: 'An operation has the name of a group of actions',
    remedy: 'Give the operation another operationId.',
  },
  CEDAR_TEST_INVALID: {
    title: 'A test of policies is not understood',
    remedy: 'Correct it at the place given; a test that misspells a name would pass whatever the policies say.',
  },
  CEDAR_NEVER_HOLDS: {
    title: 'Warning: a policy can never hold',
    remedy: 'Correct it or remove it: it permits nothing and forbids nothing.',
  },
  CEDAR_SHADOWED: {
    title: 'Warning: a policy changes nothing because of another',
    remedy: 'Remove one of the two, or narrow the other.',
  },
  CEDAR_WARNING: { title: 'Warning: a policy holds something doubtful', remedy: 'Correct it as the message says.' },
  CEDAR_ROLE_UNKNOWN: {
    title: 'Warning: a policy names a role that the policy file does not declare',
    remedy: 'Declare it under authorization.roles, or correct the name.',
  },
  CEDAR_PERMIT_NEEDLESS: {
    title: 'Warning: a policy permits what the document lets anyone do',
    remedy: 'Write needPermit: all where only what a policy permits is meant to pass, or remove it.',
  },
  CEDAR_OPERATION_CLOSED: {
    title: 'Warning: no policy can permit an operation, which refuses every request',
    remedy: 'Write a policy that permits it, or take the operation out of the document.',
  },
} satisfies Record<string, ConfigurationCodeEntry>);

/** The code of a problem in a file of Cedar policies. */
export type CedarCode = keyof typeof CEDAR_CODES;
