import {
  decideAnswer,
  UpstreamAnswer,
  type Denial,
  type Exchange,
  type PlannedAnswerStep,
  type Ports,
} from '@sallyport/core';

/** A stream of JSON texts on its way through the stages between answer and reply, piece by piece, each of whole texts. */
export class GuardedPieces {
  readonly #steps: readonly PlannedAnswerStep[];
  readonly #status: number;
  readonly #headers: string[];
  readonly #exchange: Exchange;
  readonly #ports: Ports;

  constructor(
    steps: readonly PlannedAnswerStep[],
    status: number,
    headers: string[],
    exchange: Exchange,
    ports: Ports,
  ) {
    this.#steps = steps;
    this.#status = status;
    this.#headers = headers;
    this.#exchange = exchange;
    this.#ports = ports;
  }

  /** What goes on of the next texts, and the places of what was left out, with `*` for the text; a denial where nothing more goes on. */
  take(texts: Uint8Array): { readonly bytes: Uint8Array; readonly dropped: readonly string[] } | Denial {
    const answer = new UpstreamAnswer(this.#status, this.#headers, texts);
    const denial = decideAnswer(this.#steps, answer, this.#exchange, this.#ports);
    if (denial instanceof Promise) throw new TypeError('a stage that takes pieces waits for nothing');
    if (denial !== null) return denial;
    return { bytes: answer.bytes(), dropped: answer.dropped.map((pointer) => pointer.replace(/^\/\d+/, '/*')) };
  }
}
