/** A secret as it is used; the reference it came from (`${env:NAME}`) is kept for messages, the value never is. */
export interface Secret {
  readonly reference: string;
  reveal(): string;
}
