/** Upper bounds in milliseconds; the last bucket is everything above. */
const BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000] as const;

/** Latencies in fixed buckets: one array of numbers, rendered when somebody asks. */
export class Histogram {
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #sumMs = 0;

  observe(ms: number): void {
    let i = 0;
    while (i < BOUNDS_MS.length && ms > (BOUNDS_MS[i] as number)) i += 1;
    this.#counts[i] = (this.#counts[i] as number) + 1;
    this.#sumMs += ms;
  }

  /** Prometheus text, in seconds. */
  render(name: string, help: string): string {
    let text = `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
    let total = 0;
    for (const [i, bound] of BOUNDS_MS.entries()) {
      total += this.#counts[i] as number;
      text += `${name}_bucket{le="${bound / 1000}"} ${total}\n`;
    }
    total += this.#counts[BOUNDS_MS.length] as number;
    return `${text}${name}_bucket{le="+Inf"} ${total}\n${name}_sum ${this.#sumMs / 1000}\n${name}_count ${total}\n`;
  }
}
