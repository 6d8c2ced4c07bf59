import { defineCodes } from './code-entry.ts';

export const UPSTREAM_CODES = defineCodes({
  UPSTREAM_UNREACHABLE: {
    status: 502,
    title: 'The service could not be reached',
    cause:
      'No connection to the upstream could be made: refused, no route, a name that does not resolve, a TLS handshake that failed, or no file descriptor left.',
    remedy: 'See that the upstream runs and that upstream.url and upstream.tls are right.',
  },
  UPSTREAM_LOOP: {
    status: 508,
    title: 'The service could not be reached: the way to it leads in a circle',
    cause:
      'The address that upstream.url leads to is the one that this door listens at, so each request would come back to it.',
    remedy: 'Name the address of the API in upstream.url, or listen at another port.',
  },
  UPSTREAM_BROKEN: {
    status: 502,
    title: 'The service gave no valid answer',
    cause: 'The upstream closed the connection early, or what it sent is not valid HTTP.',
    remedy: 'Look into the log of the upstream at the time of the request.',
  },
  UPSTREAM_BUSY: {
    status: 503,
    title: 'The service is temporarily unavailable',
    cause: 'Every connection to the upstream was in use and the queue was full.',
    remedy: 'Raise upstream.connections, or give the upstream more room.',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    title: 'The service did not answer in time',
    cause: 'The upstream did not accept a connection, begin its answer, or go on with it within its timeout.',
    remedy: 'Find out why the upstream is slow, or raise the timeout for the operation.',
  },
});
