/** What follows the first word of a secret, by that word: prefixes that their issuers chose so that they can be found. Each is tried at one place only. */
const BY_WORD = new Map<string, RegExp>([
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((word) => [word, /_[A-Za-z0-9]{36,251}/y] as const),
  ['github', /_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y],
  ['glpat', /-[A-Za-z0-9_-]{20,128}/y],
  ...['xoxa', 'xoxb', 'xoxp', 'xoxr', 'xoxs', 'xoxe'].map((word) => [word, /-[A-Za-z0-9-]{10,250}/y] as const),
  ['xapp', /-\d-[A-Z0-9]{8,20}-\d{6,20}-[a-f0-9]{16,128}/y],
  ...['sk', 'rk'].map(
    (word) =>
      [word, /(?:_(?:live|test)_[A-Za-z0-9]{16,247}|-(?:proj-|ant-[a-z0-9]{1,8}-)?[A-Za-z0-9_-]{32,200})/y] as const,
  ),
  ['whsec', /_[A-Za-z0-9+/=]{24,128}/y],
  ['ya29', /\.[A-Za-z0-9_-]{20,512}/y],
  ['GOCSPX', /-[A-Za-z0-9_-]{28}/y],
  ['npm', /_[A-Za-z0-9]{36}/y],
  ['SG', /\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/y],
  ['dop', /_v1_[a-f0-9]{64}/y],
  ...['shpat', 'shpss', 'shpca'].map((word) => [word, /_[a-fA-F0-9]{32}/y] as const),
  ['hvs', /\.[A-Za-z0-9_-]{24,256}/y],
  ['AGE', /-SECRET-KEY-1[0-9A-Z]{58}/y],
  ['sp', /_[a-z0-9-]{1,32}_[A-Za-z0-9]{32}_?[A-Za-z0-9]{6}/y],
]);
export const MAX_SECRET_WORD = 6;
export const SECRET_WORDS: readonly string[] = [...BY_WORD.keys()];

/** Whether secrets begin with this word, and then a separator. */
export function isSecretWord(word: string): boolean {
  return BY_WORD.has(word);
}

const AWS_ID = /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/y;
const GOOGLE_KEY = /AIza[A-Za-z0-9_-]{35}/y;
const JWT = /eyJ[A-Za-z0-9_-]{8,8192}\.eyJ[A-Za-z0-9_-]{8,16384}\.[A-Za-z0-9_-]{0,2048}/y;

/** Where the secret that begins with the word at `start` ends, and what it is; null where it is none. Bounded by the lengths above. */
export function secretAt(
  text: string,
  start: number,
  end: number,
): { readonly type: string; readonly end: number } | null {
  const length = end - start;
  const first = text.charCodeAt(start);
  // e, A
  if (length >= 4 && first === 0x65 && text.startsWith('eyJ', start)) return matched('jwt', JWT, text, start);
  if (length === 20 && first === 0x41) return matched('aws-key-id', AWS_ID, text, start);
  if (length >= 4 && first === 0x41 && text.startsWith('AIza', start))
    return matched('google-key', GOOGLE_KEY, text, start);
  if (length > MAX_SECRET_WORD) return null;
  const rest = BY_WORD.get(text.slice(start, end));
  if (rest === undefined) return null;
  const found = matched(`${text.slice(start, end)}-token`, rest, text, end);
  return found;
}

function matched(type: string, pattern: RegExp, text: string, at: number): { type: string; end: number } | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? { type, end: pattern.lastIndex } : null;
}

/** RFC 7468, section 10 and 11, and what tools of keys write beside it. */
export const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
export const PRIVATE_KEY_END = '-----END ';
