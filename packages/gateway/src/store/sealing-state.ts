/** What vouches for the rows of the audit trail from a sequence on; it outlives the key that it was derived from. */
export interface Voucher {
  readonly from: number;
  /** In hex. */
  readonly key: string;
}

/** Under which keys the store is sealed. It is sealed itself, under the current one, and says so at its beginning. */
export interface SealingState {
  /** What everything new is sealed under, at every node: not what a node holds for the newest. */
  readonly current: string;
  /** Keys that rows may still be sealed under. */
  readonly older: readonly string[];
  readonly vouchers: readonly Voucher[];
}
