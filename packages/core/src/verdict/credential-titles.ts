/** One title for every credential that is refused, and one for all that could not be checked: it tells nobody why. */
export const INVALID_TITLE = 'The credential is not valid';
export const UNAVAILABLE_TITLE = 'The service is temporarily unavailable';
