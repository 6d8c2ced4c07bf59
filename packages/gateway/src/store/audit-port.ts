/** Who did something, and when; goes into the audit trail together with what was done, or neither does. */
export interface Actor {
  readonly actor: string;
  readonly atMs: number;
}

/** One row of the audit trail. `hash` covers all the rest and `previous`, the hash of the row before. */
export interface AuditEntry {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  readonly atMs: number;
  readonly actor: string;
  readonly act: string;
  readonly target: string;
  /** A JSON object. */
  readonly details: string;
  readonly previous: string;
  readonly hash: string;
}

/** The newest row, as the store vouches for it: a removed tail shows. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** A row that is not as it was written, or not there, and what is wrong, for people. */
export interface AuditFault {
  readonly sequence: number;
  readonly fault: string;
}

/** What reading the whole trail found. */
export interface AuditReport {
  readonly entries: number;
  readonly head: AuditHead;
  /** Empty where the trail is whole; at most 100. */
  readonly faults: readonly AuditFault[];
}
