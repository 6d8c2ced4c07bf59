import { PERMISSION } from '../permission.ts';
import { choice, defaulted, list, map, object, optional, text, union } from '../shape.ts';
import type { TextFormat } from '../shape.ts';

/** Fit for a header in which commas divide roles, for a line of a users file, and for a command line. */
export const ROLE_NAME: TextFormat = {
  expected: 'the name of a role, without comma and control characters',
  pattern: '^[^\\x00-\\x20\\x7f,](?:[^\\x00-\\x1f\\x7f,]{0,126}[^\\x00-\\x20\\x7f,])?$',
};

const permissions = () => list(text(PERMISSION), 0, 10_000);

const role = object({
  permissions: defaulted(
    permissions(),
    [],
    'What it may do: scopes and operationIds of the document, tag:NAME, METHOD /path; * stands for any characters, ** in a path for any segments.',
  ),
  inherits: defaulted(list(text(ROLE_NAME), 0, 100), [], 'Roles whose permissions it has as well.'),
  description: optional(text(), 'What it is for, for people.'),
});

export const rolesField = optional(
  map('ROLE', union(permissions(), role), ROLE_NAME),
  'Roles and what they may do. Where there are any, operations that ask for a credential are for those roles only that have a permission for them; the scopes of the document are asked for as well.',
);

export const grantsField = defaulted(
  choice(['off', 'store']),
  'off',
  'store: principals also have the roles that `sallyport roles grant` gave them.',
);
