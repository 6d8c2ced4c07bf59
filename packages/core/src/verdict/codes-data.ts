import { defineCodes } from './code-entry.ts';

/** Who may see and set which data, and how it leaves. */
export const DATA_CODES = defineCodes({
  PROPERTY_NOT_WRITABLE: {
    status: 403,
    title: 'Not all of these members may be set by this caller',
    cause:
      'The body sets properties that x-sallyport-writable or data.writable keeps for other roles or scopes (mass assignment); `errors` lists them.',
    remedy: 'Leave out the members that `errors` names, or grant the role or scope that the log names.',
  },
  PROPERTY_BODY_UNREADABLE: {
    status: 415,
    title: 'The request body is in a form whose members cannot be told apart',
    cause:
      'Some properties of the body are kept for other roles or scopes, and the body is malformed or of a type that is not looked into, such as XML.',
    remedy: 'Send the body as JSON or as a form.',
  },
  PROPERTY_ANSWER_HIDDEN: {
    status: 403,
    title: 'Nothing of the answer may be seen by this caller',
    cause:
      'The schema of the answer as a whole is marked by x-sallyport-visible or by a class of data.visible. Where the rule is only observed: these members would have been kept back.',
    remedy: 'Grant the role or scope that the log names, or ask for the operation to be left to those who have it.',
  },
  PROPERTY_ANSWER_UNREADABLE: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause:
      'Some properties of the answer may not be seen by this caller, and the answer is malformed or of a type that is not looked into, such as XML or a stream of events.',
    remedy: 'Let the API answer in JSON, or mark nothing in answers of this type.',
    shownAs: 'RESPONSE_INVALID',
  },
  DATA_SENSITIVE_FOUND: {
    status: 502,
    title: 'The service gave an answer that its description does not declare',
    cause:
      'The answer holds sensitive data of a kind that data.detect blocks, in a place that nothing marks; the log names kinds and places.',
    remedy:
      'Keep it out of the answer, or mark the property with x-sallyport-data and say by data.visible who sees it.',
    shownAs: 'RESPONSE_INVALID',
  },
});
