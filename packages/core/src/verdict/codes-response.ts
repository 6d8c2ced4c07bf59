import { defineCodes } from './code-entry.ts';

export const RESPONSE_CODES = defineCodes({
  RESPONSE_STATUS_UNDECLARED: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause: 'The upstream answered with a status that the document does not declare for the operation.',
    remedy: 'Declare the status in the document, or correct the API.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_TYPE_UNDECLARED: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause:
      'The upstream answered with a content type that the document does not declare for the status, with none, with two, or with a body where none is declared.',
    remedy: 'Declare the content type in the document, or correct the API.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_HEADER_INVALID: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause:
      'A response header is missing, undeclared where responses.undeclaredHeaders is block, or against its schema.',
    remedy: 'Declare the header in the document, or correct the API.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_TOO_LARGE: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause: 'A body that has to be checked is larger than responses.maxBodyBytes.',
    remedy: 'Page the answer, or raise responses.maxBodyBytes.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_UNCHECKABLE: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause:
      'The document says how to check the body, and it came compressed or in another charset than UTF-8; or it has no schema, and responses.unchecked is block.',
    remedy:
      'Let the upstream heed Accept-Encoding: identity and answer in UTF-8, or declare a schema. Unchecked answers go out where responses.invalid and responses.unchecked are pass.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_MALFORMED: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause: 'The response body is not what its content type says; the log names the place.',
    remedy: 'Correct the API.',
    shownAs: 'RESPONSE_INVALID',
  },
  RESPONSE_INVALID: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause: 'The response body is against its schema; the log names each place.',
    remedy: 'Correct the API, or the document.',
  },
});
