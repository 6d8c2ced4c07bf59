import { defineCodes } from './code-entry.ts';

export const VALIDATION_CODES = defineCodes({
  PARAMETERS_INVALID: {
    status: 400,
    title: 'The parameters do not match the API description',
    cause:
      'A path, query, header or cookie parameter is missing, undeclared, malformed or against its schema; `errors` lists each.',
    remedy: 'Correct the parameters that `errors` names.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The request body is too large',
    cause: 'The body is larger than requests.maxBodyBytes or the limit of the operation.',
    remedy: 'Send a smaller body, or raise the limit for the operation.',
  },
  BODY_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    cause: 'The body was not complete within requests.bodyTimeout. Only the time counts in which Sallyport read it.',
    remedy: 'Send the body faster or in smaller requests.',
  },
  BODY_MISSING: {
    status: 400,
    title: 'A request body is required',
    cause: 'The document requires a body and none was sent.',
    remedy: 'Send a body of a content type that the operation declares.',
  },
  BODY_UNEXPECTED: {
    status: 400,
    title: 'The operation takes no request body',
    cause: 'The document declares no request body for the operation, and one was sent.',
    remedy: 'Leave the body out, or declare it.',
  },
  BODY_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The content type is not supported',
    cause: 'The Content-Type is missing, malformed, or not one that the operation declares.',
    remedy: 'Send a content type that the operation declares.',
  },
  BODY_ENCODING_UNSUPPORTED: {
    status: 415,
    title: 'The content encoding is not supported',
    cause:
      'The body is compressed, or in a charset that cannot be checked; or the Content-Type of a request without a body names such a charset, in which some servers read the query as well. What cannot be read cannot be guarded.',
    remedy: 'Send the body uncompressed, text in UTF-8.',
  },
  BODY_MALFORMED: {
    status: 400,
    title: 'The request body cannot be read',
    cause:
      'The body is not what its content type says: broken syntax, invalid UTF-8, a duplicate member, too deep, too many members, or the member `__proto__`.',
    remedy: 'Correct the body at the place that `errors` names.',
  },
  BODY_INVALID: {
    status: 422,
    title: 'The request body does not match the API description',
    cause: 'The body was read, and is against its schema; `errors` lists where.',
    remedy: 'Correct the members that `errors` names.',
  },
});
