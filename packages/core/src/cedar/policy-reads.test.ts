import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { expect, it } from 'vitest';
import type { PolicyJson } from './policy-json.ts';
import { momentOf } from './policy-reads.ts';

function momentFor(condition: string): string {
  const answer = policyToJson(`permit(principal, action, resource) when { ${condition} };`);
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
  return momentOf(answer.json as unknown as PolicyJson);
}

it.each([
  ['true', 'head'],
  ['principal.claims.tenant == context.host', 'head'],
  ['resource.tags.contains("a") && resource.method == "GET"', 'head'],
  ['resource == GetAccount::"/a" || resource is GetAccount || resource in Role::"x"', 'head'],
  ['resource.path.id == principal.subject', 'parameters'],
  ['resource has query && resource.query has limit && resource.query.limit > 10', 'parameters'],
  ['resource has query.limit', 'parameters'],
  ['principal in Role::"a" || resource.header["X-Tenant"] == "a"', 'parameters'],
  ['resource.body.amount > 1', 'body'],
  ['resource has body', 'body'],
  ['if resource has body then true else false', 'body'],
  ['!(context.hour > 3 && resource.body.a)', 'body'],
  ['(if context.secure then resource else resource).path.id == "a"', 'body'],
  ['[resource].contains(resource)', 'body'],
  ['{ "a": resource }.a.path.id == "x"', 'body'],
  ['GetAccount::"/a".path.id == "x"', 'body'],
  ['resource.anything == "x"', 'body'],
])('%s is decided over at the %s', (condition, moment) => expect(momentFor(condition)).toBe(moment));
