/** The policy of the stage benchmark: of each kind of rule as many as asked for. One of each concerns the requests, the others have to be passed over. */
import { parsePolicy, type Policy, type PolicySources } from '@sallyport/core';
import { cedarLanguage } from '@sallyport/gateway';
import { numbersTo, type RuleCounts } from './rule-counts.ts';

export const TENANT = 'harbour';

export function benchPolicy(counts: RuleCounts): Policy {
  const named = <Value>(letter: string, numbers: readonly number[], value: Value): Record<string, Value> =>
    Object.fromEntries(numbers.map((n) => [`${letter}${n}`, value]));
  const authored = {
    trustedProxies: numbersTo(counts.proxies).map((n) => `10.${n >> 8}.${n & 255}.0/24`),
    authentication: {
      bearer: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' },
      key: { keys: 'store' },
    },
    store: 'sqlite:bench.db',
    authorization: {
      roles: {
        clerk: { permissions: ['tag:things'] },
        ...named('r', numbersTo(counts.roles).slice(1), { permissions: ['o0'] }),
      },
      policies: { files: 'p', claims: { tenant: 'String' } },
      ownership: {
        thing: {
          id: 'path.id',
          operations: ['getThing'],
          owner: 'response:/ownerId',
          lists: { listThings: { items: 'response:/*/ownerId' } },
        },
        account: { id: 'body:/accountId', operations: ['createThing'], startsWith: '{principal.attributes.tenant}-' },
      },
    },
    limits: [
      { name: 'all', by: 'address', algorithm: 'token-bucket', rate: '1000000/s' },
      { name: 'each', by: 'principal', algorithm: 'sliding-window', limit: '10000000/min' },
    ],
    operations: named('o', numbersTo(counts.operations), { limits: [{ rate: '5/s' }] }),
    data: {
      classes: { pii: ['email'] },
      visible: { pii: ['role:clerk'] },
      encrypt: { fields: ['secret'], keys: { file: 'data-keys.json', master: '${env:MASTER_KEY}' } },
    },
    threats: { exceptions: numbersTo(counts.exceptions).map((n) => ({ field: `body:/m${n}` })) },
  };
  return parsePolicy(
    { file: 'sallyport.yaml', text: JSON.stringify(authored) },
    { environment: () => 'ab'.repeat(32), readFile: () => '' },
  );
}

/** One permit that holds, and as many policies again as are asked for: half of them about a role, half about everybody of another tenant. */
export function benchPolicies(counts: RuleCounts): PolicySources {
  const policies = ['permit(principal in Role::"clerk", action in Action::"tag:things", resource);'];
  for (const n of numbersTo(counts.policies))
    policies.push(
      n % 2 === 0
        ? `forbid(principal in Role::"r${n}", action in Action::"tag:things", resource) when { context.hour < 6 };`
        : `forbid(principal, action in Action::"tag:things", resource) when { principal.claims has tenant && principal.claims.tenant == "t${n}" && context.hour < 25 };`,
    );
  return { files: [{ file: 'p.cedar', text: policies.join('\n') }], language: cedarLanguage() };
}
