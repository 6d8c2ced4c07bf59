/**
 * Vault could not be asked, or said no. `unavailable`: asking again later may help; `denied`: the token does not allow it, or counts no longer;
 * `refused`: what was asked for cannot be done. The message is for the operator and holds neither tokens nor what was sent.
 */
export class VaultError extends Error {
  readonly kind: 'unavailable' | 'denied' | 'refused';

  constructor(kind: VaultError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
