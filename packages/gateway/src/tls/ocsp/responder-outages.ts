/** Told of what becomes of responders; `detail` names the responder by its origin, and why. */
export type TellResponder = (level: 'info' | 'warn', message: string, detail: string) => void;

interface Outage {
  lastFailureMs: number;
  /** The certificate alone that nothing is said about; null where the responder is away for all. */
  readonly certificate: string | null;
}

/** More are told of together: certificates name them, and an authority may name one for each. */
const MAX_TOLD = 32;
/** A responder that answers one question and not the next is not told of with each: it is back when it has not failed for so long. */
const CALM_MS = 10_000;
/** Where there is no room for another one, what has not failed for so long is forgotten: nobody asks there any more. */
const FORGOTTEN_MS = 3_600_000;

/**
 * Tells when responders begin to leave questions unanswered, once an outage, and when each is back. Without it nobody would notice where clients are let in without an
 * answer. Bounded: past 32 responders that are away it is told once that there are more.
 */
export class ResponderOutages {
  readonly #tell: TellResponder;
  readonly #consequence: string;
  readonly #outages = new Map<string, Outage>();
  #toldOfMore = false;

  /** `consequence`: what becomes of clients meanwhile. */
  constructor(tell: TellResponder, consequence: string) {
    this.#tell = tell;
    this.#consequence = consequence;
  }

  /** A question came to nothing. `responder` is an origin, or what stands in place of one. `certificate`: the one that it is about, where the responder may well answer about others. */
  failed(responder: string, reason: string, certificate: string | null, nowMs: number): void {
    const name = certificate === null ? responder : `${responder} ${reason}`;
    const known = this.#outages.get(name);
    if (known !== undefined) {
      known.lastFailureMs = nowMs;
      return;
    }
    if (this.#outages.size >= MAX_TOLD)
      for (const [other, { lastFailureMs }] of this.#outages)
        if (nowMs - lastFailureMs > FORGOTTEN_MS) this.#outages.delete(other);
    if (this.#outages.size >= MAX_TOLD) {
      if (!this.#toldOfMore)
        this.#tell('warn', 'more OCSP responders give no answer than are told of one by one', this.#consequence);
      this.#toldOfMore = true;
      return;
    }
    this.#outages.set(name, { lastFailureMs: nowMs, certificate });
    this.#tell(
      'warn',
      `an OCSP responder gives no answer${certificate === null ? '' : ' about a certificate'}`,
      `${reason}; ${this.#consequence}`,
    );
  }

  /** A question about a certificate was answered. */
  answered(responder: string, certificate: string, nowMs: number): void {
    if (this.#outages.size === 0) return;
    for (const [name, outage] of this.#outages) {
      const over =
        outage.certificate === null
          ? name === responder && nowMs - outage.lastFailureMs >= CALM_MS
          : outage.certificate === certificate;
      if (!over) continue;
      this.#outages.delete(name);
      this.#toldOfMore = false;
      this.#tell('info', 'an OCSP responder answers again', responder);
    }
  }

  /** Goes on after a reload: what was told is not told again. */
  inherit(before: ResponderOutages): void {
    for (const [name, outage] of before.#outages) this.#outages.set(name, outage);
    this.#toldOfMore = before.#toldOfMore;
  }
}
