/*
 * What anything that `findSensitive` finds has in it, in plain text and in JSON as it stands: most texts have none of these, and one pass of an
 * expression, which the engine compiles, tells so in a fraction of the time that looking properly takes. It may see more than there is, never less.
 */
const SIGNS = [
  // An address.
  '@',
  // Eight digits with no more between them than numbers are written with, and no date: cards, phones, most national ids.
  String.raw`(?:(?<=\+)|(?!\d{4}-\d\d-\d\d[T"]))\d(?:[ ().-]{0,3}\d){7}`,
  // An IBAN, a British or an Italian number; a Spanish one of foreigners; an Italian one in which letters stand for digits.
  String.raw`[A-Z]{2} ?\d\d`,
  String.raw`[XYZ]\d{7}`,
  String.raw`[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST]`,
  '-----BEGIN ',
  // Tokens, by what their issuers let them begin with.
  'eyJ',
  'A(?:KIA|SIA|BIA|CCA|Iza|GE-SECRET)',
  'gh[opsur]_|github_pat_|glpat-',
  'xox[abeprs]-|xapp-',
  '[sr]k(?:_live_|_test_|-)',
  String.raw`whsec_|ya29\.|GOCSPX-|npm_|SG\.|dop_v1_|shp(?:at|ss|ca)_|hvs\.`,
  'sp_[a-z0-9-]{1,32}_[A-Za-z0-9]{32}',
  // An escape can hide any of these.
  String.raw`\\u`,
];
const SIGN = new RegExp(SIGNS.join('|'), 'g');

/** Where, from `from` on, a text first has something that sensitive data could be part of; -1 where it has not. Linear in the text. */
export function nextSensitiveSign(text: string, from: number): number {
  SIGN.lastIndex = from;
  return SIGN.exec(text)?.index ?? -1;
}
