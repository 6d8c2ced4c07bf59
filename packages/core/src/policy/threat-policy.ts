import type { Place } from './place.ts';

/** What an injected text would be run by. In policies, records and metrics a threat goes by this name. */
export const THREAT_CATEGORIES = [
  'sql',
  'nosql',
  'command',
  'code',
  'path',
  'markup',
  'template',
  'xml',
  'ldap',
  'xpath',
  'header',
  'ssrf',
  'deserialization',
  'lookup',
  'graphql',
] as const;
/** The name of a threat. */
export type ThreatCategory = (typeof THREAT_CATEGORIES)[number];

/** Where a value stands: a parameter by its place and name, or a place in a body, `*` for any one name or index. */
export type ThreatField =
  | { readonly in: 'path' | 'query' | 'header' | 'cookie'; readonly name: string }
  | { readonly in: 'body'; readonly tokens: readonly string[] };

/** Where something that looks like an attack is wanted. */
export interface ThreatException {
  /** Null: everywhere. Below a place of a body counts as the place. */
  readonly field: ThreatField | null;
  /** Null: every one. */
  readonly categories: ReadonlySet<ThreatCategory> | null;
  /** Hosts that URIs may lead to, in lower case, which nothing else is excepted for; null: it is no such exception. */
  readonly hosts: ReadonlySet<string> | null;
  /** operationIds, `METHOD /path` or `tag:NAME`; null: every operation. */
  readonly operations: readonly string[] | null;
  readonly place: Place;
}

/** How values are judged that look like injections. */
export interface ThreatPolicy {
  /** From 1 to 10: a value of this score is refused. */
  readonly threshold: number;
  /** Whether header fields are looked into that the document does not declare and that go upstream as they came. */
  readonly headers: boolean;
  /** What is not looked for at all. */
  readonly ignored: ReadonlySet<ThreatCategory>;
  readonly exceptions: readonly ThreatException[];
}

/** What a policy that says nothing means. */
export const DEFAULT_THREAT_POLICY: ThreatPolicy = Object.freeze({
  threshold: 5,
  headers: true,
  ignored: new Set<ThreatCategory>(),
  exceptions: [],
});
