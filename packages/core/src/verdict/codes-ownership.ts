import { defineCodes } from './code-entry.ts';

/** Whoever may not have an object is told what is told of one that does not exist: the same code, text and headers. */
export const OWNERSHIP_CODES = defineCodes({
  OBJECT_NOT_FOUND: {
    status: 404,
    title: 'Not found',
    cause:
      'The upstream, or whoever was asked for the owner, has no such object. Objects of others are answered with this code too; the record tells them apart.',
    remedy: 'Check the id. Nothing tells whether the object exists for somebody else.',
  },
  OWNERSHIP_FOREIGN: {
    status: 404,
    title: 'Not found',
    cause: 'The object belongs to somebody else (authorization.ownership).',
    remedy:
      'Ask for objects of your own; where the caller should have it, compare the owner with what `equals`, `in` or `startsWith` names.',
    shownAs: 'OBJECT_NOT_FOUND',
  },
  OWNERSHIP_UNKNOWN: {
    status: 404,
    title: 'Not found',
    cause:
      'It cannot be told whose the object is: the answer that should say it has no owner at the place, one of a wrong type, is no JSON, not whole, too large, or an error.',
    remedy:
      'Compare `owner` with what the upstream answers; the record names the place and the status of the upstream.',
    shownAs: 'OBJECT_NOT_FOUND',
  },
  OWNERSHIP_FORBIDDEN: {
    status: 403,
    title: 'Not yours',
    cause: 'The object belongs to somebody else, and the policy says deny: 403.',
    remedy: 'Ask for objects of your own. With deny: 404, nobody learns that the object exists.',
  },
  OWNERSHIP_ID_UNCLEAR: {
    status: 422,
    title: 'The id of an object is missing or can be read in two ways',
    cause:
      'A place of an id is empty, has no text that every reader takes for the same (01, 1.0, 1e0, an integer beyond 2^53, a list), or stands in a body that is no JSON.',
    remedy:
      'Send the id as text or as a plain integer in each of its places; `absent: pass` lets requests without one through.',
  },
  OWNERSHIP_TOO_MANY_IDS: {
    status: 422,
    title: 'Too many objects in one request',
    cause: 'The request names more different objects than maxIds of the resource.',
    remedy: 'Divide the request, or raise maxIds.',
  },
  OWNERSHIP_READ_FAILED: {
    status: 503,
    title: 'It cannot be told whose the object is',
    cause:
      'Whoever says whose the object is could not be asked: no connection, no answer in time, too many calls under way, or 429, 502, 503 or 504.',
    remedy: 'Try again. The record holds the cause; read.timeout says how long is waited.',
  },
  OWNERSHIP_LIST_UNREADABLE: {
    status: 502,
    title: 'The API gave no valid answer',
    cause:
      'What is not the caller’s was to be taken out of a list, and the answer is no whole JSON document or has no list at the place.',
    remedy: 'Compare `items` of the list with what the upstream answers.',
  },
});
