/** Of one answer; a record lists fewer. */
const MAX_PLACES = 100;

/** Where something was left out of an answer, each place once. Bounded: an upstream decides how long a stream is. */
export class DroppedPlaces {
  readonly #places = new Set<string>();

  add(places: readonly string[]): void {
    for (const place of places) {
      if (this.#places.size >= MAX_PLACES) return;
      this.#places.add(place);
    }
  }

  /** In the order in which they were found. */
  get list(): readonly string[] {
    return [...this.#places];
  }
}
