import { Buffer } from 'node:buffer';
import { jsonTexts, type ResponseDecision } from '@sallyport/core';
import { answerHead } from './answer-head.ts';

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const RS = 0x1e;

/** Cuts a stream of JSON texts between texts, wherever the network has cut it: a line ends with its LF, a text of a sequence where the next begins (RFC 7464). */
export class WholeTexts {
  readonly maxBytes: number;
  readonly #isSequence: boolean;
  /** The beginning of a text of which the rest has not come. */
  #begun: Uint8Array[] = [];
  #bytes = 0;

  /** No more than `maxBytes` of a text are kept while its rest is awaited. */
  constructor(isSequence: boolean, maxBytes: number) {
    this.#isSequence = isSequence;
    this.maxBytes = maxBytes;
  }

  /** The texts that are whole with what came; null where too much of one waits for its rest. */
  push(chunk: Uint8Array): Uint8Array | null {
    const end = this.#isSequence ? chunk.lastIndexOf(RS) : chunk.lastIndexOf(LF) + 1;
    // The first byte of all begins a text and ends none.
    if (end <= 0 && !(end === 0 && this.#isSequence && this.#bytes > 0)) {
      this.#begun.push(chunk);
      this.#bytes += chunk.length;
      return this.#bytes > this.maxBytes ? null : NOTHING;
    }
    const texts = this.end(chunk.subarray(0, end));
    this.#begun = [chunk.subarray(end)];
    this.#bytes = chunk.length - end;
    return this.#bytes > this.maxBytes ? null : texts;
  }

  /** All that is left, with what came last. */
  end(rest: Uint8Array): Uint8Array {
    const texts = this.#bytes === 0 ? rest : Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    this.#bytes = 0;
    return texts;
  }
}

/** What cuts a stream of JSON texts between texts; null where its check gives whole ones. */
export function textsOf(decision: ResponseDecision): WholeTexts | null {
  if (decision.stream?.givesItems === true) return null;
  return new WholeTexts(jsonTexts(answerHead(decision).contentType) === 'sequence', decision.maxBytes);
}
