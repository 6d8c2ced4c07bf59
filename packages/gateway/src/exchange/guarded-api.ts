import type { AccessRecord, Denial, EnumerationWatch, Plan, Ports } from '@sallyport/core';
import type { OwnAnswer } from '../own/own-upstream.ts';
import type { ApiLife } from './api-life.ts';
import type { ReadForwarded } from '../tls/forwarded-certificate.ts';
import type { ProvedThumbprint } from '../tls/proved-thumbprint.ts';
import type { UpstreamPort } from '../wire/upstream-port.ts';

/** Everything one exchange runs on. Replaced whole on reload; exchanges under way keep the one they started on. */
export interface GuardedApi {
  readonly plan: Plan;
  readonly ports: Ports;
  readonly upstream: UpstreamPort;
  /** Path of `upstream.url`, put before every path that goes upstream; `''` for none. */
  readonly upstreamBasePath: string;
  /** True where the upstream holds bodies whole: one that is larger than it may be is refused whatever the rule for bodies says. Absent: it takes them as they come. */
  readonly takesWhole?: boolean;
  readonly ownHeaders: readonly string[];
  /** The certificate that a connection proves, for tokens that are bound to one. */
  readonly thumbprint: ProvedThumbprint;
  /** Reads what a proxy says of its client's certificate; null where no proxy is to say it. */
  readonly forwarded: ReadForwarded | null;
  readonly life: ApiLife;
  /** Notices who asks for many objects of others; null or absent where nobody watches. */
  readonly enumeration?: EnumerationWatch | null;
  /** Names of members that carry a data class, in lower case. */
  readonly classified: ReadonlySet<string>;
  /** Tells a denial in another form than a problem; null for a problem. Headers of the denial go with it. */
  readonly renderDenial?: ((denial: Denial) => OwnAnswer | null) | undefined;
  /** What every request is refused with; absent where they are decided over. */
  readonly refusal?: Denial;
  /** What Sallyport itself answers at the same door; absent or null for nothing. */
  readonly own?: OwnPaths | null;
}

/** Operations of Sallyport's own, guarded like any other. */
export interface OwnPaths {
  readonly api: GuardedApi;
  /** Exactly these, as they stand in a request line; nothing is decoded. */
  readonly paths: ReadonlySet<string>;
}

/** Where exchanges find the current API and leave their records. */
export interface Door {
  api: GuardedApi;
  /** True once the process was told to stop: replies close their connections. */
  draining: boolean;
  nextRequestId(): string;
  /** `look` is called once the reply has gone out, and adds to the findings of the record. */
  record(record: AccessRecord, look?: (() => void) | null): void;
}
