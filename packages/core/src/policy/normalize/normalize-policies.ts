import type { CedarType } from '../../cedar/cedar-type.ts';
import type { AttributePolicies } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { CLAIM_TYPES, policiesShape } from '../schema/schema-policies.ts';
import type { Read } from '../shape.ts';

const POINTER = '/authorization/policies';

/** Turns `authorization.policies` into the canonical form; null where there is none. */
export function normalizePolicies(
  authored: Read<typeof policiesShape> | undefined,
  trustedProxies: readonly string[],
  inDocument: (pointer: string) => boolean,
  problems: PolicyProblems,
): AttributePolicies | null {
  if (authored === undefined) return null;
  // A document that could name files would have any file of this machine read.
  if (inDocument(POINTER))
    problems.add(
      'POLICY_CONTRADICTION',
      POINTER,
      'the document cannot say which policies to read',
      'Name them in the policy file.',
      'key',
    );
  if (typeof authored === 'string') return { ...PLAIN, files: [authored] };
  if (isList(authored)) return { ...PLAIN, files: authored };
  const { files, needPermit, claims, countryHeader } = authored;
  if (countryHeader !== undefined && trustedProxies.length === 0)
    problems.add(
      'POLICY_CONTRADICTION',
      `${POINTER}/countryHeader`,
      'no proxy is trusted to tell the country of a client',
      'Name the proxies that set the header in trustedProxies.',
    );
  return {
    files: typeof files === 'string' ? [files] : files,
    needPermit,
    claims: new Map([...claims].map(([name, type]) => [name, CLAIM_TYPE[type]])),
    countryHeader: countryHeader ?? null,
  };
}

const PLAIN = { needPermit: 'protected', claims: new Map(), countryHeader: null } as const;

const CLAIM_TYPE: Readonly<Record<(typeof CLAIM_TYPES)[number], CedarType>> = {
  String: { kind: 'String' },
  Long: { kind: 'Long' },
  Boolean: { kind: 'Boolean' },
  decimal: { kind: 'decimal' },
  datetime: { kind: 'datetime' },
  'Set<String>': { kind: 'Set', of: { kind: 'String' } },
  'Set<Long>': { kind: 'Set', of: { kind: 'Long' } },
};

function isList<T>(value: T | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}
