import { defineCodes } from './code-entry.ts';

/** What texts may hold. */
export const TEXT_CODES = defineCodes({
  TEXT_MARKUP_REFUSED: {
    status: 422,
    title: 'A text holds markup, and may not',
    cause:
      'A text that x-sallyport-text or sanitise.text calls plain holds a tag; `errors` lists where. Where the rule is only observed: these texts would have been cleaned.',
    remedy: 'Send text without tags; or call the property html or escaped, or set sanitise.plain to escape.',
  },
  TEXT_ADDRESS_REFUSED: {
    status: 422,
    title: 'An address has a scheme that is not allowed',
    cause: 'A value that its schema calls an address has a scheme of sanitise.forbiddenSchemes, such as javascript.',
    remedy: 'Send an address of another scheme; or take the scheme out of sanitise.forbiddenSchemes.',
  },
  TEXT_FORMULA_REFUSED: {
    status: 422,
    title: 'The table holds formulas',
    cause: 'A CSV body has a cell that a spreadsheet would calculate: it begins with = + - @, a tab or a line end.',
    remedy: 'Put an apostrophe before such cells; or set sanitise.csv.uploads to neutralise or pass.',
  },
  TEXT_BODY_UNREADABLE: {
    status: 415,
    title: 'The request body is in a form whose texts cannot be cleaned',
    cause:
      'Texts of the body have to be cleaned, and it is malformed or of a type that is not looked into, such as XML.',
    remedy: 'Send the body as JSON or as a form.',
  },
});
