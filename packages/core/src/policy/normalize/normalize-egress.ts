import { joinPointer } from '../../json/json-pointer.ts';
import { isAddress, parseRange } from '../addresses.ts';
import { classifyAddress } from '../classify-address.ts';
import type { EgressPolicy } from '../egress-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { egressShape } from '../schema/schema-egress.ts';
import type { Read } from '../shape.ts';
import { HOST_NAME } from '../text-formats.ts';

const RANGE_PROBLEMS = {
  syntax: ['expected an IP address, a range or a host name', 'Write 10.20.0.0/16, fd00::/8 or id.example.internal.'],
  'host-bits': [
    'the range has bits set after its prefix',
    'Write the network: 10.1.2.0/24, or one address without a prefix.',
  ],
  'too-wide': [
    'the range is wider than any private network',
    'Name the network that is meant; public addresses need no entry.',
  ],
} as const;

/** Sorts what `egress.allow` lists. `inDocument`: the OpenAPI document says so, which would let it open the network to itself. */
export function normalizeEgress(
  { allow }: Read<typeof egressShape>,
  inDocument: boolean,
  problems: PolicyProblems,
): EgressPolicy {
  const ranges = new Set<string>();
  const hosts = new Set<string>();
  if (inDocument)
    problems.add(
      'POLICY_CONTRADICTION',
      '/egress',
      'the document cannot say where Sallyport may connect',
      'Write it in the policy file.',
      'key',
    );
  allow.forEach((text, index) => {
    const pointer = joinPointer('/egress/allow', index);
    if (!text.includes('/') && !isAddress(text) && isHostName(text)) {
      hosts.add(text.toLowerCase());
      return;
    }
    const parsed = parseRange(text);
    if (!parsed.ok) {
      const [message, hint] = RANGE_PROBLEMS[parsed.problem];
      problems.add('POLICY_ADDRESS', pointer, message, hint);
    } else if (classifyAddress(parsed.range.replace(/\/.*$/, '')) === 'never')
      problems.add('POLICY_EGRESS_NEVER', pointer, 'nothing is ever asked at these addresses', 'Remove the entry.');
    else ranges.add(parsed.range);
  });
  return { ranges: [...ranges], hosts: [...hosts] };
}

function isHostName(text: string): boolean {
  return new RegExp(HOST_NAME.pattern).test(text) && !/^[\d.]+$/.test(text);
}
