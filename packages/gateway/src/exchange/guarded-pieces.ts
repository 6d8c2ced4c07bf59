import {
  decideAnswer,
  deny,
  UpstreamAnswer,
  type Denial,
  type Exchange,
  type PlannedAnswerStep,
  type Ports,
} from '@sallyport/core';
import type { WholeTexts } from './whole-texts.ts';

/** What goes on of the next texts, and the places of what was left out, with `*` for the text; a denial where nothing more goes on. */
export type GuardedPiece = { readonly bytes: Uint8Array; readonly dropped: readonly string[] } | Denial;

/** A stream of JSON texts on its way through the stages between answer and reply, piece by piece, each of whole texts. */
export class GuardedPieces {
  readonly #steps: readonly PlannedAnswerStep[];
  readonly #status: number;
  readonly #headers: string[];
  readonly #exchange: Exchange;
  readonly #ports: Ports;
  readonly #texts: WholeTexts | null;

  /** `texts` cuts what comes between texts; null where it comes in whole ones. */
  constructor(
    steps: readonly PlannedAnswerStep[],
    status: number,
    headers: string[],
    exchange: Exchange,
    ports: Ports,
    texts: WholeTexts | null,
  ) {
    this.#steps = steps;
    this.#status = status;
    this.#headers = headers;
    this.#exchange = exchange;
    this.#ports = ports;
    this.#texts = texts;
  }

  take(chunk: Uint8Array, isLast: boolean): GuardedPiece {
    const cut = this.#texts;
    const texts = cut === null ? chunk : isLast ? cut.end(chunk) : cut.push(chunk);
    if (texts === null) return deny('RESPONSE_TOO_LARGE', 'response', { facts: { maxBytes: cut?.maxBytes ?? 0 } });
    if (texts.length === 0) return { bytes: texts, dropped: [] };
    const answer = new UpstreamAnswer(this.#status, this.#headers, texts);
    const denial = decideAnswer(this.#steps, answer, this.#exchange, this.#ports);
    if (denial instanceof Promise) throw new TypeError('a stage that takes pieces waits for nothing');
    if (denial !== null) return denial;
    return { bytes: answer.bytes(), dropped: answer.dropped.map((pointer) => pointer.replace(/^\/\d+/, '/*')) };
  }
}
