import { parsePointer } from '../../json/json-pointer.ts';
import type { OwnerMatch, OwnerTest, PrincipalValue, SubjectLabels } from '../ownership-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';

export type OneOrMore = string | readonly string[];

export function toMatches(
  owner: OneOrMore | undefined,
  equal: OneOrMore | undefined,
  pointer: string,
  problems: PolicyProblems,
  issuers: SubjectLabels | null,
): OwnerMatch[] {
  const places = many(owner).map(tokensOf);
  const equals = many(equal).map((text) => toValue(text, issuers));
  // Without an owner there are lists alone: each of their places takes all of them.
  if (places.length === 0) return [{ tokens: [], equals }];
  if (places.length > 1 && equals.length > 1) {
    if (places.length !== equals.length)
      problems.add(
        'POLICY_CONTRADICTION',
        `${pointer}/equals`,
        `there are ${places.length} places of an owner and ${equals.length} values`,
        'Write one value for each place, in the same order, or one for all.',
      );
    return places.map((tokens, index) => ({ tokens, equals: equals.slice(index, index + 1) }));
  }
  return places.map((tokens) => ({ tokens, equals }));
}

export function toPrefix(text: string, issuers: SubjectLabels | null): OwnerTest {
  const open = text.indexOf('{');
  const close = text.indexOf('}');
  return {
    kind: 'prefix',
    before: text.slice(0, open),
    value: toValue(text.slice(open + 1, close), issuers),
    after: text.slice(close + 1),
  };
}

export function toLabels(authored: OneOrMore | ReadonlyMap<string, string> | undefined): SubjectLabels | null {
  if (authored === undefined) return null;
  if (typeof authored !== 'object' || !('get' in authored))
    return new Map(many(authored).map((issuer) => [issuer, '']));
  return new Map([...authored].map(([issuer, written]) => [issuer, written.slice(0, -'{subject}'.length)]));
}

export function toValue(text: string, issuers: SubjectLabels | null): PrincipalValue {
  const value = parseValue(text);
  return issuers === null ? value : { ...value, issuers };
}

function parseValue(text: string): PrincipalValue {
  const rest = text.slice('principal.'.length);
  if (rest === 'subject' || rest === 'issuer' || rest === 'keyId') return { from: rest };
  const path = rest.slice('attributes'.length);
  return { from: 'attributes', path: path.startsWith(':') ? parsePointer(path.slice(1)) : path.slice(1).split('.') };
}

export function tokensOf(text: string): string[] {
  return parsePointer(text.slice('response:'.length));
}

export function many(value: OneOrMore | undefined): readonly string[] {
  if (value === undefined) return [];
  // Lists may have holes where an item was refused.
  return typeof value === 'string' ? [value] : value.filter(() => true);
}
