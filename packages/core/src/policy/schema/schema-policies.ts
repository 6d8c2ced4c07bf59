import { choice, defaulted, list, map, object, optional, required, text, union } from '../shape.ts';
import { CLAIM_NAME, HEADER_NAME } from '../text-formats.ts';

/** Types of Cedar that a claim can be declared to have. */
export const CLAIM_TYPES = ['String', 'Long', 'Boolean', 'decimal', 'datetime', 'Set<String>', 'Set<Long>'] as const;

const files = () => union(text(), list(text(), 1, 1000));

/** `authorization.policies`, as it is written: a folder, files, or those with more to say. */
export const policiesShape = union(
  text(),
  list(text(), 1, 1000),
  object({
    files: required(files(), 'A folder, whose files that end in .cedar are read, or files.'),
    needPermit: defaulted(
      choice(['protected', 'all']),
      'protected',
      'Which operations refuse what no policy permits: all, or protected: all but those of which the document says that anyone may call them (security: []). What a forbid holds for is refused everywhere.',
    ),
    claims: defaulted(
      map('CLAIM', choice(CLAIM_TYPES), CLAIM_NAME),
      {},
      'Claims of tokens and attributes of keys that policies may ask for as principal.claims, with their types in Cedar.',
    ),
    countryHeader: optional(
      text(HEADER_NAME),
      'The header in which a trusted proxy tells the country of the client by its two letters: context.country.',
    ),
  }),
);
