/** An answer of Sallyport's own that refuses nothing, such as to OPTIONS. `headers` are names and values in turn. */
export interface Answer {
  readonly answer: true;
  readonly status: number;
  readonly headers: readonly string[];
}
