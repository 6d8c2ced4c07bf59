import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { firstTestOf } from './first-test.ts';
import type { PolicyJson } from './policy-json.ts';

function found(conditions: string): string | null {
  const answer = policyToJson(`permit(principal, action, resource) ${conditions};`);
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
  const test = firstTestOf(answer.json as unknown as PolicyJson);
  return test === null ? null : `${test.kind} ${test.keys.join(',')} after ${test.before.length}`;
}

describe('firstTestOf', () => {
  it.each([
    ['when { principal.subject == "ada" }', 'equals sada after 0'],
    ['when { "ada" == principal.subject }', 'equals sada after 0'],
    ['when { context.hour == 7 && context.secure }', 'equals n7 after 0'],
    ['when { principal == Principal::"x" }', 'equals ePrincipal"x after 0'],
    ['when { principal.claims has tenant && principal.claims.tenant == "a" && context.hour < 6 }', 'equals sa after 1'],
    ['when { principal.claims has tenant } when { principal.claims.tenant == "a" }', 'equals sa after 1'],
    ['unless { context.secure } when { context.secure && (context.host == "a" && true) }', 'equals sa after 2'],
    ['when { context.host == "a" || context.host == "b" || context.host == "a" }', 'equals sa,sb after 0'],
    ['when { ["a", "b", "a"].contains(context.host) }', 'equals sa,sb after 0'],
    ['when { principal.roles.contains("clerk") }', 'contains sclerk after 0'],
    ['when { principal in Role::"a" || principal in [Role::"b"] }', 'in Role"a,Role"b after 0'],
  ])('finds the first test in %s', (conditions, expected) => {
    expect(found(conditions)).toBe(expected);
  });

  it.each([
    'unless { context.host == "a" }',
    'when { context.host != "a" }',
    'when { context.host like "a*" }',
    'when { context.host == principal.subject }',
    'when { context.host == "a" || context.method == "GET" }',
    'when { context.host == "a" || context.secure }',
    'when { !(context.host == "a") }',
    'when { resource in Principal::"x" }',
    'when { principal in [resource] }',
    'when { if context.secure then context.host == "a" else true }',
    '',
  ])('finds none in %s, which may hold for any value', (conditions) => {
    expect(found(conditions)).toBeNull();
  });
});
