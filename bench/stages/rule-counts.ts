/** How many rules of each kind there are in a plan of the stage benchmark. One of each concerns the requests; the others have to be passed over. */
export interface RuleCounts {
  /** Operations beside those that are called, each with a limit and an owner of its own. */
  readonly operations: number;
  /** Query parameters that an operation declares. */
  readonly parameters: number;
  /** Properties that a schema declares, each marked: who sees and who sets it, and that it is a plain text. */
  readonly properties: number;
  readonly roles: number;
  /** Half of them about a role, half about everybody of some tenant. */
  readonly policies: number;
  /** Exceptions from the rule against injections. */
  readonly exceptions: number;
  readonly proxies: number;
  /** API keys, and tokens in use. */
  readonly credentials: number;
}

export type RuleKind = keyof RuleCounts;

export const ONE_OF_EACH: RuleCounts = {
  operations: 1,
  parameters: 1,
  properties: 1,
  roles: 1,
  policies: 1,
  exceptions: 1,
  proxies: 1,
  credentials: 1,
};

/** More than that a policy file does not hold of some kinds, and few documents have of others. */
export const MOST: Partial<Record<RuleKind, number>> = {
  operations: 1000,
  properties: 1000,
  exceptions: 1000,
  proxies: 1000,
};

/** Which stages have to find their way among rules of a kind. */
export const CONCERNED: Readonly<Record<RuleKind, readonly string[]>> = {
  operations: ['match', 'limits', 'ownership', 'ownership of the answer'],
  parameters: ['parameters', 'threats'],
  properties: [
    'body',
    'properties',
    'sanitise',
    'threats',
    'encryption',
    'decryption',
    'response',
    'properties of the answer',
    'sanitise of the answer',
    'detectors',
  ],
  roles: ['roles granted', 'roles'],
  policies: ['policies'],
  exceptions: ['threats'],
  proxies: ['head'],
  credentials: ['authentication'],
};

export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
