import type { Denial } from './denial.ts';

/** An answer of Sallyport's own that refuses nothing, such as to OPTIONS. `headers` are names and values in turn. */
export interface Answer {
  readonly answer: true;
  readonly status: number;
  readonly headers: readonly string[];
  /** Set where the answer is not made before the request's body was read: status and headers mean nothing then. */
  readonly afterBody?: {
    readonly maxBytes: number;
    respond(body: Uint8Array): Promise<Answer | Denial>;
  };
}
