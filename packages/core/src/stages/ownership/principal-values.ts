import { oncePer } from '../../once-per.ts';
import type { OwnedResource, PrincipalValue, SubjectLabels } from '../../policy/ownership-policy.ts';
import type { Principal } from '../../principal.ts';

/** Sets of long lists of claims, made once for as long as the credential is remembered. */
const setOf = oncePer(
  (list: readonly unknown[]): ReadonlySet<string> => new Set(list.map(textOf).filter((one) => one !== null)),
);
/** Up to here looking through a list is no slower than a set. */
const SHORT = 8;

/** Whether this value of the principal is the text, or holds it. Nothing is equal to nothing: an anonymous principal owns no object without an owner. */
export function holds(principal: Principal, value: PrincipalValue, text: string): boolean {
  if (text === '') return false;
  const held = read(principal, value);
  if (typeof held === 'string') return held === text;
  if (!Array.isArray(held)) return textOf(held) === text;
  const list = held as readonly unknown[];
  if (list.length <= SHORT) return list.some((one) => textOf(one) === text);
  return setOf(list).has(text);
}

/** Whether a text of a value of the principal is as asked for; none where there is none. */
export function someText(principal: Principal, value: PrincipalValue, holdsFor: (text: string) => boolean): boolean {
  const held = read(principal, value);
  if (typeof held === 'string') return held !== '' && holdsFor(held);
  return textsOf(principal, value).some(holdsFor);
}

/** Every text of a value of the principal; none where there is none. */
export function textsOf(principal: Principal, value: PrincipalValue): readonly string[] {
  const held = read(principal, value);
  return (Array.isArray(held) ? (held as readonly unknown[]) : [held]).map(textOf).filter((one) => one !== null);
}

/** Whether the principal holds a role or scope that may have every object. */
export function isExempt(principal: Principal, { unless }: OwnedResource): boolean {
  return (
    (unless.roles.length > 0 && unless.roles.some((role) => principal.roles.includes(role))) ||
    (unless.scopes.length > 0 && unless.scopes.some((scope) => principal.scopes.has(scope)))
  );
}

function read(principal: Principal, value: PrincipalValue): unknown {
  if (value.issuers !== undefined) {
    if (!value.issuers.has(principal.issuer)) return undefined;
    if (value.from === 'subject') return labelled(principal, value.issuers);
  }
  if (value.from !== 'attributes') return principal[value.from];
  let at: unknown = principal.attributes;
  for (const name of value.path) {
    // An inherited member such as `constructor` is nobody's claim.
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}

/** The subject as it is compared. An issuer whose label is another's beginning could name its subjects as the other's are written: those name nobody. */
function labelled({ issuer, subject }: Principal, labels: SubjectLabels): string | undefined {
  if (subject === '') return undefined;
  const own = labels.get(issuer) ?? '';
  const text = own + subject;
  for (const label of labels.values()) if (label.length > own.length && text.startsWith(label)) return undefined;
  return text;
}

/** A claim as text; null for what names nothing. A number that was rounded when the token was read may have been another. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
}
