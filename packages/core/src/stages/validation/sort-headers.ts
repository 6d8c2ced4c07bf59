import { NOTHING_DECLARED } from './header-classes.ts';
import type { ResponseRule, StatusRule } from './compile-response.ts';

/** The head of an answer, sorted: what passes, what is left out, what is to be checked. */
export interface SortedHead {
  /** Names and values in turn, as they pass. Without Content-Length: `lengthName` and `length` hold it. */
  readonly headers: string[];
  /** Names that were left out, each once. */
  readonly undeclared: string[];
  /** Names over which the answer is refused. */
  readonly blocked: string[];
  /** Of declared headers: values by name. Null where there are none. */
  values: Map<string, string[]> | null;
  contentType: string | null;
  /** How many Content-Type headers there are. */
  contentTypes: number;
  /** A Content-Encoding other than `identity` stands there. */
  encoded: boolean;
  lengthName: string;
  length: string | null;
}

export function sortHeaders(
  rule: ResponseRule,
  declared: StatusRule | null,
  rawHeaders: readonly string[],
): SortedHead {
  const head: SortedHead = {
    headers: [],
    undeclared: [],
    blocked: [],
    values: null,
    contentType: null,
    contentTypes: 0,
    encoded: false,
    lengthName: '',
    length: null,
  };
  const classes = declared?.classes ?? NOTHING_DECLARED;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const found = classes.of(name);
    if (found.declared) keepValue(head, found.lower, value);
    if (found.read !== null) {
      if (found.read === 'content-length' && head.length === null) {
        head.lengthName = name;
        head.length = value;
        continue;
      }
      if (found.read === 'content-type') {
        head.contentTypes += 1;
        head.contentType ??= value;
      } else if (value.trim().toLowerCase() !== 'identity') head.encoded = true;
    }
    if (found.declared) head.headers.push(name, value);
    else if (found.banner) continue;
    else if (found.passing || !rule.guarded || (found.lower === 'set-cookie' && setsDeclaredCookie(rule, value)))
      head.headers.push(name, value);
    else settleUndeclared(rule, head, found.lower, name, value);
  }
  return head;
}

function keepValue(head: SortedHead, lower: string, value: string): void {
  head.values ??= new Map();
  const values = head.values.get(lower);
  if (values === undefined) head.values.set(lower, [value]);
  else values.push(value);
}

function settleUndeclared(rule: ResponseRule, head: SortedHead, lower: string, name: string, value: string): void {
  if (rule.policy.undeclaredHeaders === 'block') head.blocked.push(lower);
  if (rule.policy.undeclaredHeaders !== 'strip') head.headers.push(name, value);
  else if (!head.undeclared.includes(lower)) head.undeclared.push(lower);
}

/**
 * Whether the cookie is one that the document knows. Documents hardly ever declare Set-Cookie, and a login without its cookie is none; a
 * cookie of any other name may come from a line break that somebody put into a value (HTTP response splitting).
 */
function setsDeclaredCookie(rule: ResponseRule, setCookie: string): boolean {
  const equals = setCookie.indexOf('=');
  return equals > 0 && rule.cookies.has(setCookie.slice(0, equals).trim());
}
