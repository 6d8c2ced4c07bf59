import {
  decideOwnedAnswer,
  decideOwnedHead,
  denyNotWhole,
  hideFromHead,
  keepPrivate,
  settle,
  UpstreamAnswer,
  type Denial,
  type Exchange,
  type OwnedAnswerRule,
} from '@sallyport/core';
import type { UpstreamFailure, UpstreamSink } from '../wire/upstream-port.ts';

/** Who gets the answer where it may be passed on. */
export interface OwnedTarget extends UpstreamSink {
  /** The answer is refused before anything else was decided over it. */
  onAnswerRefused(status: number, denial: Denial): void;
  /** JSON Pointers of items that were taken out of it. */
  onItemsRemoved(places: readonly string[]): void;
  onAnswerFault(error: unknown): void;
}

/** What is refused is read to its end up to this size, so that the connection to the upstream can be kept. */
const DRAIN_BYTES = 64 * 1024;

/**
 * Stands between the upstream and the exchange where answers hold objects that are owned: keeps an answer back until it is known whose the
 * objects are, and hands it on as if it had just come. So an answer that is broken or not as declared tells a stranger no more than a good one. Where the rule is only
 * observed, it keeps nothing back, and looks at a copy in the end.
 */
export class OwnedSink implements UpstreamSink {
  readonly #rule: OwnedAnswerRule;
  readonly #exchange: Exchange;
  readonly #target: OwnedTarget;
  readonly #maxBytes: number;
  #status = 0;
  #headers: string[] = [];
  #held: Buffer[] | null = null;
  #heldBytes = 0;
  #refused: Denial | null = null;
  #over = false;
  readonly #observes: boolean;

  constructor(rule: OwnedAnswerRule, exchange: Exchange, target: OwnedTarget, maxBytes: number) {
    this.#rule = rule;
    this.#observes = rule.mode === 'observe';
    this.#exchange = exchange;
    this.#target = target;
    this.#maxBytes = maxBytes;
  }

  onUpstreamHead(status: number, rawHeaders: string[]): void {
    this.#status = status;
    this.#headers = this.#observes ? [...rawHeaders] : rawHeaders;
    try {
      if (!this.#observes) keepPrivate(rawHeaders);
      const verdict = decideOwnedHead(this.#rule, status, this.#exchange);
      if (verdict === 'whole') this.#held = [];
      else if (typeof verdict === 'object') this.#refused = settle(verdict.denial, this.#rule.mode, this.#exchange);
      else if (verdict === 'head' && !this.#observes) hideFromHead(this.#rule, rawHeaders, this.#exchange);
    } catch (error) {
      return this.#fault(error);
    }
    if ((this.#held === null || this.#observes) && this.#refused === null)
      this.#target.onUpstreamHead(status, rawHeaders);
  }

  onUpstreamData(chunk: Buffer): boolean {
    if (this.#over) return true;
    if (this.#refused !== null) {
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > DRAIN_BYTES) this.#refuse(this.#refused);
      return true;
    }
    if (this.#held !== null) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > this.#maxBytes) this.#tooLarge();
      if (!this.#observes) return true;
    }
    return this.#target.onUpstreamData(chunk);
  }

  onUpstreamEnd(): void {
    if (this.#over) return;
    if (this.#refused !== null) return this.#refuse(this.#refused);
    if (this.#held === null) return this.#target.onUpstreamEnd();
    try {
      const whole = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
      const answer = new UpstreamAnswer(this.#status, this.#headers, whole);
      const denial = settle(decideOwnedAnswer(this.#rule, answer, this.#exchange), this.#rule.mode, this.#exchange);
      if (denial !== null) return this.#refuse(denial);
      if (this.#observes) return this.#target.onUpstreamEnd();
      const bytes = answer.bytes();
      if (answer.dropped.length > 0) this.#target.onItemsRemoved(answer.dropped);
      this.#target.onUpstreamHead(this.#status, this.#headers);
      if (bytes.length > 0) this.#target.onUpstreamData(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      this.#target.onUpstreamEnd();
    } catch (error) {
      this.#fault(error);
    }
  }

  onUpstreamFailure(failure: UpstreamFailure): void {
    if (this.#over) return;
    if (this.#refused !== null) this.#refuse(this.#refused);
    else this.#target.onUpstreamFailure(failure);
  }

  #tooLarge(): void {
    this.#held = null;
    const why = 'the answer is larger than responses.maxBodyBytes';
    const denial = settle(denyNotWhole(this.#rule, why, this.#exchange), this.#rule.mode, this.#exchange);
    if (denial !== null) this.#refuse(denial);
  }

  #refuse(denial: Denial): void {
    this.#over = true;
    this.#target.onAnswerRefused(this.#status, denial);
  }

  #fault(error: unknown): void {
    this.#over = true;
    this.#target.onAnswerFault(error);
  }
}

/** Ask for a part of an answer, or for none where it has not changed: whose it is could not be told from that. */
const PARTIAL = new Set([
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'accept-encoding',
]);

/** Takes out of what goes upstream whatever would bring back less than the whole answer, where the answer is looked into. */
export function askForWhole({ answered, lists, mode }: OwnedAnswerRule, headers: string[]): void {
  if ((answered.length === 0 && lists.length === 0) || mode !== 'enforce') return;
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (PARTIAL.has((headers[i] as string).toLowerCase())) headers.splice(i, 2);
  headers.push('Accept-Encoding', 'identity');
}
